import type { Action, Envelope } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { parseWireToolName, toolTarget } from '#kernel/tool.ts';
import { ownPrefix } from '../own-keys.ts';
import { legacyRevision, modernRevision, type Revision } from './revisions.ts';

export const approvalKey = `${ownPrefix}approval`;

const noArguments = emptyObject();
const noArgumentBytes = canonicalBytes(noArguments);

/** What a message asks, and what its `_meta` says beside it. */
export type Read = { readonly action: Action } & Partial<
  Pick<Envelope, 'approvalHandle' | 'trace'>
>;

/** What differs from method to method; nothing else of the front asks which one it is. */
export interface Method {
  /** Reads the params. INVARIANT: what cannot be enforced is refused, not ignored. */
  readonly read: (params: JsonObject) => Read | Refusal;
  /** The member of the params that `Mcp-Name` repeats. */
  readonly names?: 'name' | 'uri';
  /** Where the items of a page stand in its result. */
  readonly items?: string;
  /** How long its caller may keep a result, in the revision that can say so. */
  readonly ttlMs?: number;
  /** The error code of a name that means nothing here; -32602 unless the revision has its own. */
  readonly notFound?: number;
  /** Refusals that a model can act on are told as results: what it calls has a way to say no. */
  readonly refusesInResult?: true;
}

const greet: Method = { read: () => ({ action: { kind: 'greet' } }) };
const notice: Method = { read: () => ({ action: { kind: 'notice' } }) };

const shared: Readonly<Record<string, Method>> = {
  'notifications/cancelled': notice,
  'tools/list': { read: listTools, items: 'tools', ttlMs: limits.toolsListTtlMs },
  'tools/call': { read: callTool, names: 'name', refusesInResult: true },
};

/** Every method that is served, by revision. */
const methods: Readonly<Record<Revision, Readonly<Record<string, Method>>>> = {
  [modernRevision]: { 'server/discover': greet, ...shared },
  [legacyRevision]: {
    initialize: greet,
    ping: notice,
    'notifications/initialized': notice,
    ...shared,
  },
};

/** Undefined when it is not served. */
export function methodOf(revision: Revision, name: string): Method | undefined {
  const served = methods[revision];
  return Object.hasOwn(served, name) ? served[name] : undefined;
}

/** What a greeting announces. INVARIANT: only what is served, and no notice that never comes. */
export function capabilitiesOf(revision: Revision): JsonObject {
  const rooms = Object.keys(methods[revision]).map((name) => name.split('/', 1)[0] ?? '');
  const told = ['tools', 'resources', 'prompts'].filter((room) => rooms.includes(room));
  return Object.fromEntries(told.map((room) => [room, {}]));
}

function listTools(params: JsonObject): Read | Refusal {
  const cursor = params['cursor'];
  // An empty cursor is a cursor; only its absence means the first page.
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor.length > 512)) {
    return malformed('`cursor`');
  }
  return { action: { kind: 'tool-list', cursor } };
}

/** Parts of later protocol features. */
const unserved = ['task', 'inputResponses', 'requestState'];

function callTool(params: JsonObject): Read | Refusal {
  const { name, arguments: given, _meta: meta } = params;
  if (typeof name !== 'string' || name === '' || name.length > limits.toolNameBytes) {
    return malformed('`name`');
  }
  if (given !== undefined && !isJsonObject(given)) return malformed('`arguments`');
  const extra = unserved.find((key) => params[key] !== undefined);
  if (extra !== undefined) return malformed(`\`${extra}\``);
  const about = readMeta(meta);
  if (about === undefined) return malformed('`_meta`');
  const id = parseWireToolName(name);
  return {
    ...about,
    action: {
      kind: 'tool-call',
      target: id === undefined ? undefined : toolTarget(id),
      named: name,
      arguments: given ?? noArguments,
      argumentBytes: given === undefined ? noArgumentBytes : canonicalBytes(given),
    },
  };
}

export function readMeta(meta: unknown): Pick<Envelope, 'approvalHandle' | 'trace'> | undefined {
  if (meta === undefined) return { approvalHandle: undefined, trace: undefined };
  if (!isJsonObject(meta)) return undefined;
  const handle = meta[approvalKey];
  if (handle !== undefined && (typeof handle !== 'string' || handle.length > 64)) return undefined;
  return { approvalHandle: handle, trace: traceparent(meta['traceparent']) };
}

function traceparent(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value) ? value : undefined;
}

export function malformed(what: string): Refusal {
  return refusal('admit/malformed', { message: `${what} of the params is not valid` });
}
