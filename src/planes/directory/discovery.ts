import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { listView } from './answers.ts';
import { type Attribute, groupSchema, type ResourceSchema, userSchema } from './schema.ts';

/** RFC 7643 §5 to §7: what can be asked here, and nothing that cannot. */
export function discovered(
  place: string,
  id: string | undefined,
  base: string,
): JsonObject | undefined {
  switch (place) {
    case 'ServiceProviderConfig':
      return id === undefined ? serviceProviderConfig(base) : undefined;
    case 'ResourceTypes':
      return oneOrAll(
        [userSchema, groupSchema].map((one) => resourceType(one, base)),
        id,
      );
    case 'Schemas':
      return oneOrAll(
        [userSchema, groupSchema].map((one) => schemaView(one, base)),
        id,
      );
    default:
      return undefined;
  }
}

function oneOrAll(all: readonly JsonObject[], id: string | undefined): JsonObject | undefined {
  return id === undefined
    ? listView(all, { total: all.length, startIndex: 1 })
    : all.find((one) => one['id'] === id);
}

function serviceProviderConfig(base: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: limits.directoryPage },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Directory token',
        description: 'made by `bailiwick directory token create`',
        primary: true,
      },
    ],
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${base}/ServiceProviderConfig`,
    },
  };
}

function resourceType({ type, urn }: ResourceSchema, base: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: type,
    name: type,
    endpoint: `/${type}s`,
    schema: urn,
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${type}` },
  };
}

function schemaView({ type, urn, attributes }: ResourceSchema, base: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: urn,
    name: type,
    attributes: Object.entries(attributes).map(([name, one]) => attributeView(name, one)),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${urn}` },
  };
}

function attributeView(name: string, attribute: Attribute): JsonObject {
  const isStructured = attribute.kind === 'complex' || attribute.kind === 'many';
  const isText = attribute.kind === 'text';
  return {
    name,
    type: isStructured ? 'complex' : isText ? 'string' : 'boolean',
    multiValued: attribute.kind === 'many',
    required: isText && attribute.isRequired === true,
    mutability: 'readWrite',
    returned: 'default',
    ...(isText
      ? {
          caseExact: name === 'externalId',
          uniqueness: name === 'userName' ? 'server' : 'none',
        }
      : {}),
    ...(isStructured
      ? {
          subAttributes: Object.entries(attribute.parts).map(([part, kind]) =>
            attributeView(part, { kind }),
          ),
        }
      : {}),
  };
}
