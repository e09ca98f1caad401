import {
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { Keyring, KeyringSigner, KeyringWrapper } from '#contracts/keyring.ts';
import { BailiwickError } from '#kernel/errors.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** A keyring in memory with true cryptography; its keys live as long as it does. */
export class FakeKeyring implements Keyring {
  readonly protection = 'file';
  readonly #signers = new Map<string, KeyObject>();
  readonly #wrappers = new Map<string, Buffer>();
  /** How often something was opened: a refusal that came first leaves it as it was. */
  unwraps = 0;

  async signer(name: string): Promise<KeyringSigner> {
    const key = this.#signers.get(name) ?? generateKeyPairSync('ed25519').privateKey;
    this.#signers.set(name, key);
    const { x } = key.export({ format: 'jwk' });
    return {
      name,
      publicKey: Buffer.from(x ?? '', 'base64url'),
      sign: (bytes) => sign(null, bytes, key),
    };
  }

  async wrapper(name: string): Promise<KeyringWrapper> {
    const key = this.#wrappers.get(name) ?? randomBytes(32);
    this.#wrappers.set(name, key);
    return {
      name,
      wrap: (plain, context) => wrap(key, plain, context),
      unwrap: (wrapped, context) => {
        this.unwraps += 1;
        return unwrap(key, wrapped, context);
      },
    };
  }
}

function wrap(key: Buffer, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(key: Buffer, wrapped: Uint8Array, context: string): Buffer {
  if (wrapped.length < nonceBytes + tagBytes) throw new BailiwickError('credentials/unwrap-failed');
  const options = { authTagLength: tagBytes };
  const nonce = wrapped.subarray(0, nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - tagBytes));
  try {
    const body = wrapped.subarray(nonceBytes, wrapped.length - tagBytes);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch {
    throw new BailiwickError('credentials/unwrap-failed');
  }
}
