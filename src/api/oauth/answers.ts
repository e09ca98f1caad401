import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { WebAnswer } from '../web-route.ts';

/** What every answer of a token endpoint has (RFC 6749 §5.1); anybody's page may read it. */
const always = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'DPoP-Nonce, WWW-Authenticate, Retry-After',
} as const;

export function told(
  body: JsonObject,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): WebAnswer {
  return { status, headers: { ...always, ...headers }, body: canonicalText(body) };
}

/**
 * A no in the words of RFC 6749 §5.2. INVARIANT: it says no more than the code and the message that every
 * caller may hear.
 */
export function refusedAnswer(
  fault: unknown,
  headers: Readonly<Record<string, string>> = {},
): WebAnswer {
  const refused =
    fault instanceof BailiwickError
      ? fault
      : new BailiwickError('gateway/internal', { cause: fault });
  const status = statusOf(refused);
  const body = { error: oauthErrorOf(refused), error_description: ascii(refused.message) };
  const more = {
    ...(status === 401 ? { 'www-authenticate': 'Basic realm="token"' } : {}),
    ...(refused.retryAfter === undefined ? {} : { 'retry-after': `${refused.retryAfter}` }),
  };
  return { ...told(body, { ...more, ...headers }, status), refused };
}

/** Those whose code is not the RFC's own. */
const byCode: Readonly<Partial<Record<BailiwickError['code'], string>>> = {
  'identity/invalid-assertion': 'invalid_client',
  'standing/instance-revoked': 'invalid_client',
  'identity/unknown-agent': 'unauthorized_client',
  'identity/delegation-ended': 'invalid_grant',
  'identity/too-many-tokens': 'temporarily_unavailable',
  'identity/nonce-required': 'use_dpop_nonce',
  'identity/invalid-proof': 'invalid_dpop_proof',
  'identity/proof-expired': 'invalid_dpop_proof',
  'identity/replayed-proof': 'invalid_dpop_proof',
  'identity/too-many-proofs': 'temporarily_unavailable',
  'identity/key-mismatch': 'invalid_grant',
};

export function oauthErrorOf({ code, status }: BailiwickError): string {
  if (code.startsWith('oauth/')) return code.slice('oauth/'.length).replaceAll('-', '_');
  const known = byCode[code];
  if (known !== undefined) return known;
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status >= 500 ? 'server_error' : 'invalid_request';
}

/** RFC 6749 §5.2: 401 is for a client that is not the one that it says, 400 for everything else. */
function statusOf(refused: BailiwickError): number {
  const { status } = refused;
  if (status === 429 || status >= 500) return status;
  return oauthErrorOf(refused) === 'invalid_client' ? 401 : 400;
}

/** RFC 6749 §5.2 allows no more letters in it. */
export function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'");
}
