import { createHash, randomBytes } from 'node:crypto';
import { type InstanceKey, signJws } from './key.ts';

/** A DPoP proof (RFC 9449) for one request. */
export function createProof(options: {
  readonly key: InstanceKey;
  readonly method: string;
  readonly url: string;
  readonly accessToken: string;
  readonly nonce: string | undefined;
  readonly now?: number;
}): string {
  const { key, method, accessToken, nonce } = options;
  const url = new URL(options.url);
  const claims = {
    jti: randomBytes(16).toString('base64url'),
    htm: method,
    htu: `${url.origin}${url.pathname}`,
    iat: Math.floor((options.now ?? Date.now()) / 1_000),
    ath: createHash('sha256').update(accessToken).digest('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
  };
  return signJws(key, { typ: 'dpop+jwt', jwk: key.jwk }, claims);
}
