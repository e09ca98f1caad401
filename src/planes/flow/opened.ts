import type { Source } from './source.ts';
import { type Kept, sourceOf } from './task-index.ts';

/** Distinct values of all that are open. */
const mostValues = 50_000;

/** Results that were looked into whole: the last few, of all tasks together. */
export class OpenedSources {
  readonly #open = new Map<Kept, Source>();
  #values = 0;

  get(kept: Kept): Source | undefined {
    const known = this.#open.get(kept);
    if (known !== undefined) {
      this.#open.delete(kept);
      this.#open.set(kept, known);
    }
    return known;
  }

  open(kept: Kept): Source {
    const made = sourceOf(kept);
    this.#open.set(kept, made);
    this.#values += made.size;
    for (const [oldest, { size }] of this.#open) {
      if (this.#values <= mostValues) break;
      this.#open.delete(oldest);
      this.#values -= size;
    }
    return made;
  }
}
