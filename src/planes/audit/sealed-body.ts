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

/** `before` stands sealed in front of the body, as if both were one. */
export function sealedBehind(
  [head, nonce]: readonly [Buffer, Buffer],
  cipher: CipherGCM,
  body: Uint8Array,
  before: Uint8Array | undefined,
): Buffer {
  const first = before === undefined ? [head, nonce] : [head, nonce, cipher.update(before)];
  return Buffer.concat([...first, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
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
