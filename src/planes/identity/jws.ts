import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { sha256Base64url } from '#kernel/digest.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

export interface Jws {
  readonly header: JsonObject;
  readonly headerText: string;
  readonly claims: JsonObject;
  readonly signed: string;
  readonly signature: Buffer;
}

const part = /^[A-Za-z0-9_-]+$/;
const longest = 8_192;

/** Compact form, both parts strict JSON objects; undefined for anything else. Verifies nothing. */
export function parseJws(text: string): Jws | undefined {
  if (text.length > longest) return undefined;
  const [head = '', body = '', tail = '', extra] = text.split('.');
  if (extra !== undefined || !part.test(head) || !part.test(body) || !part.test(tail)) {
    return undefined;
  }
  const header = parseObject(head);
  const claims = parseObject(body);
  if (header === undefined || claims === undefined) return undefined;
  return {
    header,
    headerText: head,
    claims,
    signed: `${head}.${body}`,
    signature: Buffer.from(tail, 'base64url'),
  };
}

function parseObject(base64url: string): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(base64url, 'base64url'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export type SignatureAlgorithm = 'ES256' | 'EdDSA';

export interface PublicJwk {
  readonly jwk: JsonObject;
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
  /** RFC 7638. */
  readonly thumbprint: string;
}

/** P-256 and Ed25519 public keys only; anything private, symmetric or of another curve is none. */
export function importPublicJwk(value: unknown): PublicJwk | undefined {
  if (!isJsonObject(value) || value['d'] !== undefined || value['k'] !== undefined)
    return undefined;
  const { kty, crv, x, y } = value;
  if (typeof x !== 'string' || !part.test(x)) return undefined;
  try {
    if (kty === 'EC' && crv === 'P-256' && typeof y === 'string' && part.test(y)) {
      return imported({ crv: 'P-256', kty: 'EC', x, y }, 'ES256');
    }
    if (kty === 'OKP' && crv === 'Ed25519')
      return imported({ crv: 'Ed25519', kty: 'OKP', x }, 'EdDSA');
  } catch {
    return undefined;
  }
  return undefined;
}

/** Members in the order of RFC 7638, so that their text is what the thumbprint is over. */
function imported(jwk: Record<string, string>, algorithm: SignatureAlgorithm): PublicJwk {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return { jwk, algorithm, key, thumbprint: sha256Base64url(JSON.stringify(jwk)) };
}

export function publicJwkOf(key: KeyObject): PublicJwk | undefined {
  return importPublicJwk(key.export({ format: 'jwk' }) as unknown);
}

export function verifyJws(jws: Jws, key: KeyObject, algorithm: SignatureAlgorithm): boolean {
  if (jws.header['alg'] !== algorithm) return false;
  const data = Buffer.from(jws.signed, 'latin1');
  try {
    if (algorithm === 'EdDSA') return verify(null, data, key, jws.signature);
    const der = toDer(jws.signature);
    return der !== undefined && verify('sha256', data, key, der);
  } catch {
    return false;
  }
}

/** r ‖ s to DER: Node verifies that a quarter faster than the form it came in. */
function toDer(signature: Buffer): Buffer | undefined {
  if (signature.length !== 64) return undefined;
  const r = derInteger(signature.subarray(0, 32));
  const s = derInteger(signature.subarray(32));
  return Buffer.concat([Buffer.from([0x30, r.length + s.length]), r, s]);
}

function derInteger(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 31 && bytes[start] === 0) start += 1;
  const body = bytes.subarray(start);
  const padded = (body[0] ?? 0) > 0x7f;
  return Buffer.concat([Buffer.from(padded ? [2, body.length + 1, 0] : [2, body.length]), body]);
}
