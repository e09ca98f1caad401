import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

export interface ExchangeAnswer {
  readonly status: number;
  readonly body: Json | undefined;
}

/** The token of an answer, or why there is none. */
export function tokenIn({ status, body }: ExchangeAnswer, type = 'bearer'): string | Refusal {
  if (status >= 500 || status === 429) return refusal('credentials/unavailable', { retryAfter: 1 });
  if (status !== 200 || !isJsonObject(body)) return refused({ status, error: errorIn(body) });
  const { access_token: value, token_type: said } = body;
  const isOfType = typeof said === 'string' && said.toLowerCase() === type;
  if (typeof value === 'string' && value !== '' && isOfType) return value;
  const error = type === 'bearer' ? 'the answer holds no bearer token' : 'it holds no assertion';
  return refused({ status, error });
}

export function refused(recorded: JsonObject): Refusal {
  return refusal('credentials/exchange-refused', { recorded });
}

function errorIn(answer: Json | undefined): string {
  const error = isJsonObject(answer) ? answer['error'] : undefined;
  return typeof error === 'string' && /^[\x20-\x7e]{1,64}$/.test(error) ? error : 'no error code';
}

/** Of somebody else's token, which nobody but its own server judges: it is only looked at. */
export function claimsIn(token: string): JsonObject {
  const [, payload = ''] = token.split('.');
  const claims = jsonIn(Buffer.from(payload, 'base64url'));
  return isJsonObject(claims) ? claims : {};
}

export function jsonIn(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
