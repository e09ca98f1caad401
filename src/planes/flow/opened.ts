import { flowBounds } from './bounds.ts';
import type { Source } from './source.ts';
import { type Kept, sourceOf } from './task-index.ts';

/**
 * Of what a result is kept as: itself, as it was read, and once more what was written in it otherwise; and all of that again of JSON
 * in a text.
 */
const copiesOfText = 4;

interface Open {
  readonly source: Source;
  readonly bytes: number;
}

interface MostOpen {
  readonly openBytes: number;
  readonly openSources: number;
}

/**
 * Results that were looked into whole: the last few, of all tasks together. INVARIANT: each counts with all that it holds, what
 * it was asked with among it, also where nothing came back; whoever drops a task drops them (`drop`).
 */
export class OpenedSources {
  readonly #open = new Map<Kept, Open>();
  readonly #most: MostOpen;
  #bytes = 0;

  constructor(most: MostOpen = flowBounds) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Those that are open, the one that was asked for longest ago first. */
  kept(): Iterable<Kept> {
    return this.#open.keys();
  }

  get(kept: Kept): Source | undefined {
    const known = this.#open.get(kept);
    if (known === undefined) return undefined;
    this.#open.delete(kept);
    this.#open.set(kept, known);
    return known.source;
  }

  open(kept: Kept): Source {
    const source = sourceOf(kept);
    this.drop([kept]);
    const bytes = copiesOfText * kept.bytes + source.bytes;
    this.#open.set(kept, { source, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#open.keys()) {
      if (this.#bytes <= this.#most.openBytes && this.#open.size <= this.#most.openSources) break;
      this.drop([oldest]);
    }
    return source;
  }

  drop(all: Iterable<Kept>): void {
    for (const kept of all) {
      const known = this.#open.get(kept);
      if (known === undefined) continue;
      this.#open.delete(kept);
      this.#bytes -= known.bytes;
    }
  }
}
