import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { importPublicJwk, type Jws, parseJws, type PublicJwk, verifyJws } from './jws.ts';

export interface ProofContext {
  readonly method: string;
  readonly url: string;
  /** base64url SHA-256 of the access token. */
  readonly tokenHash: string;
  readonly thumbprint: string;
  readonly isNonce: (nonce: string) => boolean;
  readonly now: number;
}

const keptHeaders = 10_000;

/** DPoP proofs, RFC 9449. Headers repeat for one key, so their keys are imported once. */
export function createProofJudge(): (text: string, context: ProofContext) => Jws | Refusal {
  const headers = new Map<string, PublicJwk>();
  const keyOf = (jws: Jws): PublicJwk | undefined => {
    const known = headers.get(jws.headerText);
    if (known !== undefined) return known;
    const { header } = jws;
    if (header['typ'] !== 'dpop+jwt' || header['crit'] !== undefined) return undefined;
    const key = importPublicJwk(header['jwk']);
    if (key === undefined || header['alg'] !== key.algorithm) return undefined;
    if (headers.size >= keptHeaders) headers.clear();
    headers.set(jws.headerText, key);
    return key;
  };
  return (text, context) => {
    const jws = parseJws(text);
    const key = jws === undefined ? undefined : keyOf(jws);
    if (jws === undefined || key === undefined) return refusal('identity/invalid-proof');
    if (key.thumbprint !== context.thumbprint) return refusal('identity/key-mismatch');
    const wrong = judgeClaims(jws, context);
    if (wrong !== undefined) return wrong;
    // Last, because it is the dear one: everything else was cheap to refuse.
    return verifyJws(jws, key.key, key.algorithm) ? jws : refusal('identity/invalid-proof');
  };
}

function judgeClaims({ claims }: Jws, context: ProofContext): Refusal | undefined {
  const { htm, htu, iat, jti, ath, nonce } = claims;
  if (htm !== context.method || ath !== context.tokenHash) return refusal('identity/invalid-proof');
  if (typeof htu !== 'string' || !sameUrl(htu, context.url))
    return refusal('identity/invalid-proof');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) {
    return refusal('identity/invalid-proof');
  }
  if (typeof iat !== 'number') return refusal('identity/invalid-proof');
  const age = context.now - iat * 1_000;
  if (age > limits.proofAgeMs + limits.clockSkewMs || age < -limits.clockSkewMs) {
    return refusal('identity/proof-expired');
  }
  if (typeof nonce !== 'string' || !context.isNonce(nonce))
    return refusal('identity/nonce-required');
  return undefined;
}

/** Without query and fragment; equal texts need no parsing, and almost all are equal. */
function sameUrl(claimed: string, actual: string): boolean {
  if (claimed === actual) return true;
  try {
    const left = new URL(claimed);
    const right = new URL(actual);
    return left.origin === right.origin && left.pathname === right.pathname;
  } catch {
    return false;
  }
}
