import { isRefusal, type Refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { Action } from '#kernel/call.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { anyOwner } from '#kernel/target.ts';
import { malformed, type Method, type Read, readBeside, readContinued } from './method.ts';
import { listMethod } from './offer-lists.ts';

const uriSyntax = /^[a-z][a-z0-9+.-]*:[^\p{Cc}\p{Cs}]+$/iu;
const longestUri = 2_048;

/** INVARIANT: the URI is the server's own, and is judged, recorded and sent as it was written. */
function isUri(uri: unknown): uri is string {
  return typeof uri === 'string' && uri.length <= longestUri && uriSyntax.test(uri);
}

/** What it is to hear of a resource, wherever that was asked for. */
export function subscribeTo(uri: string, server = anyOwner): Action {
  return {
    kind: 'resource-subscribe',
    target: { kind: 'resource', owner: server, name: uri },
    named: uri,
    arguments: { uri },
    argumentBytes: canonicalBytes({ uri }),
  };
}

function subscribe(params: JsonObject, server?: string): Read | Refusal {
  const { uri } = params;
  if (!isUri(uri)) return malformed('`uri`');
  const beside = readBeside(params);
  return isRefusal(beside) ? beside : { ...beside, action: subscribeTo(uri, server) };
}

/** To hear less needs no right. */
function unsubscribe(params: JsonObject): Read | Refusal {
  if (!isUri(params['uri'])) return malformed('`uri`');
  const beside = readBeside(params);
  return isRefusal(beside) ? beside : { ...beside, action: { kind: 'notice' } };
}

/** Undefined when they are no such list. */
export function urisIn(given: Json | undefined): readonly string[] | undefined {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > limits.subscriptionsPerInstance) return undefined;
  const uris = given.filter(isUri);
  return uris.length === given.length ? [...new Set(uris)] : undefined;
}

function readResource(params: JsonObject, server = anyOwner): Read | Refusal {
  const { uri } = params;
  if (!isUri(uri)) return malformed('`uri`');
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
  'resources/subscribe': { read: subscribe, names: 'uri', notFound: -32_002, subscribes: true },
  'resources/unsubscribe': { read: unsubscribe, names: 'uri', unsubscribes: true },
};
