import type { TokenMint } from '#contracts/token-mint.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { delegatedClaims } from './delegated-claims.ts';
import type { TokenSigner } from './token-signer.ts';

/** Tokens that say for whom an agent acts. INVARIANT: none outlives an access token. */
export function createMint(signer: TokenSigner): TokenMint['mint'] {
  return (ask) => {
    const { actor, thumbprint, issuedAt } = ask;
    const iat = Math.floor(issuedAt / 1_000);
    const exp = Math.min(Math.floor(ask.expiresAt / 1_000), iat + limits.accessTokenMs / 1_000);
    const jti = newCapability();
    const accessToken = signer.sign({
      ...delegatedClaims(ask),
      tenant: actor.tenant,
      agent: actor.agent,
      instance: actor.instance,
      jti,
      iat,
      exp,
      ...(thumbprint === undefined ? { binding: 'none' } : { cnf: { jkt: thumbprint } }),
    });
    return {
      accessToken,
      token: sha256Hex(jti),
      tokenType: thumbprint === undefined ? 'Bearer' : 'DPoP',
      expiresIn: exp - iat,
    };
  };
}
