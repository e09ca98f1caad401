import type { ProofJudged } from '#contracts/fellows.ts';
import type { Presented } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { IdentityContext } from './door.ts';
import type { Nonces } from './nonces.ts';
import type { PrincipalOf } from './principals.ts';
import type { ProofKeeper } from './proof-keeper.ts';
import { createProofJudge } from './proof.ts';
import { createTokenReader } from './token-reader.ts';

export interface AuthorizationParts {
  readonly nonces: Nonces;
  readonly proofs: ProofKeeper;
  readonly principalOf: PrincipalOf;
}

/** The key that the connection itself has proved, for a token that came over mutual TLS. */
type ChannelKey = string | undefined;

export interface AuthorizationJudge {
  judge(
    presented: Presented,
    context: IdentityContext,
    channelKey: ChannelKey,
  ): Principal | Refusal | Promise<Principal | Refusal>;
  /** Whose token this is, whoever sends it: no proof is asked for, and none is spent. */
  bearerOf(presented: Presented, context: IdentityContext): Principal | Refusal;
}

/** Judges the `Authorization` header, and the proof that a bound token needs. */
export function createAuthorizationJudge(parts: AuthorizationParts): AuthorizationJudge {
  const { nonces, principalOf, proofs } = parts;
  const readToken = createTokenReader();
  const judgeProof = createProofJudge();

  const byDpop = (text: string, presented: Presented, context: IdentityContext) => {
    const token = readToken(text, context);
    if (isRefusal(token)) return token;
    const { thumbprint } = token.claims;
    if (thumbprint === undefined) return unbound();
    if (presented.dpop === undefined) return unproven();
    const { now, proven } = context;
    if (proven !== undefined && proven.keyThumbprint === thumbprint) {
      return principalOf(token.claims, 'dpop', context);
    }
    const proof = judgeProof(presented.dpop, {
      method: presented.method,
      url: presented.url,
      tokenHash: token.hash,
      thumbprint,
      generationOf: (nonce) => nonces.generationOf(nonce, now),
      now,
    });
    if (isRefusal(proof)) return proof;
    const { jti, issuedAt, generation } = proof;
    const judged = proofs.use({ thumbprint, jti, issuedAt, generation }, now);
    const known = ({ use }: ProofJudged) =>
      use === 'fresh' ? principalOf(token.claims, 'dpop', context) : refusal(refusedUses[use]);
    return judged instanceof Promise ? judged.then(known) : known(judged);
  };

  const byBearer = (text: string, context: IdentityContext, channelKey: ChannelKey) => {
    const token = readToken(text, context);
    if (isRefusal(token)) return token;
    const { thumbprint } = token.claims;
    if (thumbprint === undefined) return principalOf(token.claims, 'none', context);
    // A bound token without its proof is a stolen token until shown otherwise.
    return thumbprint === channelKey ? principalOf(token.claims, 'mtls', context) : unproven();
  };

  return {
    judge(presented, context, channelKey) {
      const { scheme, token } = readAuthorization(presented);
      if (scheme === 'dpop') return byDpop(token, presented, context);
      return scheme === 'bearer' ? byBearer(token, context, channelKey) : notOurs(presented);
    },
    bearerOf(presented, context) {
      const { scheme, token: text } = readAuthorization(presented);
      if (scheme !== 'dpop' && scheme !== 'bearer') return notOurs(presented);
      const token = readToken(text, context);
      return isRefusal(token) ? token : principalOf(token.claims, 'none', context);
    },
  };
}

/** INVARIANT: a proof whose keeper cannot be asked proves nothing. */
const refusedUses = {
  used: 'identity/replayed-proof',
  full: 'identity/too-many-proofs',
  stale: 'identity/nonce-required',
  old: 'identity/proof-expired',
  unasked: 'identity/proof-not-judged',
} as const;

function readAuthorization({ authorization = '' }: Presented) {
  const [, scheme = '', token = ''] = credentials.exec(authorization) ?? [];
  return { scheme: scheme.toLowerCase(), token };
}

/** A password, a vendor's key: whatever it is, it is shared and proves no instance. */
function notOurs({ authorization = '' }: Presented): Refusal {
  return refusal(ours.test(authorization) ? 'identity/invalid-token' : 'identity/api-key');
}

const credentials = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)$/;
const ours = /^(?:dpop|bearer)(?: |$)/i;

function unproven(): Refusal {
  return refusal('identity/invalid-proof', {
    message: 'the token is bound to a key, and no proof of possession came with it',
  });
}

function unbound(): Refusal {
  return refusal('identity/invalid-token', {
    message: 'the token is bound to no key',
    suggestedAction: 'send it as `Bearer`, or get a token by client assertion',
  });
}
