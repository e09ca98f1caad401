import { sha256Hex } from '#kernel/digest.ts';
import { hashSize, perfectRoot, sameHash } from './hash.ts';
import { hashesOf, tileWidth } from './tile.ts';
import type { TileTree } from './tree.ts';

/** Of sixteen million records; whoever comes to more proves again. */
const mostKept = 65_536;

/**
 * Which tiles were found under a signed root. Each is proved once: after that, one digest of it tells that it is still
 * what was proved, also under every head that goes on from that one.
 */
export class ProvenTiles {
  readonly #digests = new Map<string, string>();

  /**
   * INVARIANT: a full tile is proved where the tile above it is and has its root in its place; what is not full stands at
   * the right edge, and all of that edge is what the root of the tree is made of.
   */
  holds(tree: TileTree, { level, index }: TileAt, root: Uint8Array): boolean {
    const hashes = tree.tile(level, index);
    if (hashes.length === 0) return false;
    const name = `${level}/${index}`;
    const digest = sha256Hex(hashes);
    if (this.#digests.get(name) === digest) return true;
    const isFull = hashes.length === tileWidth * hashSize;
    const isHeld = isFull
      ? this.isUnder(tree, { level, index, hash: perfectRoot(hashesOf(hashes)) }, root)
      : sameHash(tree.root(), root);
    if (!isHeld) return false;
    if (this.#digests.size >= mostKept) this.#digests.clear();
    this.#digests.set(name, digest);
    return true;
  }

  /** Whether this is the root of the full tile there, as the signed tree has it. */
  isUnder(
    tree: TileTree,
    { level, index, hash }: TileAt & { hash: Uint8Array },
    root: Uint8Array,
  ): boolean {
    const above = { level: level + 1, index: Math.floor(index / tileWidth) };
    if (!this.holds(tree, above, root)) return false;
    const at = (index % tileWidth) * hashSize;
    return sameHash(hash, tree.tile(above.level, above.index).subarray(at, at + hashSize));
  }
}

interface TileAt {
  readonly level: number;
  readonly index: number;
}
