import { newId } from '#kernel/ids.ts';

/** So many ids share a millisecond before the next one is begun; a bundle of a log spans several. */
const idsPerMs = 64;

/**
 * Ids that stand in the log in their own order, whatever the wall clock does: one that was set back,
 * or that had jumped ahead before a crash, is waited for. The record's `time` is the clock's.
 */
export class RecordIds {
  #last: number;
  #used = 0;

  /** `after`: the time of the newest id that this writer has made in an earlier life. */
  constructor(after = 0) {
    this.#last = after;
    this.#used = idsPerMs;
  }

  next(now: number): string {
    if (now > this.#last) this.#begin(now);
    else if (this.#used >= idsPerMs) this.#begin(this.#last + 1);
    this.#used += 1;
    return newId(this.#last);
  }

  #begin(at: number): void {
    this.#last = at;
    this.#used = 0;
  }
}
