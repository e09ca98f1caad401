import { type CipherGCM, createDecipheriv } from 'node:crypto';
import { BailiwickError } from '#kernel/errors.ts';

export const bodyCipher = 'aes-256-gcm';
export const nonceBytes = 12;
export const tagBytes = 16;

export interface SealedBody {
  /** A head that says which key it is, then nonce ‖ ciphertext ‖ tag. */
  readonly bytes: Buffer;
  readonly key: string;
}

export function isTooShort(blob: Buffer, headBytes: number): boolean {
  return blob.length < headBytes + nonceBytes + tagBytes;
}

/**
 * `before` stands sealed in front of the body, as if both were one. Both go through the cipher at once, and the
 * parts are put where they belong: each buffer that comes from the cipher costs as much as sealing a kilobyte.
 */
export function sealedBehind(
  [head, nonce]: readonly [Buffer, Buffer],
  cipher: CipherGCM,
  body: Uint8Array,
  before: Uint8Array | undefined,
): Buffer {
  const plain = before === undefined ? body : joined(before, body);
  const sealed = cipher.update(plain);
  cipher.final();
  if (plain !== body) plain.fill(0);
  const nonceAt = head.length;
  const sealedAt = nonceAt + nonce.length;
  const tagAt = sealedAt + sealed.length;
  const blob = Buffer.allocUnsafe(tagAt + tagBytes);
  blob.set(head);
  blob.set(nonce, nonceAt);
  blob.set(sealed, sealedAt);
  blob.set(cipher.getAuthTag(), tagAt);
  return blob;
}

// INVARIANT: words stand here in plain for as long as they are being sealed; nothing here calls code from outside.
const scratch = Buffer.allocUnsafeSlow(16 * 1_024);

function joined(before: Uint8Array, body: Uint8Array): Buffer {
  const length = before.length + body.length;
  const both = length > scratch.length ? Buffer.allocUnsafe(length) : scratch.subarray(0, length);
  both.set(before);
  both.set(body, before.length);
  return both;
}

/** What stands behind a head of so many bytes; the `bound` bytes are those that it was sealed with. */
export function openBehind(head: number, blob: Buffer, key: Buffer, bound?: Buffer): Buffer {
  const nonceEnd = head + nonceBytes;
  const tagAt = blob.length - tagBytes;
  try {
    const nonce = blob.subarray(head, nonceEnd);
    const decipher = createDecipheriv(bodyCipher, key, nonce, { authTagLength: tagBytes });
    if (bound !== undefined) decipher.setAAD(bound);
    decipher.setAuthTag(blob.subarray(tagAt));
    return Buffer.concat([decipher.update(blob.subarray(nonceEnd, tagAt)), decipher.final()]);
  } catch {
    throw notOpened('a sealed body was changed');
  }
}

export function notOpened(message: string): BailiwickError {
  return new BailiwickError('credentials/unwrap-failed', { message });
}
