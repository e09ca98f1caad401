import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { TokenTrust } from '#kernel/snapshot.ts';
import { parseJws, verifyJws } from './jws.ts';

/** What a verified access token says. */
export interface TokenClaims {
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly jti: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Thumbprint of the key that it is bound to; undefined for an unbound bearer. */
  readonly thumbprint: string | undefined;
}

export const tokenType = 'at+jwt';

/** Signature, issuer, audience, times, shape: everything about a token but who may use it. */
export function judgeToken(text: string, trust: TokenTrust, now: number): TokenClaims | Refusal {
  const jws = parseJws(text);
  if (jws === undefined) return opaque(text);
  const { header, claims } = jws;
  if (claims['iss'] !== trust.issuer) return foreign(claims);
  const key = trust.keys.find(({ kid }) => kid === header['kid']);
  if (header['typ'] !== tokenType || header['crit'] !== undefined || key === undefined) {
    return refusal('identity/invalid-token');
  }
  if (!verifyJws(jws, publicKeyOf(key.jwk), 'EdDSA')) return refusal('identity/invalid-token');
  if (claims['aud'] !== trust.audience) return refusal('identity/wrong-audience');
  return judgeClaims(claims, now);
}

function judgeClaims(claims: JsonObject, now: number): TokenClaims | Refusal {
  const { tenant, agent, instance, jti, iat, exp, cnf } = claims;
  const texts = [tenant, agent, instance, jti].every(
    (one) => typeof one === 'string' && one !== '',
  );
  if (!texts || typeof iat !== 'number' || typeof exp !== 'number') {
    return refusal('identity/invalid-token');
  }
  const issuedAt = iat * 1_000;
  const expiresAt = exp * 1_000;
  if (expiresAt - issuedAt > limits.accessTokenMs) return refusal('identity/invalid-token');
  if (issuedAt > now + limits.clockSkewMs) return refusal('identity/invalid-token');
  if (expiresAt <= now) return refusal('identity/expired-token');
  const thumbprint = isJsonObject(cnf) ? cnf['jkt'] : undefined;
  const unbound = cnf === undefined && claims['binding'] === 'none';
  if (typeof thumbprint !== 'string' && !unbound) return refusal('identity/invalid-token');
  return {
    tenant: String(tenant),
    agent: String(agent),
    instance: String(instance),
    jti: String(jti),
    issuedAt,
    expiresAt,
    thumbprint: typeof thumbprint === 'string' ? thumbprint : undefined,
  };
}

/** Not ours: a person's token from an identity provider, or nobody knows whose. */
function foreign(claims: JsonObject): Refusal {
  const person = [
    'amr',
    'auth_time',
    'email',
    'preferred_username',
    'name',
    'azp',
    'scope',
    'scp',
    'upn',
  ];
  return person.some((claim) => claims[claim] !== undefined) || typeof claims['iss'] === 'string'
    ? refusal('identity/user-token')
    : refusal('identity/invalid-token');
}

function opaque(text: string): Refusal {
  return text.split('.').length === 3
    ? refusal('identity/invalid-token')
    : refusal('identity/api-key');
}

const keys = new WeakMap<JsonObject, KeyObject>();

function publicKeyOf(jwk: JsonObject): KeyObject {
  let key = keys.get(jwk);
  if (key === undefined) {
    key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    keys.set(jwk, key);
  }
  return key;
}
