import { X509Certificate } from 'node:crypto';
import type { Presented } from '#kernel/call.ts';
import { sha256Base64url, sha256Hex } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Binding, Principal } from '#kernel/principal.ts';
import type { IdentityContext, IdentityGate } from './door.ts';
import { publicJwkOf } from './jws.ts';
import { createProofJudge } from './proof.ts';
import { createReplayBook } from './replay-book.ts';
import { judgeToken, type TokenClaims } from './tokens.ts';

const keptTokens = 20_000;

interface KnownToken {
  readonly claims: TokenClaims;
  readonly hash: string;
  readonly trust: string;
}

interface KnownCertificate {
  readonly thumbprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Which instance is this? Everything is judged here, and nothing is believed that is not proved. */
export function createIdentityGate(
  options: { readonly replayEntries?: number } = {},
): IdentityGate {
  const tokens = new Map<string, KnownToken>();
  const certificates = new Map<string, KnownCertificate | undefined>();
  const replays = createReplayBook(options.replayEntries ?? limits.replayEntries);
  const judgeProof = createProofJudge();
  const nonces = createNonces();

  const tokenOf = (text: string, context: IdentityContext): KnownToken | Refusal => {
    const hash = sha256Base64url(text);
    const known = tokens.get(hash);
    if (known !== undefined && known.trust === context.trust.issuer) {
      return known.claims.expiresAt > context.now ? known : refusal('identity/expired-token');
    }
    const claims = judgeToken(text, context.trust, context.now);
    if (isRefusal(claims)) return claims;
    const token = { claims, hash, trust: context.trust.issuer };
    if (tokens.size >= keptTokens) tokens.clear();
    tokens.set(hash, token);
    return token;
  };

  const byDpop = (text: string, presented: Presented, context: IdentityContext) => {
    if (presented.dpop === undefined) return refusal('identity/invalid-proof');
    const token = tokenOf(text, context);
    if (isRefusal(token)) return token;
    const { thumbprint } = token.claims;
    if (thumbprint === undefined) return refusal('identity/invalid-token');
    const proof = judgeProof(presented.dpop, {
      method: presented.method,
      url: presented.url,
      tokenHash: token.hash,
      thumbprint,
      isNonce: (nonce) => nonces.accepts(nonce, context.now),
      now: context.now,
    });
    if (isRefusal(proof)) return proof;
    const until = context.now + limits.proofAgeMs + 2 * limits.clockSkewMs;
    if (!replays.remember(`${thumbprint}${String(proof.claims['jti'])}`, until, context.now)) {
      return refusal('identity/replayed-proof');
    }
    return principalOf(token.claims, 'dpop', context);
  };

  const byBearer = (text: string, context: IdentityContext): Principal | Refusal => {
    const token = tokenOf(text, context);
    if (isRefusal(token)) return token;
    // A bound token without its proof is a stolen token until shown otherwise.
    if (token.claims.thumbprint !== undefined) return refusal('identity/invalid-proof');
    return principalOf(token.claims, 'none', context);
  };

  const certificateOf = (der: Uint8Array): KnownCertificate | undefined => {
    const key = sha256Hex(der);
    if (certificates.has(key)) return certificates.get(key);
    const read = readCertificate(der);
    if (certificates.size >= keptTokens) certificates.clear();
    certificates.set(key, read);
    return read;
  };

  const byCertificate = (presented: Presented, context: IdentityContext): Principal | Refusal => {
    const certificate = certificateOf(presented.clientCertificate ?? new Uint8Array());
    const { now } = context;
    if (
      certificate === undefined ||
      certificate.notBefore > now + limits.clockSkewMs ||
      certificate.notAfter < now - limits.clockSkewMs
    ) {
      return refusal('identity/unknown-certificate');
    }
    const { thumbprint } = certificate;
    const known = context.roster.instances[thumbprint];
    if (known === undefined) return refusal('identity/unknown-certificate');
    return principalOf({ ...known, thumbprint, jti: '' }, 'mtls', context);
  };

  return {
    hasCredential: (presented) =>
      presented.authorization !== undefined || presented.clientCertificate !== undefined,
    nonce: (now) => nonces.current(now),
    identify(presented, context) {
      if (presented.ambiguous) return refusal('admit/duplicate-header');
      const { authorization } = presented;
      const own =
        presented.clientCertificate === undefined ? undefined : byCertificate(presented, context);
      if (authorization === undefined) return own ?? refusal('identity/missing');
      const stated = byHeader(authorization, presented, context);
      if (own === undefined || isRefusal(stated)) return stated;
      // Two credentials at once must be one and the same key.
      if (isRefusal(own)) return own;
      return own.instance === stated.instance ? own : refusal('identity/key-mismatch');
    },
  };

  function byHeader(text: string, presented: Presented, context: IdentityContext) {
    const match = /^(DPoP|Bearer) +([A-Za-z0-9._~+/=-]+)$/i.exec(text);
    if (match === null) return refusal('identity/invalid-token');
    const [, scheme = '', token = ''] = match;
    return scheme.toLowerCase() === 'dpop'
      ? byDpop(token, presented, context)
      : byBearer(token, context);
  }
}

function principalOf(
  claims: Pick<TokenClaims, 'tenant' | 'agent' | 'instance' | 'thumbprint' | 'jti'>,
  binding: Binding,
  context: IdentityContext,
): Principal | Refusal {
  const { tenant, agent, instance, thumbprint } = claims;
  if (tenant !== context.tenant) return refusal('identity/tenant-mismatch');
  if (thumbprint !== undefined && context.roster.instances[thumbprint]?.instance !== instance) {
    return refusal('identity/key-mismatch', { message: 'the key is not enrolled any more' });
  }
  // One session and one task per instance for now; an unbound token is its own.
  const own = sessionOf(
    thumbprint === undefined ? `${tenant}\n${claims.jti}` : `${tenant}\n${instance}`,
  );
  return {
    kind: 'agent',
    tenant,
    agent,
    instance,
    user: undefined,
    task: own.task,
    session: own.session,
    hops: [],
    binding,
    keyThumbprint: thumbprint,
  };
}

const sessions = new Map<string, { readonly task: string; readonly session: string }>();

function sessionOf(key: string): { readonly task: string; readonly session: string } {
  let own = sessions.get(key);
  if (own === undefined) {
    const name = sha256Hex(key).slice(0, 32);
    own = { task: `t-${name}`, session: `s-${name}` };
    if (sessions.size >= keptTokens) sessions.clear();
    sessions.set(key, own);
  }
  return own;
}

function readCertificate(der: Uint8Array): KnownCertificate | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(der));
    const key = publicJwkOf(certificate.publicKey);
    if (key === undefined) return undefined;
    return {
      thumbprint: key.thumbprint,
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
    };
  } catch {
    return undefined;
  }
}

/** Of this gateway alone: a proof that was made for another one carries a nonce nobody here knows. */
function createNonces() {
  let current = newCapability();
  let previous = newCapability();
  let rotatedAt = Number.NEGATIVE_INFINITY;
  const rotate = (now: number): void => {
    if (now - rotatedAt < limits.nonceMs) return;
    previous = current;
    current = newCapability();
    rotatedAt = now;
  };
  return {
    current(now: number): string {
      rotate(now);
      return current;
    },
    accepts(nonce: string, now: number): boolean {
      rotate(now);
      return nonce === current || nonce === previous;
    },
  };
}
