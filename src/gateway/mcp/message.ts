import type { Reply } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

export type RpcId = string | number;

export type Incoming =
  | {
      readonly kind: 'request';
      readonly id: RpcId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  /** Of a client that was asked something in mid-call. */
  | { readonly kind: 'response'; readonly id: RpcId; readonly reply: Reply }
  | { readonly kind: 'bad'; readonly id: RpcId | null; readonly refusal: Refusal };

const members = new Set(['jsonrpc', 'id', 'method', 'params']);

/** What one body holds: a message, or several in a list, as long as that may be. */
export function parseIncoming(body: Buffer): Incoming | readonly Incoming[] {
  const message = parseMessage(body);
  if (!('value' in message)) return bad(null, message);
  const { value } = message;
  if (!Array.isArray(value)) return readIncoming(value);
  if (value.length === 0) return bad(null, refusal('admit/malformed'));
  if (value.length > limits.batchMessages) {
    return bad(null, refusal('admit/too-large', { message: 'the batch has too many messages' }));
  }
  return value.map(readIncoming);
}

/** Exactly one JSON-RPC 2.0 request, notification or response; extras are refused. */
function readIncoming(value: unknown): Incoming {
  if (!isJsonObject(value)) return bad(null, refusal('admit/malformed'));
  const id = value['id'];
  const known: RpcId | null = isRpcId(id) ? id : null;
  if (value['method'] === undefined && known !== null) return parseResponse(known, value);
  const { method, params } = value;
  if (value['jsonrpc'] !== '2.0' || typeof method !== 'string' || method.length > 128) {
    return bad(known, refusal('admit/malformed'));
  }
  if (Object.keys(value).some((key) => !members.has(key))) {
    return bad(known, refusal('admit/malformed', { message: 'the request has an unknown member' }));
  }
  if (params !== undefined && !isJsonObject(params)) {
    return bad(known, refusal('admit/malformed', { message: '`params` must be an object' }));
  }
  const given = params ?? emptyObject();
  if (id === undefined) return { kind: 'notification', method, params: given };
  if (known === null)
    return bad(null, refusal('admit/malformed', { message: 'the id is not valid' }));
  return { kind: 'request', id: known, method, params: given };
}

/** INVARIANT: exactly one of `result` and `error`, and nothing else. */
function parseResponse(id: RpcId, value: JsonObject): Incoming {
  const { jsonrpc, result, error, id: _, ...more } = value;
  const isOne = (result === undefined) !== (error === undefined);
  if (jsonrpc !== '2.0' || !isOne || Object.keys(more).length > 0) {
    return bad(id, refusal('admit/malformed'));
  }
  if (isJsonObject(result)) return { kind: 'response', id, reply: { kind: 'result', result } };
  const { code, message } = isJsonObject(error) ? error : emptyObject();
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) {
    return bad(id, refusal('admit/malformed'));
  }
  const words = typeof message === 'string' ? message.slice(0, 1_024) : '';
  return { kind: 'response', id, reply: { kind: 'error', code, message: words } };
}

function parseMessage(body: Buffer): { readonly value: unknown } | Refusal {
  try {
    return { value: parseJson(body) };
  } catch (fault) {
    return fault instanceof BailiwickError ? fault.toRefusal() : refusal('admit/malformed');
  }
}

function isRpcId(id: unknown): id is RpcId {
  if (typeof id === 'string') return id.length <= 256;
  return typeof id === 'number' && Number.isSafeInteger(id);
}

function bad(id: RpcId | null, reason: Refusal): Incoming {
  return { kind: 'bad', id, refusal: reason };
}
