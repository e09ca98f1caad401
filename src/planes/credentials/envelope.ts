import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Envelope encryption: a fresh data key for each version, wrapped by the keyring. */
export function sealSecret(
  wrapper: KeyringWrapper,
  tenant: string,
  secret: { readonly name: string; readonly version: number; readonly value: Buffer },
): SealedSecret {
  const context = contextOf(tenant, secret.name, secret.version);
  const key = randomBytes(32);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([
    nonce,
    cipher.update(secret.value),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  const wrappedKey = Buffer.from(wrapper.wrap(key, context)).toString('base64');
  key.fill(0);
  return {
    name: secret.name,
    version: secret.version,
    wrappedKey,
    sealed: sealed.toString('base64'),
  };
}

/** Throws `credentials/unwrap-failed` when key, bytes and place do not belong together. */
export function openSecret(wrapper: KeyringWrapper, tenant: string, secret: SealedSecret): string {
  const context = contextOf(tenant, secret.name, secret.version);
  const key = wrapper.unwrap(Buffer.from(secret.wrappedKey, 'base64'), context);
  try {
    const bytes = Buffer.from(secret.sealed, 'base64');
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
    const body = bytes.subarray(nonceBytes, bytes.length - tagBytes);
    const plain = Buffer.concat([decipher.update(body), decipher.final()]);
    const value = plain.toString('utf8');
    plain.fill(0);
    return value;
  } catch {
    throw new BailiwickError('credentials/unwrap-failed');
  } finally {
    key.fill(0);
  }
}

/** A sealed secret opens only as itself: not as another name, version or tenant. */
function contextOf(tenant: string, name: string, version: number): string {
  return `secret\n${tenant}\n${name}\n${version}`;
}
