import { sha256Base64url } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { TokenTrust } from '#kernel/snapshot.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { IdentityContext } from './door.ts';
import { judgeToken, type TokenClaims } from './tokens.ts';

const keptTokens = 16_384;

export interface KnownToken {
  readonly kind: 'token';
  readonly claims: TokenClaims;
  /** base64url SHA-256 of the token. */
  readonly hash: string;
  readonly trust: string;
}

/** A token is verified once and then known by its hash, until it expires or the trust changes. */
export function createTokenReader(): (
  text: string,
  context: IdentityContext,
) => KnownToken | Refusal {
  const tokens = createBoundedCache<KnownToken>(keptTokens);
  return (text, context) => {
    const hash = sha256Base64url(text);
    const trust = nameOfTrust(context.trust);
    const known = tokens.get(hash);
    if (known !== undefined && known.trust === trust) {
      return known.claims.expiresAt > context.now ? known : refusal('identity/expired-token');
    }
    const claims = judgeToken(text, context.trust, context.now);
    if (isRefusal(claims)) return claims;
    const token: KnownToken = { kind: 'token', claims, hash, trust };
    tokens.set(hash, token);
    return token;
  };
}

const trusts = new WeakMap<TokenTrust, string>();

/** Every Snapshot brings its own object; what it says seldom changes, and then all tokens stay known. */
function nameOfTrust(trust: TokenTrust): string {
  const known = trusts.get(trust);
  if (known !== undefined) return known;
  const { issuer, audience, keys } = trust;
  const name = canonicalText({
    issuer,
    audience,
    keys: keys.map(({ kid, jwk }) => ({ kid, jwk })),
  });
  trusts.set(trust, name);
  return name;
}
