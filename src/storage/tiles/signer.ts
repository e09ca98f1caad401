import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { RawSigner } from '#tlog/index.ts';

/** INVARIANT: the bytes of the key are gone when it returns. */
export function signerOf(pkcs8: Buffer): RawSigner {
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  pkcs8.fill(0);
  return { publicKey: spki.subarray(-32), sign: (bytes) => sign(null, bytes, key) };
}
