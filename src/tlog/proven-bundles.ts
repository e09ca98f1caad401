import { sha256Hex } from '#kernel/digest.ts';
import { hashSize } from './hash.ts';
import { inclusionProof, verifyInclusion } from './proof.ts';
import { tileWidth } from './tile.ts';
import type { TileTree } from './tree.ts';

/** Of sixteen million records; whoever comes to more proves again. */
const mostKept = 65_536;

/**
 * Which bundles were found under a signed root. Each is proved once: after that, one digest of its tile tells
 * that it is still what was proved, also under every head that goes on from that one.
 */
export class ProvenBundles {
  readonly #digests = new Map<number, string>();

  /**
   * INVARIANT: the proof of the first leaf of a bundle is made of all the other hashes of its tile, so it holds
   * only where each of them is the signed one.
   */
  holds(tree: TileTree, bundle: number, root: Uint8Array): boolean {
    const hashes = tree.leaves(bundle);
    if (hashes.length === 0) return false;
    const digest = sha256Hex(hashes);
    if (this.#digests.get(bundle) === digest) return true;
    const index = bundle * tileWidth;
    const claim = { index, size: tree.size, leaf: hashes.subarray(0, hashSize), root };
    if (!verifyInclusion(claim, inclusionProof(tree, index))) return false;
    if (this.#digests.size >= mostKept) this.#digests.clear();
    this.#digests.set(bundle, digest);
    return true;
  }
}
