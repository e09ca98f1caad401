import { type CryptoKey, importJWK } from 'jose';
import type { Outbound } from '#contracts/outbound.ts';
import { isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { getJson, providerFault } from './answers.ts';

/**
 * What may be signed with, by the kind of key. INVARIANT: no `none`, and nothing symmetric: a public key is no
 * secret that two share.
 */
const algorithms: Readonly<Record<string, readonly string[]>> = {
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'EC P-521': ['ES512'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
};

const known: ReadonlySet<string> = new Set(Object.values(algorithms).flat());

export function isKnownAlgorithm(alg: unknown): alg is string {
  return typeof alg === 'string' && known.has(alg);
}

export interface ProviderKey {
  readonly kid: string | undefined;
  /** With which algorithms it may be used: its kind says so, never a token. */
  readonly algorithms: readonly string[];
  readonly jwk: JsonObject;
}

export async function readKeys(outbound: Outbound, url: string): Promise<readonly ProviderKey[]> {
  const { value } = await getJson(outbound, url);
  const { keys } = value;
  if (!Array.isArray(keys)) throw providerFault('its keys are no list');
  if (keys.length > limits.providerKeys) throw providerFault('it has too many keys');
  return (keys as readonly Json[]).flatMap((one) => toKey(one) ?? []);
}

/** Undefined for what is not for signatures, or not strong enough; a provider may have such, too. */
function toKey(jwk: Json): ProviderKey | undefined {
  if (!isJsonObject(jwk)) return undefined;
  const { kty, crv, use, alg, kid, n } = jwk;
  if (use !== undefined && use !== 'sig') return undefined;
  const ops = jwk['key_ops'];
  if (ops !== undefined && !(Array.isArray(ops) && (ops as readonly Json[]).includes('verify'))) {
    return undefined;
  }
  if (typeof kty !== 'string') return undefined;
  const kind = typeof crv === 'string' ? `${kty} ${crv}` : kty;
  if (kty === 'RSA' && !isLongEnough(n)) return undefined;
  const usable = (Object.hasOwn(algorithms, kind) ? (algorithms[kind] ?? []) : []).filter(
    (one) => alg === undefined || alg === one,
  );
  if (usable.length === 0) return undefined;
  return {
    kid: typeof kid === 'string' ? kid : undefined,
    algorithms: usable,
    jwk: publicPart(jwk),
  };
}

/** 2,048 bits, and no more than anybody uses: a key that is huge is work for whoever verifies. */
function isLongEnough(modulus: Json | undefined): boolean {
  const bytes = typeof modulus === 'string' ? Buffer.from(modulus, 'base64url').length : 0;
  return bytes >= 256 && bytes <= 1_024;
}

/** A provider that publishes more than that made a mistake, which is no reason to use it. */
function publicPart({ kty, crv, x, y, n, e }: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  ) as JsonObject;
}

/** The one key that a token can be of; undefined when there is none, or more than one. */
export function keyFor(
  keys: readonly ProviderKey[],
  { kid, alg }: { readonly kid: string | undefined; readonly alg: string },
): ProviderKey | undefined {
  const fitting = keys.filter(
    (key) => key.algorithms.includes(alg) && (kid === undefined || key.kid === kid),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

export async function importKey({ jwk }: ProviderKey, alg: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, alg);
  if (key instanceof Uint8Array) throw providerFault('one of its keys is no public key');
  return key;
}
