import type { DirectoryGroup, DirectoryUser } from '#contracts/directory-book.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import { plainGroup, plainUser } from './facts.ts';
import { groupSchema, type ResourceSchema, userSchema } from './schema.ts';

export interface ScimAnswer {
  readonly status: number;
  /** Beside the type of its content. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
}

type Kept = Pick<DirectoryUser, 'id' | 'version' | 'createdAt' | 'modifiedAt'>;

export function etagOf({ version }: Pick<Kept, 'version'>): string {
  return `W/"${version}"`;
}

export function userView(user: DirectoryUser, base: string): JsonObject {
  return resource(userSchema, user, { ...plainUser(user.facts) }, base);
}

export function groupView(group: DirectoryGroup, base: string): JsonObject {
  return resource(groupSchema, group, { ...plainGroup(group) }, base);
}

function resource(
  { type, urn }: ResourceSchema,
  kept: Kept,
  attributes: Readonly<Record<string, Json>>,
  base: string,
): JsonObject {
  return {
    schemas: [urn],
    id: kept.id,
    ...attributes,
    meta: {
      resourceType: type,
      created: isoTime(kept.createdAt),
      lastModified: isoTime(kept.modifiedAt),
      location: locationOf(type, kept.id, base),
      version: etagOf(kept),
    },
  };
}

export function locationOf(type: ResourceSchema['type'], id: string, base: string): string {
  return `${base}/${type}s/${encodeURIComponent(id)}`;
}

export function listView(
  resources: readonly JsonObject[],
  { total, startIndex }: { readonly total: number; readonly startIndex: number },
): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: total,
    startIndex,
    itemsPerPage: resources.length,
    Resources: [...resources],
  };
}

/** RFC 7644 §3.12. */
export function scimError(
  problem: Pick<Refusal, 'status' | 'message' | 'suggestedAction' | 'code'> & {
    readonly details?: JsonObject | undefined;
  },
): JsonObject {
  const scimType =
    problem.code === 'directory/not-unique' ? 'uniqueness' : problem.details?.['scimType'];
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(problem.status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: `${problem.message}; ${problem.suggestedAction} (${problem.code})`,
  };
}
