import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ExchangeAsk } from './exchange-parts.ts';

/**
 * RFC 8693 §4.4: a subject token that says who may act for its subject is taken by its word. INVARIANT: it is
 * asked only of a token whose signature was judged before.
 */
export function checkMayAct(
  { subjectToken, who }: Pick<ExchangeAsk, 'subjectToken' | 'who'>,
  clients: readonly string[],
): void {
  const mayAct = claimsIn(subjectToken)?.['may_act'];
  if (mayAct === undefined) return;
  const { tenant, agent, instance } = who;
  const names = [`agent:${tenant}/${agent}`, `agent:${tenant}/${agent}/${instance}`, ...clients];
  const named = isJsonObject(mayAct) ? (mayAct['sub'] ?? mayAct['client_id']) : undefined;
  if (typeof named === 'string' && names.includes(named)) return;
  throw new BailiwickError('identity/invalid-subject-token', {
    message: 'the token says that somebody else may act for its subject (`may_act`)',
  });
}

function claimsIn(token: string): JsonObject | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  const value = jsonIn(Buffer.from(payload, 'base64url'));
  return isJsonObject(value) ? value : undefined;
}

function jsonIn(bytes: Buffer): Json | undefined {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
