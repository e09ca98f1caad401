import { BailiwickError } from '#kernel/errors.ts';
import { hashSize, leafHash, sameHash } from './hash.ts';
import { type BundleHints, HintedEntries } from './hinted-entries.ts';
import { ProvenTiles } from './proven-tiles.ts';
import { bundlePath, readBundleBytes, tileWidth, widthOf } from './tile.ts';
import type { EntryFiles } from './tile.ts';
import { TileTree } from './tree.ts';

export interface LogLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
}

interface SignedTree {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Of half a million records, some two megabytes; of others the whole bundle is read again. */
const mostSought = 2_048;
/** From so many on, one reading of the whole bundle is less than one for each. */
const mostParts = 12;

/**
 * Reads single entries of a log. INVARIANT: each of them hashes to its place in a tile, and that tile is part of
 * the tree whose root was signed. Where an entry begins is only where it is looked for.
 */
export class ProvenEntries {
  readonly #files: EntryFiles;
  readonly #tiles = new ProvenTiles();
  readonly #hinted: HintedEntries;
  readonly #starts = new Map<number, readonly number[]>();

  constructor(files: EntryFiles) {
    this.#files = files;
    this.#hinted = new HintedEntries(files, this.#tiles);
  }

  /** In the order in which they are asked for; all of them below the size of that tree. */
  read(head: SignedTree, indices: readonly number[], hints?: BundleHints): LogLeaf[] {
    const tree = new TileTree(this.#files.read, head.size);
    const wanted = Map.groupBy(indices, (index) => Math.floor(index / tileWidth));
    const found = new Map<number, Uint8Array>();
    for (const [bundle, all] of wanted) {
      const inIt = this.#hinted.take({ tree, bundle, wanted: all, root: head.root }, hints, found);
      if (inIt.length === 0) continue;
      if (!this.#tiles.holds(tree, { level: 0, index: bundle }, head.root)) {
        throw inconsistent(
          `the entries from ${bundle * tileWidth} do not belong to the signed checkpoint`,
        );
      }
      this.#take(tree, { bundle, wanted: inIt }, found);
    }
    return indices.map((index) => ({ index, bytes: found.get(index) ?? new Uint8Array(0) }));
  }

  #take(
    tree: TileTree,
    { bundle, wanted }: { readonly bundle: number; readonly wanted: readonly number[] },
    found: Map<number, Uint8Array>,
  ): void {
    const width = widthOf(tree.size, 0, bundle);
    const isOne = (index: number, bytes: Uint8Array | undefined): bytes is Uint8Array =>
      bytes !== undefined && sameHash(leafHash(bytes), hashAt(tree, index));
    let left = wanted;
    if (wanted.length <= mostParts) {
      left = wanted.filter((index) => {
        const bytes = this.#part(bundle, width, index % tileWidth);
        if (!isOne(index, bytes)) return true;
        found.set(index, bytes);
        return false;
      });
    }
    if (left.length === 0) return;
    const whole = this.#whole(bundle, width);
    for (const index of left) {
      const bytes = whole(index % tileWidth);
      if (!isOne(index, bytes)) {
        throw inconsistent(`entry ${index} does not hash to its place in the tree`);
      }
      found.set(index, bytes);
    }
  }

  #part(bundle: number, width: number, at: number): Uint8Array | undefined {
    const { readPart } = this.#files;
    const starts = this.#starts.get(bundle);
    const [start, end] = [starts?.[at], starts?.[at + 1]];
    if (readPart === undefined || start === undefined || end === undefined) return undefined;
    const from = start + 2;
    return (
      readPart(bundlePath(bundle, width), from, end - from) ??
      readPart(bundlePath(bundle), from, end - from)
    );
  }

  #whole(bundle: number, width: number): (at: number) => Uint8Array | undefined {
    const { bytes, starts } = readBundleBytes(this.#files.read, bundle, width);
    const [oldest] = this.#starts.keys();
    if (this.#starts.size >= mostSought && oldest !== undefined) this.#starts.delete(oldest);
    this.#starts.set(bundle, starts);
    // A copy, so that whoever keeps one entry does not keep the bundle.
    return (at) => {
      const [start, end] = [starts[at], starts[at + 1]];
      return start === undefined || end === undefined ? undefined : bytes.slice(start + 2, end);
    };
  }
}

function hashAt(tree: TileTree, index: number): Uint8Array {
  const at = (index % tileWidth) * hashSize;
  return tree.tile(0, Math.floor(index / tileWidth)).subarray(at, at + hashSize);
}

function inconsistent(message: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', { message });
}
