import type { EnrolledInstance, InstanceBook } from '#contracts/instance-book.ts';
import { sha256Base64url } from '#kernel/digest.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';
import { parseJws, verifySignature } from './jws.ts';

const statementLength = 4_096;
const enrolType = 'bailiwick-enrol+jwt';
/** RFC 7523 names no type; the drafts after it do. Another type is a statement made for another use. */
export const assertionTypes: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

/** A JWT of a key: type, algorithm and signature hold. */
export function readStatement(
  text: string,
  key: PublicJwk,
  types: readonly unknown[],
): JsonObject | undefined {
  const jws = text.length > statementLength ? undefined : parseJws(text);
  if (jws === undefined) return undefined;
  const { header, claims, compact } = jws;
  if (!types.includes(header['typ']) || header['crit'] !== undefined) return undefined;
  if (header['alg'] !== key.algorithm) return undefined;
  return verifySignature(compact, key.key, key.algorithm) ? claims : undefined;
}

/** The new key signs over the join token, so that nobody can enrol a key that is not theirs. */
export function provesKey(text: string, key: PublicJwk, joinToken: string, now: number): boolean {
  const claims = readStatement(text, key, [enrolType]);
  if (claims === undefined) return false;
  const { iat, jth } = claims;
  if (typeof iat !== 'number' || jth !== sha256Base64url(joinToken)) return false;
  return Math.abs(now - iat * 1_000) <= limits.assertionMs + limits.clockSkewMs;
}

export type Asserted =
  | { readonly kind: 'proved'; readonly instance: EnrolledInstance }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly why: string | undefined;
      /** Whose key it was said to be; proved only when `proved` is true. */
      readonly claimed: EnrolledInstance | undefined;
      readonly proved: boolean;
    };

interface AssertionContext {
  readonly instances: InstanceBook;
  readonly issuer: string;
  readonly now: number;
}

/** RFC 7523: the instance speaks for itself, to us, once, now. */
export async function judgeAssertion(text: string, context: AssertionContext): Promise<Asserted> {
  const kid = text.length > statementLength ? undefined : parseJws(text)?.header['kid'];
  if (typeof kid !== 'string') return no(undefined, '`kid` must be the thumbprint of the key');
  const claimed = await context.instances.byThumbprint(kid);
  const key = claimed === undefined ? undefined : importPublicJwk(claimed.jwk);
  if (claimed === undefined || key === undefined) return no(undefined, undefined);
  const claims = readStatement(text, key, assertionTypes);
  if (claims === undefined) return no(claimed, undefined);
  if (claimed.revokedAt !== undefined) {
    return { ...no(claimed, undefined), code: 'standing/instance-revoked', proved: true };
  }
  const wrong = wrongClaim(claims, claimed.instance, context);
  if (wrong !== undefined) return { ...no(claimed, wrong), proved: true };
  const { jti, exp } = claims;
  // Last, and durable: from here on the assertion is spent.
  const until = Number(exp) * 1_000 + limits.clockSkewMs;
  const fresh = await context.instances.rememberAssertion(kid, jti as string, until);
  if (!fresh) return { ...no(claimed, 'it was already used'), proved: true };
  return { kind: 'proved', instance: claimed };
}

function no(claimed: EnrolledInstance | undefined, why: string | undefined) {
  const code: ErrorCode = 'identity/invalid-assertion';
  return { kind: 'refused', code, why, claimed, proved: false } as const;
}

function wrongClaim(
  { iss, sub, aud, iat, exp, jti }: JsonObject,
  instance: string,
  { issuer, now }: AssertionContext,
): string | undefined {
  if (iss !== instance || sub !== instance) return '`iss` and `sub` must be the instance';
  if (aud !== issuer) return '`aud` must be the issuer that enrolment named';
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) {
    return '`jti` must have 8 to 128 characters';
  }
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp <= iat) {
    return '`exp` must be after `iat`';
  }
  if ((exp - iat) * 1_000 > limits.assertionMs) return 'it is valid for too long';
  if (iat * 1_000 > now + limits.clockSkewMs) return 'it is from the future';
  return exp * 1_000 < now - limits.clockSkewMs ? 'it has expired' : undefined;
}
