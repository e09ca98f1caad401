import { hash, timingSafeEqual } from 'node:crypto';

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

export function sha256Base64url(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

export function sha256Bytes(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** Proves the bytes to whoever holds salt and bytes; tells others nothing. */
export function commitment(salt: Uint8Array, bytes: Uint8Array): string {
  return sha256Hex(Buffer.concat([salt, sha256Bytes(bytes)]));
}

export function timingSafeEqualText(a: string, b: string): boolean {
  const left = sha256Bytes(a);
  return timingSafeEqual(left, sha256Bytes(b));
}
