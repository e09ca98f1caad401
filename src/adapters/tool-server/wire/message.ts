import { emptyObject, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';

/** One message of a tool server, as far as a gateway reads it. */
export type Message =
  | { readonly kind: 'result'; readonly id: string | number; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly id: string | number | null; readonly error: UpstreamError }
  | {
      readonly kind: 'request';
      readonly id: string | number;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  | { readonly kind: 'broken'; readonly why: string };

export interface UpstreamError {
  readonly code: number;
  readonly message: string;
  readonly data: JsonObject | undefined;
}

/** INVARIANT: never throws. Bytes that cannot be read in exactly one way are `broken`. */
export function readMessage(bytes: Uint8Array, maxBytes: number): Message {
  let value: unknown;
  try {
    value = parseJson(bytes, { maxBytes });
  } catch {
    return broken('the answer is not strict JSON');
  }
  if (!isJsonObject(value)) return broken('the answer is not one object');
  if (value['jsonrpc'] !== '2.0') return broken('the answer is not JSON-RPC 2.0');
  return typeof value['method'] === 'string' ? asked(value, value['method']) : answered(value);
}

function asked(value: JsonObject, method: string): Message {
  const id = value['id'];
  const given = value['params'];
  const params = isJsonObject(given) ? given : emptyObject();
  if (id === undefined) return { kind: 'notification', method, params };
  return isId(id) ? { kind: 'request', id, method, params } : broken('a request has no usable id');
}

function answered(value: JsonObject): Message {
  const { id, result, error } = value as { [key in 'id' | 'result' | 'error']?: unknown };
  if ((result === undefined) === (error === undefined)) {
    return broken('an answer has either a result or an error');
  }
  if (error !== undefined) return failed(id, error);
  if (!isId(id)) return broken('an answer has no usable id');
  return isJsonObject(result) ? { kind: 'result', id, result } : broken('a result is no object');
}

function failed(id: unknown, error: unknown): Message {
  if (!isJsonObject(error)) return broken('an error is no object');
  const { code, message, data } = error as { [key in 'code' | 'message' | 'data']?: unknown };
  if (typeof code !== 'number' || !Number.isInteger(code)) return broken('an error has no code');
  return {
    kind: 'error',
    id: isId(id) ? id : null,
    error: {
      code,
      message: typeof message === 'string' ? message : '',
      data: isJsonObject(data) ? data : undefined,
    },
  };
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function broken(why: string): Message {
  return { kind: 'broken', why };
}
