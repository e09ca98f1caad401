import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { anyOwner } from '#kernel/target.ts';
import { malformed, type Method, type Read, readBeside, readContinued } from './method.ts';
import { listMethod } from './offer-lists.ts';

const uriSyntax = /^[a-z][a-z0-9+.-]*:[^\p{Cc}\p{Cs}]+$/iu;
const longestUri = 2_048;

/** INVARIANT: the URI is the server's own, and is judged, recorded and sent as it was written. */
function readResource(params: JsonObject, server = anyOwner): Read | Refusal {
  const { uri } = params;
  if (typeof uri !== 'string' || uri.length > longestUri || !uriSyntax.test(uri)) {
    return malformed('`uri`');
  }
  const beside = readBeside(params, true);
  if (isRefusal(beside)) return beside;
  const continued = readContinued(params);
  if (isRefusal(continued)) return continued;
  return {
    ...beside,
    action: {
      kind: 'resource-read',
      continued,
      target: { kind: 'resource', owner: server, name: uri },
      named: uri,
      arguments: { uri },
      argumentBytes: canonicalBytes({ uri }),
    },
  };
}

export const resourceMethods: Readonly<Record<string, Method>> = {
  'resources/list': listMethod({
    kind: 'resource-list',
    offers: 'resource',
    method: 'resources/list',
    items: 'resources',
  }),
  'resources/templates/list': listMethod({
    kind: 'resource-templates',
    offers: 'resource',
    method: 'resources/templates/list',
    items: 'resourceTemplates',
  }),
  // Kept by nobody: what is read from a cache is on nobody's record.
  'resources/read': { read: readResource, names: 'uri', ttlMs: 0, talks: true },
};

/** The handshake revision has a code of its own for a resource that is not there. */
export const resourceMethodsBefore: Readonly<Record<string, Method>> = {
  ...resourceMethods,
  'resources/read': { read: readResource, names: 'uri', notFound: -32_002, talks: true },
};
