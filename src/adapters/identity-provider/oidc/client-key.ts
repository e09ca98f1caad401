import { createHash } from 'node:crypto';
import type { KeyringSigner } from '#contracts/keyring.ts';
import { newCapability } from '#kernel/ids.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';

/** How we prove who we are to a provider that takes a key for a client's secret (`private_key_jwt`). */
export interface ClientKey {
  readonly jwks: JsonObject;
  assertion(ask: {
    readonly clientId: string;
    readonly audience: string;
    readonly now: number;
  }): string;
}

export function createClientKey(signer: KeyringSigner): ClientKey {
  const x = Buffer.from(signer.publicKey).toString('base64url');
  const jwk = { crv: 'Ed25519', kty: 'OKP', x };
  // RFC 7638: canonical JSON of these three is its text.
  const kid = createHash('sha256').update(canonicalText(jwk)).digest('base64url');
  return {
    jwks: { keys: [{ ...jwk, kid, use: 'sig', alg: 'EdDSA' }] },
    assertion({ clientId, audience, now }) {
      const seconds = Math.trunc(now / 1_000);
      const signed = [
        part({ alg: 'EdDSA', kid, typ: 'JWT' }),
        part({
          iss: clientId,
          sub: clientId,
          aud: audience,
          jti: newCapability(),
          iat: seconds,
          exp: seconds + limits.assertionMs / 1_000,
        }),
      ].join('.');
      const signature = signer.sign(Buffer.from(signed, 'ascii'));
      return `${signed}.${Buffer.from(signature).toString('base64url')}`;
    },
  };
}

function part(value: JsonObject): string {
  return Buffer.from(canonicalText(value)).toString('base64url');
}
