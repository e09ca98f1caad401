import { sha256Bytes } from '#kernel/digest.ts';

/** RFC 6962 hashing. The two prefixes keep a node from ever being read as a leaf. */
export const hashSize = 32;

/** Root of a tree without entries: SHA-256 of nothing. */
export const emptyRoot: Uint8Array = sha256Bytes(new Uint8Array(0));

/** One buffer for most leaf hashes of this thread; it never leaves the function that fills it. */
const leafInput = Buffer.alloc(1 + 8 * 1024);
const leafPrefix = new Uint8Array([0]);

export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length >= leafInput.length) return sha256Bytes(Buffer.concat([leafPrefix, entry]));
  leafInput.set(entry, 1);
  return sha256Bytes(leafInput.subarray(0, 1 + entry.length));
}

/** One buffer for all node hashes of this thread; it never leaves the function that fills it. */
const nodeInput = Buffer.alloc(1 + 2 * hashSize, 1);

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + hashSize);
  return sha256Bytes(nodeInput);
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Hash of a perfect subtree whose leaves (or lower subtrees) are `hashes`; a power of two of them. */
export function perfectRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) {
      next.push(nodeHash(at(level, i), at(level, i + 1)));
    }
    level = next;
  }
  return at(level, 0);
}

function at(hashes: readonly Uint8Array[], index: number): Uint8Array {
  const found = hashes[index];
  if (found === undefined) throw new RangeError('hash index outside the list');
  return found;
}
