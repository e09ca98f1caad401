import type { KeyringSigner } from '#contracts/keyring.ts';
import { sha256Base64url } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** The key of the keyring by which gateways speak to authorization servers elsewhere: never that of our tokens. */
export const assertionKey = 'assertions';

export interface AssertionSigner {
  /** What others must know to believe it: as a JWK Set has it. */
  readonly jwk: JsonObject;
  sign(typ: string, claims: JsonObject): string;
}

export function createAssertionSigner(signer: KeyringSigner): AssertionSigner {
  const x = Buffer.from(signer.publicKey).toString('base64url');
  const bare: JsonObject = { crv: 'Ed25519', kty: 'OKP', x };
  const kid = sha256Base64url(canonicalText(bare));
  return {
    jwk: { ...bare, kid, alg: 'EdDSA', use: 'sig' },
    sign(typ, claims) {
      const signed = `${encode({ alg: 'EdDSA', kid, typ })}.${encode(claims)}`;
      return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`;
    },
  };
}

function encode(value: JsonObject): string {
  return Buffer.from(canonicalText(value)).toString('base64url');
}
