import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { TokenTrust } from '#kernel/snapshot.ts';
import { type DelegatedClaims, readDelegated } from './delegated-claims.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';
import { parseJws, verifySignature } from './jws.ts';

/** What a verified access token says. */
export interface TokenClaims {
  readonly kind: 'claims';
  readonly tenant: string;
  readonly agent: string;
  readonly instance: string;
  readonly jti: string;
  readonly expiresAt: number;
  /** Thumbprint of the key that it is bound to; undefined for an unbound bearer. */
  readonly thumbprint: string | undefined;
  /** Set when it says itself for whom and in which task the agent acts. */
  readonly delegated?: DelegatedClaims;
}

export const tokenType = 'at+jwt';

export function subjectOf(of: Pick<TokenClaims, 'tenant' | 'agent' | 'instance'>): string {
  return `agent:${of.tenant}/${of.agent}/${of.instance}`;
}

/** Signature, issuer, audience, times, shape: everything about a token but who may use it. */
export function judgeToken(text: string, trust: TokenTrust, now: number): TokenClaims | Refusal {
  const jws = parseJws(text);
  if (jws === undefined)
    return refusal(looksLikeJwt(text) ? 'identity/invalid-token' : 'identity/api-key');
  const { header, claims, compact } = jws;
  if (claims['iss'] !== trust.issuer) return foreign(claims);
  const signer = trust.keys.find(({ kid }) => kid === header['kid']);
  const key = signer === undefined ? undefined : publicKeyOf(signer.jwk);
  if (key === undefined || header['alg'] !== key.algorithm)
    return refusal('identity/invalid-token');
  if (header['typ'] !== tokenType || header['crit'] !== undefined) {
    return refusal('identity/invalid-token');
  }
  if (!verifySignature(compact, key.key, key.algorithm)) return refusal('identity/invalid-token');
  if (claims['aud'] !== trust.audience) return refusal('identity/wrong-audience');
  return judgeClaims(claims, now);
}

function judgeClaims(claims: JsonObject, now: number): TokenClaims | Refusal {
  const { tenant, agent, instance, jti, iat, exp, sub } = claims;
  if (!isText(tenant) || !isText(agent) || !isText(instance) || !isText(jti)) {
    return refusal('identity/invalid-token');
  }
  const actor = subjectOf({ tenant, agent, instance });
  const delegated = readDelegated(claims, actor);
  if (delegated === 'malformed') return refusal('identity/invalid-token');
  if (delegated === undefined && sub !== actor) return refusal('identity/invalid-token');
  if (typeof iat !== 'number' || typeof exp !== 'number') return refusal('identity/invalid-token');
  const issuedAt = iat * 1_000;
  const expiresAt = exp * 1_000;
  if (expiresAt - issuedAt > limits.accessTokenMs || issuedAt > now + limits.clockSkewMs) {
    return refusal('identity/invalid-token');
  }
  if (expiresAt <= now) return refusal('identity/expired-token');
  const bound = bindingOf(claims);
  if (bound === undefined) return refusal('identity/invalid-token');
  const { thumbprint } = bound;
  const read = { kind: 'claims', tenant, agent, instance, jti, expiresAt, thumbprint } as const;
  return delegated === undefined ? read : { ...read, delegated };
}

/** Bound to a key, or said to be bound to none; a token that says neither or both is no token. */
function bindingOf({ cnf, binding }: JsonObject): { thumbprint: string | undefined } | undefined {
  if (cnf === undefined) return binding === 'none' ? { thumbprint: undefined } : undefined;
  const thumbprint = isJsonObject(cnf) ? cnf['jkt'] : undefined;
  return isText(thumbprint) && binding === undefined ? { thumbprint } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

const signsOfAPerson = [
  'amr',
  'auth_time',
  'azp',
  'email',
  'name',
  'preferred_username',
  'scope',
  'scp',
  'upn',
];

/** Not ours: a person's token from an identity provider, or nobody knows whose. */
function foreign(claims: JsonObject): Refusal {
  const person = signsOfAPerson.some((claim) => claims[claim] !== undefined);
  return refusal(
    person || typeof claims['iss'] === 'string' ? 'identity/user-token' : 'identity/invalid-token',
  );
}

function looksLikeJwt(text: string): boolean {
  return /^ey[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text);
}

const keys = new WeakMap<JsonObject, PublicJwk>();

function publicKeyOf(jwk: JsonObject): PublicJwk | undefined {
  const known = keys.get(jwk);
  if (known !== undefined) return known;
  const key = importPublicJwk(jwk);
  if (key !== undefined) keys.set(jwk, key);
  return key;
}
