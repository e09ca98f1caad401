import type { KeyProofs } from '#contracts/key-proofs.ts';
import { BailiwickError, isRefusal, type Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { assertionTypes, readStatement } from './assertion.ts';
import { importPublicJwk } from './jwk.ts';
import { createNonces, ownNonces } from './nonces.ts';
import { createProofJudge } from './proof.ts';
import { createReplayBook } from './replay-book.ts';

/** Strangers prove keys here too, so it is smaller than what gateways keep, and nobody gets more than half. */
const keptProofs = 65_536;

/**
 * Keys of clients, at the endpoint that gives tokens. The nonces are this program's own: after a restart
 * none from before is taken, so that what was forgotten of proofs is no gap.
 */
export function createKeyProofs(clock: Pick<Clock, 'now'>): KeyProofs {
  const judge = createProofJudge();
  const nonces = createNonces(ownNonces());
  const used = createReplayBook(keptProofs);
  return {
    nonce: () => nonces.current(clock.now()),
    proveKey({ proof, method, url }) {
      const now = clock.now();
      const proven = judge(proof, {
        method,
        url,
        now,
        tokenHash: undefined,
        thumbprint: undefined,
        generationOf: (nonce) => nonces.generationOf(nonce, now),
      });
      if (isRefusal(proven)) throw thrown(proven);
      if (proven.generation < nonces.floor(now)) {
        throw new BailiwickError('identity/nonce-required');
      }
      const seen = used.remember(proven, now);
      if (seen === 'used') throw new BailiwickError('identity/replayed-proof');
      if (seen === 'full') throw new BailiwickError('identity/too-many-proofs', { retryAfter: 60 });
      const { thumbprint, jwk } = proven;
      return { thumbprint, jwk };
    },
    readAssertion: (ask) => readAssertion(ask, clock.now()),
  };
}

function thrown({ code, message, retryAfter }: Refusal): BailiwickError {
  return new BailiwickError(code, {
    message,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

function readAssertion(
  { assertion, client, keys, audiences }: Parameters<KeyProofs['readAssertion']>[0],
  now: number,
): ReturnType<KeyProofs['readAssertion']> {
  for (const jwk of keys) {
    const key = importPublicJwk(plainKey(jwk));
    const claims = key === undefined ? undefined : readStatement(assertion, key, assertionTypes);
    if (claims !== undefined) return judged(claims, { client, audiences, now });
  }
  throw invalid('it is signed by none of the client’s keys');
}

/** What else may stand beside a key in a set of keys: it decides nothing here. */
function plainKey({ use: _use, key_ops: _ops, alg: _alg, kid: _kid, ...jwk }: JsonObject) {
  return jwk;
}

function judged(
  { iss, sub, aud, iat, exp, jti, nbf }: JsonObject,
  of: { readonly client: string; readonly audiences: readonly string[]; readonly now: number },
) {
  if (iss !== of.client || sub !== of.client) throw invalid('`iss` and `sub` must be the client');
  const named = Array.isArray(aud) ? aud : [aud];
  // One audience alone: what is meant for another as well may be that one's to send on.
  const [only] = named;
  if (named.length !== 1 || typeof only !== 'string' || !of.audiences.includes(only)) {
    throw invalid('`aud` must be this authorization server alone');
  }
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) {
    throw invalid('`jti` must have 8 to 128 characters');
  }
  if (typeof exp !== 'number') throw invalid('`exp` is missing');
  const until = exp * 1_000;
  const from = Math.max(...[iat, nbf].filter((at) => typeof at === 'number'), 0) * 1_000;
  if (until + limits.clockSkewMs <= of.now) throw invalid('it has expired');
  if (from > of.now + limits.clockSkewMs) throw invalid('it is from the future');
  if (until > of.now + limits.clientAssertionMs + limits.clockSkewMs) {
    throw invalid('it is valid for too long');
  }
  return { jti, until: until + limits.clockSkewMs };
}

function invalid(why: string): BailiwickError {
  return new BailiwickError('oauth/invalid-client', {
    message: `the client assertion is not valid: ${why}`,
  });
}
