import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring } from '#contracts/keyring.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { Clock } from '#kernel/time.ts';

const algorithm = 'aes-256-gcm';
const magic = Buffer.from('BWP1');
const nonceBytes = 12;
const tagBytes = 16;
const rotateAfterMs = 3_600_000;
const rotateAfterBodies = 1_000_000;

export interface SealedBody {
  /** magic ‖ length of wrapped key (2) ‖ wrapped key ‖ nonce ‖ ciphertext ‖ tag. */
  readonly bytes: Buffer;
  readonly key: string;
}

/** Seals bodies that records refer to. Each blob opens alone with the keyring. */
export interface PayloadSealer {
  seal(tenant: string, body: Uint8Array): SealedBody;
  open(tenant: string, blob: Uint8Array): Buffer;
}

interface DataKey {
  readonly id: string;
  readonly key: Buffer;
  readonly header: Buffer;
  readonly madeAt: number;
  /** Counts up: with a fresh key for each count and process, no nonce is ever used twice. */
  used: number;
}

export async function createPayloadSealer(parts: {
  readonly keyring: Keyring;
  readonly clock: Clock;
}): Promise<PayloadSealer> {
  const wrapper = await parts.keyring.wrapper('payload');
  const keys = new Map<string, DataKey>();
  const keyFor = (tenant: string): DataKey => {
    const now = parts.clock.now();
    const known = keys.get(tenant);
    const fresh =
      known !== undefined && now - known.madeAt < rotateAfterMs && known.used < rotateAfterBodies;
    if (fresh) return known;
    const key = randomBytes(32);
    const wrapped = Buffer.from(wrapper.wrap(key, contextOf(tenant)));
    const length = Buffer.alloc(2);
    length.writeUInt16BE(wrapped.length);
    const made: DataKey = {
      id: sha256Hex(wrapped).slice(0, 16),
      key,
      header: Buffer.concat([magic, length, wrapped]),
      madeAt: now,
      used: 0,
    };
    keys.set(tenant, made);
    return made;
  };
  return {
    seal(tenant, body) {
      const data = keyFor(tenant);
      const nonce = Buffer.alloc(nonceBytes);
      nonce.writeUIntBE(data.used, 6, 6);
      data.used += 1;
      const cipher = createCipheriv(algorithm, data.key, nonce);
      const sealed = [data.header, nonce, cipher.update(body), cipher.final(), cipher.getAuthTag()];
      return { bytes: Buffer.concat(sealed), key: data.id };
    },
    open(tenant, blob) {
      const bytes = Buffer.from(blob);
      if (!bytes.subarray(0, 4).equals(magic) || bytes.length < 6) {
        throw new BailiwickError('credentials/unwrap-failed', { message: 'not a sealed body' });
      }
      const wrappedEnd = 6 + bytes.readUInt16BE(4);
      const key = wrapper.unwrap(bytes.subarray(6, wrappedEnd), contextOf(tenant));
      const nonceEnd = wrappedEnd + nonceBytes;
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(wrappedEnd, nonceEnd));
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      const body = bytes.subarray(nonceEnd, bytes.length - tagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    },
  };
}

function contextOf(tenant: string): string {
  return `payload\n${tenant}`;
}
