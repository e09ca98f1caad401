import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { createAuthorizationJudge } from './authorization.ts';
import { createCertificateReader } from './certificates.ts';
import type { IdentityContext, IdentityGate } from './door.ts';
import { createNonces } from './nonces.ts';
import { createPrincipals, enrolledUnder } from './principals.ts';

/** Which instance is this? Everything is judged here, and nothing is believed that is not proved. */
export function createIdentityGate(
  options: { readonly replayEntries?: number } = {},
): IdentityGate {
  const readCertificate = createCertificateReader();
  const principalOf = createPrincipals();
  const nonces = createNonces();
  const authorizations = createAuthorizationJudge({
    nonces,
    principalOf,
    replayEntries: options.replayEntries ?? limits.replayEntries,
  });

  const byCertificate = (der: Uint8Array, context: IdentityContext): Principal | Refusal => {
    const thumbprint = readCertificate(der, context.now);
    const enrolled = thumbprint === undefined ? undefined : enrolledUnder(thumbprint, context);
    if (enrolled === undefined) return refusal('identity/unknown-certificate');
    return principalOf({ ...enrolled, thumbprint, jti: '' }, 'mtls', context);
  };

  return {
    hasCredential: (presented) =>
      presented.authorization !== undefined || presented.clientCertificate !== undefined,
    stranger(presented, context) {
      if (presented.ambiguous) return refusal('admit/duplicate-header');
      const { authorization, clientCertificate } = presented;
      const who =
        clientCertificate === undefined || authorization !== undefined
          ? authorizations.bearerOf(presented, context)
          : byCertificate(clientCertificate, context);
      return isRefusal(who) ? who : undefined;
    },
    nonce: (now) => nonces.current(now),
    identify(presented, context) {
      if (presented.ambiguous) return refusal('admit/duplicate-header');
      const { authorization, clientCertificate } = presented;
      if (clientCertificate === undefined) {
        return authorization === undefined
          ? refusal('identity/missing')
          : authorizations.judge(presented, context, undefined);
      }
      const own = byCertificate(clientCertificate, context);
      if (authorization === undefined || isRefusal(own)) return own;
      const stated = authorizations.judge(presented, context, own.keyThumbprint);
      if (isRefusal(stated)) return stated;
      // Two credentials at once must be one and the same key.
      return own.keyThumbprint === stated.keyThumbprint ? own : refusal('identity/key-mismatch');
    },
  };
}
