import { createPublicKey, verify } from 'node:crypto';

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Checks signatures of one raw 32-byte Ed25519 key; anything that is no signature is false. */
export function ed25519Verifier(
  publicKey: Uint8Array,
): (message: Uint8Array, signature: Uint8Array) => boolean {
  const spki = Buffer.concat([spkiPrefix, publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return (message, signature) => signature.length === 64 && verify(null, message, key, signature);
}
