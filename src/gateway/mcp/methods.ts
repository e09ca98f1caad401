import type { Action, Envelope } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { parseWireToolName, toolTarget } from '#kernel/tool.ts';
import { ownPrefix } from '../own-keys.ts';
import type { Revision } from './revision.ts';

export const approvalKey = `${ownPrefix}approval`;

const noArguments = emptyObject();
const noArgumentBytes = canonicalBytes(noArguments);

/** What a message asks, and what its `_meta` says beside it. */
export type Read = { readonly action: Action } & Partial<
  Pick<Envelope, 'approvalHandle' | 'trace'>
>;

/** Reads the params of one method. INVARIANT: what cannot be enforced is refused, not ignored. */
export type Method = (params: JsonObject) => Read | Refusal;

const greet: Method = () => ({ action: { kind: 'greet' } });
const notice: Method = () => ({ action: { kind: 'notice' } });

/** Every method that is served, by revision. */
export const methods: Readonly<Record<Revision, Readonly<Record<string, Method>>>> = {
  '2026-07-28': {
    'server/discover': greet,
    'tools/list': listTools,
    'tools/call': callTool,
    'notifications/cancelled': notice,
  },
  '2025-11-25': {
    initialize: greet,
    ping: notice,
    'notifications/initialized': notice,
    'notifications/cancelled': notice,
    'tools/list': listTools,
    'tools/call': callTool,
  },
};

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
