import type { RecordDraft } from '#kernel/record.ts';

/** Sessions whose count is remembered; the one idle longest is forgotten first. */
const remembered = 100_000;

/** A number, and the count that it is of. */
export interface Numbered {
  readonly sequence: number;
  readonly life: number;
}

/**
 * Counts per tenant and session, and per tenant for what has no session. INVARIANT: a hole is a missing record. Each
 * count begins at 1 and has a life of its own, which is later than that of any count of this writer before it for the
 * same session, also over restarts; within a life no number is used twice, and one whose record was refused is the next
 * to be taken, also when later ones were written in the meantime.
 */
export class Sequences {
  readonly #counts = new Map<string, Count>();
  readonly #most: number;
  #lastUsed: Count | undefined;
  #lastAsked: Named = { tenant: '', session: undefined, key: '' };
  /** Of the count that began last. */
  #life: number;

  /** `after`: the time of the newest id that this writer made in an earlier life. */
  constructor(after = 0, most: number = remembered) {
    this.#life = after + 1;
    this.#most = most;
  }

  take(draft: RecordDraft, now: number): Numbered {
    const key = this.#keyOf(draft);
    const known = this.#counts.get(key);
    const count = known ?? this.#begin(now);
    // What was used last stands last already.
    if (known === undefined || known !== this.#lastUsed) this.#putLast(key, count);
    return { sequence: count.free.shift() ?? (count.last += 1), life: count.life };
  }

  /** Of the draft before: that text stands, with its hash. */
  #keyOf({ tenant, session }: RecordDraft): string {
    const last = this.#lastAsked;
    if (last.tenant === tenant && last.session === session) return last.key;
    const key = keyOf({ tenant, session });
    this.#lastAsked = { tenant, session, key };
    return key;
  }

  /** Deleted and set again: the map stays in the order of last use. */
  #putLast(key: string, count: Count): void {
    this.#counts.delete(key);
    this.#counts.set(key, count);
    this.#lastUsed = count;
    if (this.#counts.size > this.#most) this.#forgetOldest();
  }

  /** The record of this number was not written. */
  giveBack(draft: RecordDraft, { sequence, life }: Numbered): void {
    const count = this.#counts.get(this.#keyOf(draft));
    if (count === undefined || life !== count.life || sequence > count.last) return;
    count.free.push(sequence);
    count.free.sort((a, b) => a - b);
    while (count.free.at(-1) === count.last) {
      count.free.pop();
      count.last -= 1;
    }
  }

  #begin(now: number): Count {
    this.#life = Math.max(this.#life, Math.trunc(now));
    return { life: this.#life, last: 0, free: [] };
  }

  #forgetOldest(): void {
    const oldest = this.#counts.entries().next();
    if (oldest.done === true) return;
    this.#counts.delete(oldest.value[0]);
    // Should its session come back, it begins a later life.
    this.#life = Math.max(this.#life, oldest.value[1].life + 1);
  }
}

interface Count {
  /** When it began, in milliseconds; later where a clock was set back. */
  readonly life: number;
  last: number;
  /** Given back, ascending, each below `last`. */
  readonly free: number[];
}

interface Named {
  readonly tenant: string;
  readonly session: string | undefined;
  readonly key: string;
}

function keyOf({ tenant, session }: Omit<Named, 'key'>): string {
  return session === undefined ? tenant : `${tenant}\n${session}`;
}
