import { mlDsaVerifier } from '#kernel/public-keys.ts';

/**
 * A checkpoint signed once more with ML-DSA-44 (c2sp.org/tlog-cosignature, `subtree/v1`): whoever breaks Ed25519 one day
 * cannot write an old head anew. What is signed names the signer, the log, all its entries and their root; nothing is
 * said of the time.
 */
const label = Buffer.from('subtree/v1\n\0', 'latin1');
const timeBytes = 8;
const noTime = Buffer.alloc(timeBytes);

/** What holds such a key. */
export interface SecondSigner {
  /** 1,312 bytes. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

/** The signature as it stands in a note, its time before it; `text` is that of a checkpoint. */
export function signSecond(text: string, name: string, signer: SecondSigner): Uint8Array {
  const message = cosignedMessage(text, name, noTime);
  if (message === undefined) throw new TypeError(`\`${name}\` cannot sign what is no checkpoint`);
  return Buffer.concat([noTime, signer.sign(message)]);
}

/** For a note of a checkpoint; a text that is none was never signed. */
export function secondCheck(name: string, publicKey: Uint8Array) {
  const check = mlDsaVerifier(publicKey);
  return (text: Uint8Array, signature: Uint8Array): boolean => {
    const time = signature.subarray(0, timeBytes);
    const message = cosignedMessage(Buffer.from(text).toString('utf8'), name, time);
    return message !== undefined && check(message, signature.subarray(timeBytes));
  };
}

/** INVARIANT: only of the first three lines, so that a text with more of them is not signed for. */
function cosignedMessage(text: string, name: string, time: Uint8Array): Buffer | undefined {
  const [, origin, size, root] = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]{44})\n$/u.exec(text) ?? [];
  if (origin === undefined || size === undefined || root === undefined) return undefined;
  const hash = Buffer.from(root, 'base64');
  const [by, of] = [prefixed(name), prefixed(origin)];
  if (by === undefined || of === undefined || hash.length !== 32) return undefined;
  const bounds = Buffer.alloc(16);
  bounds.writeBigUInt64BE(BigInt(size), 8);
  return Buffer.concat([label, by, time, of, bounds, hash]);
}

function prefixed(name: string): Buffer | undefined {
  const bytes = Buffer.from(name, 'utf8');
  return bytes.length > 255 ? undefined : Buffer.concat([Buffer.of(bytes.length), bytes]);
}
