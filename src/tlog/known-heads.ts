import { sameHash } from './hash.ts';
import type { GrowingTree } from './tree.ts';

/** A head of this log that somebody kept elsewhere; it proves truncation and forks. */
export interface KnownHead {
  readonly size: number;
  /** Without it, only that the log was once so long. */
  readonly root?: Uint8Array;
  /** Who remembers it, for whoever reads the finding. */
  readonly from?: string;
}

export interface Fork {
  readonly size: number;
  /** Up to here the log is what was remembered: the first record that differs is not before it. */
  readonly after: number;
  readonly from: string | undefined;
}

/** Held against a growing tree: each head costs one look, however many there are. */
export class KnownHeads {
  readonly #heads: readonly KnownHead[];
  #next = 0;
  #agreed = 0;

  constructor(heads: readonly KnownHead[]) {
    this.#heads = heads.filter(({ root }) => root !== undefined).sort((a, b) => a.size - b.size);
  }

  /** Asked at every size from 0 on; the first head that the tree contradicts. */
  contradictedBy(tree: GrowingTree): Fork | undefined {
    for (;;) {
      const head = this.#heads[this.#next];
      if (head?.root === undefined || head.size > tree.size) return undefined;
      this.#next += 1;
      if (head.size < tree.size) continue;
      if (!sameHash(head.root, tree.root())) {
        return { size: head.size, after: this.#agreed, from: head.from };
      }
      this.#agreed = head.size;
    }
  }
}
