import { emptyRoot, nodeHash, perfectRoot } from './hash.ts';
import {
  hashesOf,
  levelCount,
  levelWidth,
  type ReadLogFile,
  readTile,
  readTileBytes,
  tileWidth,
  widthOf,
} from './tile.ts';

/** A tile that an append made or changed; `hashes.length` is its width. */
export interface TileChange {
  readonly level: number;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
}

const nothing: readonly TileChange[] = [];

/**
 * A growing RFC 6962 tree that holds only its right edge: the partial tile of every level.
 * Appending a leaf costs one hash or a little more; full tiles are handed out as they complete.
 */
export class GrowingTree {
  #size = 0;
  readonly #edge: Uint8Array[][] = [];
  /** Made once for one size: state and checkpoint both name it. */
  #root: { readonly size: number; readonly hash: Uint8Array } | undefined;

  /** Takes the right edge of an existing tree from its tiles. */
  static load(read: ReadLogFile, size: number): GrowingTree {
    const tree = new GrowingTree();
    tree.#size = size;
    for (let level = 0; level < levelCount(size); level += 1) {
      const index = Math.floor(levelWidth(size, level) / tileWidth);
      const width = widthOf(size, level, index);
      tree.#edge.push(width === 0 ? [] : [...readTile(read, { level, index, width })]);
    }
    return tree;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds one leaf hash; returns the tiles that became full by it. */
  append(leaf: Uint8Array): readonly TileChange[] {
    this.#size += 1;
    const lowest = this.#edge[0];
    // Most leaves fill nothing.
    if (lowest !== undefined && lowest.length < tileWidth - 1) {
      lowest.push(leaf);
      return nothing;
    }
    const full: TileChange[] = [];
    let carry: Uint8Array | undefined = leaf;
    for (let level = 0; carry !== undefined; level += 1) {
      const hashes = this.#edge[level] ?? [];
      this.#edge[level] = hashes;
      hashes.push(carry);
      carry = undefined;
      if (hashes.length === tileWidth) {
        full.push({
          level,
          index: Math.floor(levelWidth(this.#size, level) / tileWidth) - 1,
          hashes,
        });
        this.#edge[level] = [];
        carry = perfectRoot(hashes);
      }
    }
    return full;
  }

  /** The partial tiles of the right edge, lowest level first; empty ones are left out. */
  partials(): TileChange[] {
    const tiles: TileChange[] = [];
    for (const [level, hashes] of this.#edge.entries()) {
      if (hashes.length === 0) continue;
      const index = Math.floor(levelWidth(this.#size, level) / tileWidth);
      tiles.push({ level, index, hashes: [...hashes] });
    }
    return tiles;
  }

  root(): Uint8Array {
    if (this.#root?.size === this.#size) return this.#root.hash;
    let root: Uint8Array | undefined;
    for (const hashes of this.#edge) {
      for (const subtree of perfectParts(hashes).toReversed()) {
        root = root === undefined ? subtree : nodeHash(subtree, root);
      }
    }
    this.#root = { size: this.#size, hash: root ?? emptyRoot };
    return this.#root.hash;
  }
}

/** Roots of the perfect subtrees that a partial tile consists of, largest (leftmost) first. */
function perfectParts(hashes: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let span = tileWidth / 2; span >= 1; span /= 2) {
    if (hashes.length - at < span) continue;
    parts.push(perfectRoot(hashes.slice(at, at + span)));
    at += span;
  }
  return parts;
}

/** Hashes of any range of a tree of one size, out of its tiles; each tile is read once. */
export class TileTree {
  readonly #read: ReadLogFile;
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #tiles = new Map<string, Uint8Array[]>();
  readonly #subtrees = new Map<string, Uint8Array>();
  readonly size: number;

  constructor(read: ReadLogFile, size: number) {
    this.#read = read;
    this.size = size;
  }

  root(): Uint8Array {
    return this.rangeHash(0, this.size);
  }

  /** Hashes of one tile, one after the other: every hash over them is computed of these. */
  tile(level: number, index: number): Uint8Array {
    return this.#tileBytes(level, index);
  }

  /**
   * Merkle tree hash of the entries `[start, end)`.
   * INVARIANT: `start` is a multiple of the smallest power of two that is not below `end - start`,
   * as every range that RFC 6962 proofs name.
   */
  rangeHash(start: number, end: number): Uint8Array {
    const count = end - start;
    if (count <= 0) return emptyRoot;
    const split = largestPowerBelow(count);
    if (count === 1 || split * 2 === count) return this.#perfect(start, count);
    return nodeHash(this.#perfect(start, split), this.rangeHash(start + split, end));
  }

  #perfect(start: number, count: number): Uint8Array {
    const key = `${start}+${count}`;
    let found = this.#subtrees.get(key);
    if (found === undefined) {
      found = this.#computePerfect(start, count);
      this.#subtrees.set(key, found);
    }
    return found;
  }

  #computePerfect(start: number, count: number): Uint8Array {
    let level = 0;
    let span = 1;
    while (span * tileWidth <= count) {
      span *= tileWidth;
      level += 1;
    }
    const first = start / span;
    const index = Math.floor(first / tileWidth);
    const hashes = this.#tile(level, index);
    const offset = first - index * tileWidth;
    return perfectRoot(hashes.slice(offset, offset + count / span));
  }

  #tile(level: number, index: number): Uint8Array[] {
    const key = `${level}/${index}`;
    let hashes = this.#tiles.get(key);
    if (hashes === undefined) {
      hashes = hashesOf(this.#tileBytes(level, index));
      this.#tiles.set(key, hashes);
    }
    return hashes;
  }

  #tileBytes(level: number, index: number): Uint8Array {
    const key = `${level}/${index}`;
    let bytes = this.#bytes.get(key);
    if (bytes === undefined) {
      const width = widthOf(this.size, level, index);
      bytes = readTileBytes(this.#read, { level, index, width });
      this.#bytes.set(key, bytes);
    }
    return bytes;
  }
}

/** Largest power of two that is smaller than `count`; 1 for 1. */
export function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
