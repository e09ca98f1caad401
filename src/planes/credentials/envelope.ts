import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { SealedSecret } from '#kernel/snapshot.ts';
import { createSecretKeys, type SecretKeys } from './secret-keys.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Envelope encryption: a fresh data key for each version, wrapped under the key of its tenant where those are. */
export function sealSecret(
  keys: KeyringWrapper | SecretKeys,
  tenant: string,
  secret: { readonly name: string; readonly version: number; readonly value: Buffer },
): SealedSecret {
  const { name, version } = secret;
  const context = contextOf(tenant, name, version);
  const key = randomBytes(32);
  try {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce);
    cipher.setAAD(Buffer.from(context));
    const body = [cipher.update(secret.value), cipher.final(), cipher.getAuthTag()];
    const sealed = Buffer.concat([nonce, ...body]).toString('base64');
    const wrappedKey = keysOf(keys).wrap(tenant, key, context);
    return { name, version, wrappedKey, sealed };
  } finally {
    key.fill(0);
  }
}

/** Opens sealed secrets; throws `credentials/unwrap-failed` when key, bytes and place do not match. */
export interface SecretOpener {
  open(tenant: string, secret: SealedSecret): string;
}

interface Unwrapped {
  readonly context: string;
  readonly key: KeyObject;
}

/**
 * Data keys are unwrapped once for each sealed secret of a Snapshot and go with it; values are
 * opened anew for each use and are never kept.
 */
export function createSecretOpener(wrapper: KeyringWrapper, tenants?: TenantKeys): SecretOpener {
  const wrapping = createSecretKeys(wrapper, tenants);
  const keys = new WeakMap<SealedSecret, Unwrapped>();
  return {
    open(tenant, secret) {
      const context = contextOf(tenant, secret.name, secret.version);
      wrapping.checkThere(tenant);
      let known = keys.get(secret);
      // INVARIANT: a key that was unwrapped for one place opens nothing in another.
      if (known?.context !== context) {
        known = { context, key: unwrapKey(wrapping, tenant, secret, context) };
        keys.set(secret, known);
      }
      return openValue(known, Buffer.from(secret.sealed, 'base64'));
    },
  };
}

/** The same value, its data key wrapped anew. */
export function rewrapped(keys: SecretKeys, tenant: string, secret: SealedSecret): SealedSecret {
  const context = contextOf(tenant, secret.name, secret.version);
  const bytes = keys.unwrap(tenant, secret.wrappedKey, context);
  try {
    return { ...secret, wrappedKey: keys.wrap(tenant, bytes, context) };
  } finally {
    bytes.fill(0);
  }
}

function keysOf(keys: KeyringWrapper | SecretKeys): SecretKeys {
  return 'checkThere' in keys ? keys : createSecretKeys(keys, undefined);
}

function unwrapKey(
  wrapping: SecretKeys,
  tenant: string,
  secret: SealedSecret,
  context: string,
): KeyObject {
  const bytes = wrapping.unwrap(tenant, secret.wrappedKey, context);
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
}

function openValue({ context, key }: Unwrapped, sealed: Buffer): string {
  const tagAt = sealed.length - tagBytes;
  try {
    const nonce = sealed.subarray(0, nonceBytes);
    const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plain = decipher.update(sealed.subarray(nonceBytes, tagAt));
    decipher.final();
    const value = plain.toString('utf8');
    plain.fill(0);
    return value;
  } catch {
    throw new BailiwickError('credentials/unwrap-failed');
  }
}

/** A sealed secret opens only as itself: not as another name, version or tenant. */
function contextOf(tenant: string, name: string, version: number): string {
  return canonicalText(['secret', tenant, name, version]);
}
