import { emptyRoot, hashSize, nodeHash } from '#tlog/index.ts';

/**
 * The root of a log that is read from its beginning, with no more kept than one hash for each bit of its
 * size: the roots of its perfect subtrees, largest first.
 */
export class Frontier {
  #size: number;
  readonly #roots: Uint8Array[];

  constructor(size: number, edge: Uint8Array) {
    this.#size = size;
    this.#roots = Array.from({ length: edge.length / hashSize }, (_, at) =>
      edge.slice(at * hashSize, (at + 1) * hashSize),
    );
  }

  /** Whether as many hashes are there as a tree of this size has. */
  static fits(size: number, edge: Uint8Array): boolean {
    let bits = 0;
    for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
    return edge.length === bits * hashSize;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let root = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      root = nodeHash(this.#roots.pop() ?? emptyRoot, root);
    }
    this.#roots.push(root);
    this.#size += 1;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    for (const one of this.#roots.toReversed()) {
      root = root === undefined ? one : nodeHash(one, root);
    }
    return root ?? emptyRoot;
  }

  edge(): Uint8Array {
    return Buffer.concat(this.#roots);
  }
}
