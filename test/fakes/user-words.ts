import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { JsonObject } from '#kernel/json/value.ts';

/** The user's own side: it signs what they said. */
export interface UserSide {
  readonly jwk: JsonObject;
  sign(claims: JsonObject, header?: JsonObject): string;
}

export function createUserSide(kid = 'side'): UserSide {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' }) as JsonObject;
  return {
    jwk,
    sign: (claims, header = {}) =>
      signed(privateKey, { alg: 'EdDSA', typ: 'bailiwick-words+jwt', kid, ...header }, claims),
  };
}

function signed(key: KeyObject, header: JsonObject, claims: JsonObject): string {
  const part = (value: JsonObject) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
}
