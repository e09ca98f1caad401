import type { Call, CallKind, ConnectionState, Presented } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { parseWireToolName } from '#kernel/tool.ts';
import { ownPrefix } from '../own-keys.ts';
import type { Incoming } from './message.ts';
import type { Revision } from './revision.ts';

export const approvalKey = `${ownPrefix}approval`;

const noArguments = emptyObject();
const noArgumentBytes = canonicalBytes(noArguments);

/** What is known of a request before its body was read. */
export interface Envelope {
  readonly tenant: string;
  readonly source: string;
  readonly connection: ConnectionState;
  readonly presented: Presented;
  readonly receivedAt: number;
  readonly signal: AbortSignal;
  readonly onIdentified: Call['onIdentified'];
}

type Message = Exclude<Incoming, { kind: 'bad' }>;

const methods: Readonly<Record<Revision, Readonly<Record<string, CallKind>>>> = {
  '2026-07-28': {
    'server/discover': 'greet',
    'tools/list': 'list',
    'tools/call': 'invoke',
    'notifications/cancelled': 'notice',
  },
  '2025-11-25': {
    initialize: 'greet',
    ping: 'notice',
    'notifications/initialized': 'notice',
    'notifications/cancelled': 'notice',
    'tools/list': 'list',
    'tools/call': 'invoke',
  },
};

/** A request becomes a call, or a call of kind `refused`: nothing leaves without its record. */
export function toCall(
  envelope: Envelope,
  message: Message,
  revision: Revision,
  bytes: number,
): Call {
  const kind = Object.hasOwn(methods[revision], message.method)
    ? methods[revision][message.method]
    : undefined;
  const known = { method: message.method, revision, receivedBytes: bytes };
  if (kind === undefined || (message.kind === 'notification') !== isNotification(message.method)) {
    return refusedCall(envelope, unknownMethod(message.method), known);
  }
  const base = { ...refusedCall(envelope, undefined, known), kind };
  if (kind === 'list') return listCall(base, message.params);
  if (kind === 'invoke') return invokeCall(base, message.params);
  return base;
}

export function refusedCall(
  envelope: Envelope,
  malformed: Refusal | undefined,
  known: { method: string; revision: string; receivedBytes: number } = {
    method: '',
    revision: '',
    receivedBytes: 0,
  },
): Call {
  return {
    id: newId(envelope.receivedAt),
    kind: 'refused',
    front: 'mcp',
    method: known.method,
    revision: known.revision,
    tenant: envelope.tenant,
    source: envelope.source,
    connection: envelope.connection,
    receivedAt: envelope.receivedAt,
    receivedBytes: known.receivedBytes,
    presented: envelope.presented,
    tool: undefined,
    toolName: undefined,
    arguments: noArguments,
    argumentBytes: noArgumentBytes,
    cursor: undefined,
    approvalHandle: undefined,
    trace: undefined,
    malformed,
    onIdentified: envelope.onIdentified,
    signal: envelope.signal,
  };
}

function isNotification(method: string): boolean {
  return method.startsWith('notifications/');
}

function unknownMethod(method: string): Refusal {
  return refusal('admit/unknown-method', {
    message: `method \`${method.slice(0, 64).replace(/[^\x20-\x7e]/g, '?')}\` is not served`,
  });
}

function listCall(base: Call, params: JsonObject): Call {
  const cursor = params['cursor'];
  if (cursor === undefined) return base;
  // An empty cursor is a cursor; only its absence means the first page.
  if (typeof cursor !== 'string' || cursor.length > 512) return malformed(base, '`cursor`');
  return { ...base, cursor };
}

/** Parts of later protocol features: what cannot be enforced is refused, not ignored. */
const unserved = ['task', 'inputResponses', 'requestState'];

function invokeCall(base: Call, params: JsonObject): Call {
  const { name, arguments: given, _meta: meta } = params;
  if (typeof name !== 'string' || name === '' || name.length > limits.toolNameBytes) {
    return malformed(base, '`name`');
  }
  if (given !== undefined && !isJsonObject(given)) return malformed(base, '`arguments`');
  const extra = unserved.find((key) => params[key] !== undefined);
  if (extra !== undefined) return malformed(base, `\`${extra}\``);
  const about = readMeta(meta);
  if (about === undefined) return malformed(base, '`_meta`');
  return {
    ...base,
    ...about,
    tool: parseWireToolName(name),
    toolName: name,
    arguments: given ?? noArguments,
    argumentBytes: given === undefined ? noArgumentBytes : canonicalBytes(given),
  };
}

function readMeta(meta: unknown): Pick<Call, 'approvalHandle' | 'trace'> | undefined {
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

function malformed(base: Call, what: string): Call {
  const reason = refusal('admit/malformed', { message: `${what} of the params is not valid` });
  return { ...base, kind: 'refused', malformed: reason };
}
