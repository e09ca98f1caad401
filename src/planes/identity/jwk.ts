import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256Base64url } from '#kernel/digest.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { decodeBase64url } from './base64url.ts';

export type SignatureAlgorithm = 'ES256' | 'EdDSA';

export interface PublicJwk {
  readonly jwk: JsonObject;
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

const coordinateBytes = 32;
const privateMembers = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth'];

/**
 * P-256 and Ed25519 public keys only; anything private, symmetric or of another curve is none.
 * INVARIANT: one key has one reading, so that it has one thumbprint and is enrolled once.
 */
export function importPublicJwk(value: unknown): PublicJwk | undefined {
  if (!isJsonObject(value)) return undefined;
  if (privateMembers.some((member) => value[member] !== undefined)) return undefined;
  const { kty, crv, x, y } = value;
  if (!isCoordinate(x)) return undefined;
  if (kty === 'EC' && crv === 'P-256' && isCoordinate(y)) {
    return imported({ crv: 'P-256', kty: 'EC', x, y }, 'ES256');
  }
  if (kty === 'OKP' && crv === 'Ed25519' && y === undefined && !isSmallOrder(x)) {
    return imported({ crv: 'Ed25519', kty: 'OKP', x }, 'EdDSA');
  }
  return undefined;
}

/** Members in the order of RFC 7638, so that their text is what the thumbprint is over. */
function imported(
  jwk: Record<string, string>,
  algorithm: SignatureAlgorithm,
): PublicJwk | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return { jwk, algorithm, key, thumbprint: sha256Base64url(JSON.stringify(jwk)) };
  } catch {
    return undefined;
  }
}

export function publicJwkOf(key: KeyObject): PublicJwk | undefined {
  try {
    return importPublicJwk({ ...key.export({ format: 'jwk' }) });
  } catch {
    return undefined;
  }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && decodeBase64url(value)?.length === coordinateBytes;
}

/**
 * Points of small order and their second encodings, sign bit cleared: nobody's keys. A verifier of
 * Ed25519 need not refuse them, and under one that does not, anybody can sign.
 */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

function isSmallOrder(x: string): boolean {
  const point = Buffer.from(x, 'base64url');
  point[31] = (point[31] ?? 0) & 0x7f;
  return smallOrder.has(point.toString('hex'));
}
