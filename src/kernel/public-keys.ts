import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Checks one signature; anything that is no signature is false. */
export type SignatureCheck = (message: Uint8Array, signature: Uint8Array) => boolean;

/** What stands before a raw public key in its SPKI form, and how long its signatures are. */
const ed25519 = { prefix: '302a300506032b6570032100', signatureBytes: 64 };
const mlDsa44 = {
  prefix: '30820532300b06096086480165030403110382052100',
  signatureBytes: 2_420,
};

/** Of one raw 32-byte Ed25519 key. */
export function ed25519Verifier(publicKey: Uint8Array): SignatureCheck {
  return checkBy(ed25519, publicKey);
}

/** Of one raw ML-DSA-44 key (FIPS 204, no context), which is this long. */
export const mlDsaKeyBytes = 1_312;

export function mlDsaVerifier(publicKey: Uint8Array): SignatureCheck {
  return checkBy(mlDsa44, publicKey);
}

function checkBy(kind: typeof ed25519, publicKey: Uint8Array): SignatureCheck {
  const spki = Buffer.concat([Buffer.from(kind.prefix, 'hex'), publicKey]);
  const key: KeyObject = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return (message, signature) =>
    signature.length === kind.signatureBytes && verify(null, message, key, signature);
}
