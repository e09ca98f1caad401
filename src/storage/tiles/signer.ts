import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { mlDsaKeyBytes } from '#kernel/public-keys.ts';
import type { RawSigner } from '#tlog/index.ts';

/** PKCS#8 DER, of Ed25519 and, where it signs twice, of ML-DSA-44. */
export interface SignerKeys {
  readonly signerKeyPkcs8: Uint8Array;
  readonly secondKeyPkcs8?: Uint8Array | undefined;
}

/** INVARIANT: the bytes of both keys are gone when it returns. */
export function signerOf({ signerKeyPkcs8, secondKeyPkcs8 }: SignerKeys): RawSigner {
  const first = openKey(signerKeyPkcs8, 32);
  if (secondKeyPkcs8 === undefined) return first;
  return { ...first, second: openKey(secondKeyPkcs8, mlDsaKeyBytes) };
}

function openKey(pkcs8: Uint8Array, publicBytes: number): RawSigner {
  const key = createPrivateKey({
    key: Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  pkcs8.fill(0);
  return { publicKey: spki.subarray(-publicBytes), sign: (bytes) => sign(null, bytes, key) };
}

/** For whoever needs them again. */
export function copiedKeys({ signerKeyPkcs8, secondKeyPkcs8 }: SignerKeys): SignerKeys {
  const copy = { signerKeyPkcs8: Uint8Array.from(signerKeyPkcs8) };
  if (secondKeyPkcs8 === undefined) return copy;
  return { ...copy, secondKeyPkcs8: Uint8Array.from(secondKeyPkcs8) };
}
