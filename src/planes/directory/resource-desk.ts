import type { DeskRecorder } from '#contracts/desk.ts';
import type { DirectoryBook, DirectoryToken } from '#contracts/directory-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { etagOf, type ScimAnswer } from './answers.ts';
import type { ScimAsked } from './door.ts';
import { applyPatch } from './patch.ts';
import { type Plain, readResource } from './read-resource.ts';
import type { ResourceSchema } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

export interface ResourceParts {
  readonly directory: DirectoryBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly limits: Readonly<Record<'directoryUsers' | 'directoryGroups', number>>;
}

/** A request about resources of one type. */
export type Asked = ScimAsked & { readonly token: DirectoryToken };

/** One type of resource: how it is found, written and told. */
export interface ResourceDesk {
  readonly schema: ResourceSchema;
  list(asked: Asked): Promise<ScimAnswer>;
  get(asked: Asked, id: string): Promise<ScimAnswer>;
  create(asked: Asked): Promise<ScimAnswer>;
  /** By `PUT` or `PATCH`. */
  change(asked: Asked, id: string): Promise<ScimAnswer>;
  remove(asked: Asked, id: string): Promise<ScimAnswer>;
}

export function bodyOf({ body }: Asked): JsonObject {
  if (isJsonObject(body)) return body;
  throw scimProblem('invalidSyntax', 'the body is an object');
}

/** What is asked to be there from now on: the whole of it, or what is there with a change applied. */
export function nextOf(schema: ResourceSchema, asked: Asked, before: Plain): Plain {
  const body = bodyOf(asked);
  return asked.method === 'PATCH' ? applyPatch(schema, before, body) : readResource(schema, body);
}

export function answerOf(
  status: number,
  body: JsonObject,
  kept: { readonly version: number },
  more: Readonly<Record<string, string>> = {},
): ScimAnswer {
  return { status, headers: { etag: etagOf(kept), ...more }, body };
}

export function notFound(): BailiwickError {
  return new BailiwickError('api/not-found', { message: 'there is no such resource' });
}

/** RFC 7644 §3.14. INVARIANT: who saw another version changes nothing. */
export function checkSeen({ ifMatch }: Asked, kept: { readonly version: number }): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (!tagsOf(ifMatch).includes(etagOf(kept))) throw new BailiwickError('directory/changed');
}

export function isUnchanged({ ifNoneMatch }: Asked, kept: { readonly version: number }): boolean {
  return ifNoneMatch !== undefined && tagsOf(ifNoneMatch).includes(etagOf(kept));
}

function tagsOf(header: string): readonly string[] {
  return header.split(',').map((tag) => {
    const text = tag.trim();
    return text.startsWith('W/') ? text : `W/${text}`;
  });
}

/** RFC 7644 §3.4.2.4: counted from 1; too small a number is the smallest, too large a page is the largest. */
export function pageOf({ query }: Asked): { readonly startIndex: number; readonly count: number } {
  return {
    startIndex: Math.max(1, wholeOf(query['startIndex'], 1)),
    count: Math.max(
      0,
      Math.min(wholeOf(query['count'], limits.directoryPage), limits.directoryPage),
    ),
  };
}

function wholeOf(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (!/^-?\d{1,9}$/.test(text))
    throw scimProblem('invalidValue', 'a page is asked for by whole numbers');
  return Number(text);
}

/** `attributes` and `excludedAttributes` leave members out; the rest is small and always told. */
export function wantsMembers({ query }: Asked): boolean {
  const named = (list: string | undefined) =>
    list?.split(',').some((one) => one.trim().toLowerCase().endsWith('members'));
  return named(query['excludedAttributes']) !== true && named(query['attributes']) !== false;
}
