import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** Signs `id.timestamp.body`, as Standard Webhooks writes it: one signature with its version. */
export type WebhookSigner = (id: string, seconds: number, body: string) => string;

/** PKCS #8 of an Ed25519 key, up to its seed. */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * `whsec_…` is a shared secret of 24 to 64 bytes (HMAC-SHA256, `v1`), `whsk_…` an Ed25519 private key (`v1a`):
 * its seed, or seed and public key. Undefined for anything else.
 */
export function webhookSigner(secret: string): WebhookSigner | undefined {
  const [, kind, text = ''] = /^(whsec|whsk)_([A-Za-z0-9+/]+={0,2})$/u.exec(secret) ?? [];
  const bytes = Buffer.from(text, 'base64');
  if (kind === 'whsec' && bytes.length >= 24 && bytes.length <= 64) return hmacSigner(bytes);
  const isKey = bytes.length === 32 || bytes.length === 64;
  return kind === 'whsk' && isKey ? keySigner(bytes.subarray(0, 32)) : undefined;
}

function hmacSigner(key: Buffer): WebhookSigner {
  return (id, seconds, body) => {
    const mac = createHmac('sha256', key).update(signedText(id, seconds, body), 'utf8');
    return `v1,${mac.digest('base64')}`;
  };
}

function keySigner(seed: Buffer): WebhookSigner {
  const der = Buffer.concat([seedPrefix, seed]);
  const key: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return (id, seconds, body) => {
    const text = Buffer.from(signedText(id, seconds, body), 'utf8');
    return `v1a,${sign(null, text, key).toString('base64')}`;
  };
}

function signedText(id: string, seconds: number, body: string): string {
  return `${id}.${seconds}.${body}`;
}
