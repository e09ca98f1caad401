import { hashSize, perfectRoot } from './hash.ts';
import { tileWidth } from './tile.ts';

/** Leaves of which one hash is kept. */
export const groupWidth = 16;
const groups = tileWidth / groupWidth;
const startBytes = 4;
export const hintBytes = (tileWidth + 1) * startBytes + groups * hashSize;

/**
 * Where the entries of a full bundle begin, and the roots of its groups of leaves: with it one entry is found and proved
 * without the rest of its bundle. INVARIANT: a hint. Whoever uses it proves it, and what it is wrong about is looked up
 * without it.
 */
export interface BundleHint {
  /** Of entry `at`, its length before it; `tileWidth` of them, and the end. */
  start(at: number): number;
  /** Root of the leaves `[group * groupWidth, (group + 1) * groupWidth)`. */
  group(group: number): Uint8Array;
  /** Root of the tile, as these groups make it. */
  root(): Uint8Array;
}

/** Of all entries of a full bundle. */
export function encodeHint(
  entries: readonly { readonly bytes: number; readonly hash: Uint8Array }[],
): Buffer {
  if (entries.length !== tileWidth) throw new RangeError('a hint is of a full bundle');
  const hint = Buffer.alloc(hintBytes);
  let start = 0;
  for (const [at, { bytes }] of entries.entries()) {
    hint.writeUInt32BE(start, at * startBytes);
    start += 2 + bytes;
  }
  hint.writeUInt32BE(start, tileWidth * startBytes);
  for (let group = 0; group < groups; group += 1) {
    const from = group * groupWidth;
    const root = perfectRoot(entries.slice(from, from + groupWidth).map(({ hash }) => hash));
    hint.set(root, groupAt(group));
  }
  return hint;
}

/** Undefined for what is none. */
export function decodeHint(bytes: Uint8Array): BundleHint | undefined {
  if (bytes.length !== hintBytes) return undefined;
  const hint = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const group = (at: number) => hint.subarray(groupAt(at), groupAt(at) + hashSize);
  let root: Uint8Array | undefined;
  return {
    start: (at) => hint.readUInt32BE(at * startBytes),
    group,
    root: () => (root ??= perfectRoot(Array.from({ length: groups }, (_, at) => group(at)))),
  };
}

function groupAt(group: number): number {
  return (tileWidth + 1) * startBytes + group * hashSize;
}
