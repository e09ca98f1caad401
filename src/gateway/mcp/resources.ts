import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { anyOwner } from '#kernel/target.ts';
import { malformed, type Method, type Read, readMeta, unservedPart } from './method.ts';

/** A page of a list that asks a tool server. The owner is told by the cursor, or is the first one. */
function listOf(kind: 'resource-list' | 'resource-templates', named: string): Method['read'] {
  return ({ cursor, _meta: meta }) => {
    // An empty cursor is none of ours, but a cursor; only its absence means the first page.
    if (cursor !== undefined && typeof cursor !== 'string') return malformed('`cursor`');
    if (cursor !== undefined && cursor.length > limits.offerCursorBytes) {
      return refusal('tools/invalid-cursor');
    }
    const about = readMeta(meta);
    if (about === undefined) return malformed('`_meta`');
    const given: JsonObject = cursor === undefined ? {} : { cursor };
    const target = { kind: 'resource', owner: anyOwner, name: undefined } as const;
    const argumentBytes = canonicalBytes(given);
    return { ...about, action: { kind, target, named, arguments: given, argumentBytes } };
  };
}

const uriSyntax = /^[a-z][a-z0-9+.-]*:[^\p{Cc}\p{Cs}]+$/iu;
const longestUri = 2_048;

/** INVARIANT: the URI is the server's own, and is judged, recorded and sent as it was written. */
function readResource(params: JsonObject): Read | Refusal {
  const { uri, _meta: meta } = params;
  if (typeof uri !== 'string' || uri.length > longestUri || !uriSyntax.test(uri)) {
    return malformed('`uri`');
  }
  const extra = unservedPart(params);
  if (extra !== undefined) return malformed(`\`${extra}\``);
  const about = readMeta(meta);
  if (about === undefined) return malformed('`_meta`');
  return {
    ...about,
    action: {
      kind: 'resource-read',
      target: { kind: 'resource', owner: anyOwner, name: uri },
      named: uri,
      arguments: { uri },
      argumentBytes: canonicalBytes({ uri }),
    },
  };
}

export const resourceMethods: Readonly<Record<string, Method>> = {
  'resources/list': {
    read: listOf('resource-list', 'resources/list'),
    items: 'resources',
    ttlMs: limits.toolsListTtlMs,
  },
  'resources/templates/list': {
    read: listOf('resource-templates', 'resources/templates/list'),
    items: 'resourceTemplates',
    ttlMs: limits.toolsListTtlMs,
  },
  // Kept by nobody: what is read from a cache is on nobody's record.
  'resources/read': { read: readResource, names: 'uri', ttlMs: 0 },
};

/** The handshake revision has a code of its own for a resource that is not there. */
export const resourceMethodsBefore: Readonly<Record<string, Method>> = {
  ...resourceMethods,
  'resources/read': { read: readResource, names: 'uri', notFound: -32_002 },
};
