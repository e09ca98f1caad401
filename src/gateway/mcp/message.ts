import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

export type RpcId = string | number;

export type Incoming =
  | {
      readonly kind: 'request';
      readonly id: RpcId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'bad'; readonly id: RpcId | null; readonly refusal: Refusal };

const members = new Set(['jsonrpc', 'id', 'method', 'params']);

/** Exactly one JSON-RPC 2.0 request or notification; batches, responses and extras are refused. */
export function parseIncoming(body: Buffer): Incoming {
  const message = parseMessage(body);
  if (!('value' in message)) return bad(null, message);
  const { value } = message;
  if (!isJsonObject(value)) return bad(null, refusal('admit/malformed'));
  const id = value['id'];
  const known: RpcId | null = isRpcId(id) ? id : null;
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
