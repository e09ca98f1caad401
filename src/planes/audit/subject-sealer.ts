import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { PayloadKey, PayloadKeyBook } from '#contracts/payload-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';

const algorithm = 'aes-256-gcm';
const magic = Buffer.from('BWP2');
const handleBytes = 16;
const headBytes = magic.length + handleBytes;
const nonceBytes = 12;
const tagBytes = 16;

export interface SubjectSealer {
  /** magic ‖ handle ‖ nonce ‖ ciphertext ‖ tag. The head is bound: no body opens under another handle. */
  seal(
    tenant: string,
    subject: string,
    body: Uint8Array,
  ): Promise<{ readonly bytes: Buffer; readonly key: string }>;
  open(tenant: string, blob: Buffer): Promise<Buffer>;
}

/**
 * Seals what belongs to one subject under a key that nobody else's bodies share. The blob names a
 * random handle; key and subject stand in the key book. INVARIANT: the key book is asked each time,
 * so that a key that was destroyed there is in no memory here, a moment later.
 */
export function createSubjectSealer(parts: {
  readonly wrapper: KeyringWrapper;
  readonly clock: Clock;
  readonly keys: PayloadKeyBook | undefined;
}): SubjectSealer {
  const { wrapper, clock } = parts;
  const book = (): PayloadKeyBook => {
    if (parts.keys === undefined) throw failed('this program has no key of any subject');
    return parts.keys;
  };
  return {
    async seal(tenant, subject, body) {
      const known = await book().of(tenant, subject);
      const made = () => newKey(wrapper, tenant);
      const now = clock.now();
      const kept = known ?? (await book().keep({ tenant, subject, key: made(), now }));
      const head = Buffer.concat([magic, Buffer.from(kept.handle, 'hex')]);
      // Random: the key outlives this process, so no count is known to be new.
      const nonce = randomBytes(nonceBytes);
      return withKey(wrapper, tenant, kept, (key) => {
        const cipher = createCipheriv(algorithm, key, nonce).setAAD(head);
        const sealed = [head, nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()];
        return { bytes: Buffer.concat(sealed), key: kept.handle };
      });
    },
    async open(tenant, blob) {
      if (blob.length < headBytes + nonceBytes + tagBytes) throw failed('not a sealed body');
      const handle = blob.toString('hex', magic.length, headBytes);
      const kept = await book().byHandle(tenant, handle);
      if (kept === undefined) throw failed('the key of whom it belongs to is gone');
      return withKey(wrapper, tenant, kept, (key) => opened(key, blob));
    },
  };
}

export function isOfSubject(blob: Buffer): boolean {
  return blob.subarray(0, magic.length).equals(magic);
}

function newKey(wrapper: KeyringWrapper, tenant: string): PayloadKey {
  const handle = randomBytes(handleBytes).toString('hex');
  const key = randomBytes(32);
  const wrapped = wrapper.wrap(key, contextOf(tenant, handle));
  key.fill(0);
  return { handle, wrappedKey: Buffer.from(wrapped).toString('base64') };
}

function withKey<T>(
  wrapper: KeyringWrapper,
  tenant: string,
  { handle, wrappedKey }: PayloadKey,
  use: (key: Buffer) => T,
): T {
  const key = wrapper.unwrap(Buffer.from(wrappedKey, 'base64'), contextOf(tenant, handle));
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

function opened(key: Buffer, blob: Buffer): Buffer {
  const nonceEnd = headBytes + nonceBytes;
  const tagAt = blob.length - tagBytes;
  try {
    const nonce = blob.subarray(headBytes, nonceEnd);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(blob.subarray(0, headBytes));
    decipher.setAuthTag(blob.subarray(tagAt));
    return Buffer.concat([decipher.update(blob.subarray(nonceEnd, tagAt)), decipher.final()]);
  } catch {
    throw failed('a sealed body was changed');
  }
}

function failed(message: string): BailiwickError {
  return new BailiwickError('credentials/unwrap-failed', { message });
}

/** A row that somebody moved to another tenant or handle does not unwrap there. */
function contextOf(tenant: string, handle: string): string {
  return `payload-of-subject\n${tenant}\n${handle}`;
}
