import { type BundleHint, groupWidth } from './bundle-hint.ts';
import { hashSize, leafHash, perfectRoot, sameHash } from './hash.ts';
import type { ProvenTiles } from './proven-tiles.ts';
import {
  bundlePath,
  type EntryFiles,
  hashesOf,
  type ReadLogPart,
  tilePath,
  tileWidth,
  widthOf,
} from './tile.ts';
import type { TileTree } from './tree.ts';

/** What is known of a full bundle beforehand; undefined where nothing is. */
export type BundleHints = (bundle: number) => BundleHint | undefined;

export interface Sought {
  readonly tree: TileTree;
  readonly bundle: number;
  readonly wanted: readonly number[];
  readonly root: Uint8Array;
}

/** Of half a million records, some three megabytes. */
const mostKept = 2_048;
/** From so many on, one reading of the whole bundle is less than one for each. */
const mostWanted = 12;
/** What lies between two entries of a group is read along up to so much. */
const mostSpan = 131_072;
const groupBytes = groupWidth * hashSize;

/**
 * Finds entries by hints. INVARIANT: what is found hashes to its place in a group, that group to its place among those
 * of the tile, and these to the root that the signed tree has of it; a hint that is wrong finds nothing.
 */
export class HintedEntries {
  readonly #readPart: ReadLogPart | undefined;
  readonly #tiles: ProvenTiles;
  /** Proved once: a bundle that is full never changes. */
  readonly #proved = new Map<number, BundleHint>();

  constructor({ readPart }: EntryFiles, tiles: ProvenTiles) {
    this.#readPart = readPart;
    this.#tiles = tiles;
  }

  /** Those that are left to be found without. */
  take(
    sought: Sought,
    hints: BundleHints | undefined,
    found: Map<number, Uint8Array>,
  ): readonly number[] {
    const { tree, bundle, wanted } = sought;
    const readPart = this.#readPart;
    if (hints === undefined || readPart === undefined || wanted.length > mostWanted) return wanted;
    if (widthOf(tree.size, 0, bundle) < tileWidth) return wanted;
    const hint = this.#hintOf(sought, hints);
    if (hint === undefined) return wanted;
    const groups = Map.groupBy(wanted, (index) => Math.floor((index % tileWidth) / groupWidth));
    return [...groups].flatMap(([group, inIt]) => {
      const hashes = groupHashes(hint, { bundle, group }, readPart);
      if (hashes === undefined) return inIt;
      const entryOf = entriesOf(hint, { bundle, wanted: inIt }, readPart);
      return inIt.filter((index) => {
        const bytes = entryOf(index);
        if (bytes === undefined || !sameHash(leafHash(bytes), hashAt(hashes, index))) return true;
        found.set(index, bytes);
        return false;
      });
    });
  }

  #hintOf({ tree, bundle, root }: Sought, hints: BundleHints): BundleHint | undefined {
    const known = this.#proved.get(bundle);
    if (known !== undefined) return known;
    const hint = hints(bundle);
    if (hint === undefined) return undefined;
    const at = { level: 0, index: bundle, hash: hint.root() };
    if (!this.#tiles.isUnder(tree, at, root)) return undefined;
    const [oldest] = this.#proved.keys();
    if (this.#proved.size >= mostKept && oldest !== undefined) this.#proved.delete(oldest);
    this.#proved.set(bundle, hint);
    return hint;
  }
}

/** Undefined where they are not what the hint says. */
function groupHashes(
  hint: BundleHint,
  { bundle, group }: { readonly bundle: number; readonly group: number },
  readPart: ReadLogPart,
): Uint8Array | undefined {
  const hashes = readPart(tilePath(0, bundle), group * groupBytes, groupBytes);
  if (hashes?.length !== groupBytes) return undefined;
  return sameHash(perfectRoot(hashesOf(hashes)), hint.group(group)) ? hashes : undefined;
}

function hashAt(group: Uint8Array, index: number): Uint8Array {
  const at = (index % groupWidth) * hashSize;
  return group.subarray(at, at + hashSize);
}

/** Reads from the first that is wanted to the last at once: a call has its records side by side. */
function entriesOf(
  hint: BundleHint,
  { bundle, wanted }: Pick<Sought, 'bundle' | 'wanted'>,
  readPart: ReadLogPart,
): (index: number) => Uint8Array | undefined {
  const places = wanted.map((index) => index % tileWidth);
  const first = hint.start(Math.min(...places));
  const span = hint.start(Math.max(...places) + 1) - first;
  if (span <= 0 || span > mostSpan) return () => undefined;
  const bytes = readPart(bundlePath(bundle), first, span);
  return (index) => {
    const at = index % tileWidth;
    const [start, end] = [hint.start(at) + 2 - first, hint.start(at + 1) - first];
    if (bytes === undefined || start < 0 || end > bytes.length || end < start) return undefined;
    // A copy, so that whoever keeps one entry does not keep those beside it.
    return wanted.length === 1 ? bytes.subarray(start, end) : bytes.slice(start, end);
  };
}
