import type { RecordDraft } from '#kernel/record.ts';

/** Sessions whose count is remembered; the one idle longest is forgotten first. */
const remembered = 100_000;

/**
 * Counts per tenant and session, and per tenant for what has no session. INVARIANT: between two
 * starts of its writer no number is used twice, and a hole is a missing record: a number whose
 * record was refused is given back and is the next to be taken, also when later ones were written
 * in the meantime.
 */
export class Sequences {
  readonly #counts = new Map<string, Count>();
  readonly #most: number;

  constructor(most: number = remembered) {
    this.#most = most;
  }

  take(draft: RecordDraft): number {
    const key = keyOf(draft);
    const count = this.#counts.get(key) ?? { last: 0, free: [] };
    // Deleted and set again: the map stays in the order of last use.
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > this.#most) this.#forgetOldest();
    return count.free.shift() ?? (count.last += 1);
  }

  /** The record of this number was not written. */
  giveBack(draft: RecordDraft, number: number): void {
    const count = this.#counts.get(keyOf(draft));
    if (count === undefined || number > count.last) return;
    count.free.push(number);
    count.free.sort((a, b) => a - b);
    while (count.free.at(-1) === count.last) {
      count.free.pop();
      count.last -= 1;
    }
  }

  #forgetOldest(): void {
    const oldest = this.#counts.keys().next();
    if (oldest.done !== true) this.#counts.delete(oldest.value);
  }
}

interface Count {
  last: number;
  /** Given back, ascending, each below `last`. */
  readonly free: number[];
}

function keyOf(draft: RecordDraft): string {
  return draft.session === undefined ? draft.tenant : `${draft.tenant}\n${draft.session}`;
}
