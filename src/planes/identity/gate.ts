import type { MarkClaims } from '#contracts/claim-marks.ts';
import { alone, type Fellows } from '#contracts/fellows.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { createAuthorizationJudge } from './authorization.ts';
import { createCertificateReader } from './certificates.ts';
import type { IdentityContext, IdentityGate } from './door.ts';
import { createNonces, type NonceOptions, ownNonces } from './nonces.ts';
import { createPrincipals, enrolledUnder } from './principals.ts';
import { createProofKeeper } from './proof-keeper.ts';

export interface IdentityGateOptions {
  readonly replayEntries?: number;
  /** What the gateways of one listener share; usually nobody else gives and takes these nonces. */
  readonly nonces?: NonceOptions;
  readonly fellows?: Pick<Fellows, 'keeperOf'>;
  /** How records say claims of users; without it they say none. */
  readonly markClaims?: MarkClaims;
}

/** Which instance is this? Everything is judged here, and nothing is believed that is not proved. */
export function createIdentityGate(options: IdentityGateOptions = {}): IdentityGate {
  const readCertificate = createCertificateReader();
  const principalOf = createPrincipals(options.markClaims);
  const nonces = createNonces(options.nonces ?? ownNonces());
  const proofs = createProofKeeper({
    nonces,
    fellows: options.fellows ?? alone,
    entries: options.replayEntries ?? limits.replayEntries,
  });
  const authorizations = createAuthorizationJudge({ nonces, principalOf, proofs });

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
    useProof: (proof, now) => proofs.useOwn(proof, now),
    get generation() {
      return nonces.generation;
    },
    hear: (generation) => nonces.hear(generation),
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
      const same = (stated: Principal | Refusal): Principal | Refusal => {
        if (isRefusal(stated)) return stated;
        // Two credentials at once must be one and the same key.
        if (own.keyThumbprint !== stated.keyThumbprint) return refusal('identity/key-mismatch');
        // For whom it acts, only a token can say.
        return stated.delegation === undefined ? own : stated;
      };
      const stated = authorizations.judge(presented, context, own.keyThumbprint);
      return stated instanceof Promise ? stated.then(same) : same(stated);
    },
  };
}
