import type { RecordDraft } from '#kernel/record.ts';

/** Sessions whose count is remembered; the one idle longest is forgotten first. */
const remembered = 100_000;

/**
 * Counts per tenant and session, and per tenant for what has no session. INVARIANT: between two
 * starts of its writer a hole is a missing record, so a number that was not used is given back.
 */
export class Sequences {
  readonly #counts = new Map<string, number>();
  readonly #most: number;

  constructor(most: number = remembered) {
    this.#most = most;
  }

  take(draft: RecordDraft): number {
    const key = keyOf(draft);
    const next = (this.#counts.get(key) ?? 0) + 1;
    // Deleted and set again: the map stays in the order of last use.
    this.#counts.delete(key);
    this.#counts.set(key, next);
    if (this.#counts.size > this.#most) this.#forgetOldest();
    return next;
  }

  /** Undoes the latest `take` for this draft. */
  giveBack(draft: RecordDraft): void {
    const key = keyOf(draft);
    const count = this.#counts.get(key);
    if (count !== undefined) this.#counts.set(key, count - 1);
  }

  #forgetOldest(): void {
    const oldest = this.#counts.keys().next();
    if (oldest.done !== true) this.#counts.delete(oldest.value);
  }
}

function keyOf(draft: RecordDraft): string {
  return draft.session === undefined ? draft.tenant : `${draft.tenant}\n${draft.session}`;
}
