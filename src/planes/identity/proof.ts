import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';
import { parseJwsPart, splitJws, verifySignature } from './jws.ts';

export interface ProofContext {
  readonly method: string;
  readonly url: string;
  /** base64url SHA-256 of the access token; undefined where there is none yet. */
  readonly tokenHash: string | undefined;
  /** Undefined where any key may prove itself. */
  readonly thumbprint: string | undefined;
  /** Undefined for what is no nonce of ours, or none any more. */
  readonly generationOf: (nonce: string) => number | undefined;
  readonly now: number;
}

/** What of a proven proof is still to be judged: whether it was used before. */
export interface ProvenProof {
  readonly kind: 'proven';
  readonly thumbprint: string;
  readonly jwk: JsonObject;
  readonly jti: string;
  readonly issuedAt: number;
  /** Of its nonce. */
  readonly generation: number;
}

const keptHeaders = 8_192;
const proofLength = 4_096;
const headerLength = 1_024;

/** DPoP proofs, RFC 9449. Headers repeat for one key, so their keys are imported once. */
export function createProofJudge(): (text: string, context: ProofContext) => ProvenProof | Refusal {
  const headers = createBoundedCache<PublicJwk>(keptHeaders);
  return (text, context) => {
    const compact = text.length > proofLength ? undefined : splitJws(text);
    if (compact === undefined) return invalid('it is no compact JWS');
    const known = headers.get(compact.header);
    const key = known ?? readHeader(compact.header);
    if (key === undefined) return invalid('its header is not the one of an ES256 or EdDSA proof');
    const { thumbprint } = context;
    if (thumbprint !== undefined && key.thumbprint !== thumbprint) {
      return refusal('identity/key-mismatch');
    }
    // Kept only when it is the key of a true token: strangers cannot fill the cache.
    if (known === undefined && thumbprint !== undefined) headers.set(compact.header, key);
    const claims = parseJwsPart(compact.claims);
    if (claims === undefined) return invalid('its claims are no JSON object');
    const judged = judgeClaims(claims, context, key);
    if (judged.kind === 'refusal') return judged;
    // Last, because it is the dear one: everything else was cheap to refuse.
    return verifySignature(compact, key.key, key.algorithm)
      ? judged
      : invalid('its signature does not match');
  };
}

function readHeader(text: string): PublicJwk | undefined {
  const header = text.length > headerLength ? undefined : parseJwsPart(text);
  if (header === undefined) return undefined;
  if (header['typ'] !== 'dpop+jwt' || header['crit'] !== undefined) return undefined;
  const key = importPublicJwk(header['jwk']);
  // INVARIANT: the algorithm follows from the key; the header may only agree.
  return header['alg'] === key?.algorithm ? key : undefined;
}

function judgeClaims(
  claims: JsonObject,
  context: ProofContext,
  { thumbprint, jwk }: PublicJwk,
): ProvenProof | Refusal {
  const { htm, htu, iat, jti, ath, nonce } = claims;
  if (htm !== context.method) return invalid('`htm` is not the method of this request');
  if (typeof htu !== 'string' || !sameUrl(htu, context.url)) {
    return invalid('`htu` is not the address of this request');
  }
  if (context.tokenHash !== undefined && ath !== context.tokenHash) {
    return invalid('`ath` is not the hash of this token');
  }
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) {
    return invalid('`jti` must have 8 to 128 characters');
  }
  if (typeof iat !== 'number') return invalid('`iat` is missing');
  const issuedAt = iat * 1_000;
  const age = context.now - issuedAt;
  if (age > limits.proofAgeMs + limits.clockSkewMs || age < -limits.clockSkewMs) {
    return refusal('identity/proof-expired');
  }
  const generation = typeof nonce === 'string' ? context.generationOf(nonce) : undefined;
  if (generation === undefined) return refusal('identity/nonce-required');
  return { kind: 'proven', thumbprint, jwk, jti, issuedAt, generation };
}

function invalid(why: string): Refusal {
  return refusal('identity/invalid-proof', {
    message: `the proof of possession is not valid: ${why}`,
  });
}

/** Without query and fragment; equal texts need no parsing, and almost all are equal. */
function sameUrl(claimed: string, actual: string): boolean {
  if (claimed === actual) return true;
  if (!URL.canParse(claimed) || !URL.canParse(actual)) return false;
  const left = new URL(claimed);
  const right = new URL(actual);
  return (
    left.origin === right.origin &&
    left.pathname === right.pathname &&
    left.username === '' &&
    left.password === ''
  );
}
