import type { JsonObject } from '#kernel/json/index.ts';
import type { LogProblem } from '#tlog/index.ts';

/** Sessions whose count is remembered; more than a writer itself remembers. */
const mostSessions = 200_000;
/** Numbers of one count that may still come; more of them are missing at once. */
const mostAwaited = 64;

interface Said {
  readonly key: string;
  readonly sequence: number;
  readonly life: number | undefined;
}

interface Count {
  readonly life: number | undefined;
  last: number;
  /** Numbers that were passed over, and before which record: one that was refused is given out again. */
  readonly awaited: Map<number, number>;
}

/**
 * No number of a session is left out. Each count begins at 1 in each of its lives, and a life that is over does not come
 * back; what was refused is given out again, so numbers may stand out of order.
 * INVARIANT: it remembers the sessions used last, however long the log is.
 */
export class SequenceChecks {
  readonly #counts = new Map<string, Count>();
  /** When this log began: a count that is older may have begun in a log that this one succeeds. */
  #since: number | undefined;
  #places = 0;
  #first = Number.POSITIVE_INFINITY;

  take(record: JsonObject, index: number): void {
    this.#since ??= timeOf(record);
    const said = saidBy(record);
    if (said === undefined) return;
    const before = this.#counts.get(said.key);
    const count = this.#goingOn(said, before, index);
    this.#counts.delete(said.key);
    this.#counts.set(said.key, count);
    this.#follow(count, said.sequence, index);
    if (this.#counts.size > mostSessions) this.#forgetOldest();
  }

  hole(): LogProblem | undefined {
    let places = this.#places;
    let first = this.#first;
    for (const { awaited } of this.#counts.values()) {
      places += placesOf(awaited).length;
      for (const index of awaited.values()) first = Math.min(first, index);
    }
    if (places === 0) return undefined;
    const message = `numbers are missing at ${places} places, first before record ${first}`;
    return { kind: 'sequence-hole', index: first, count: places, message };
  }

  #goingOn(said: Said, before: Count | undefined, index: number): Count {
    // Earlier versions name no life: they begin at 1 again at each start, and for a session idle for long.
    const isAnew = before?.life !== said.life || (said.life === undefined && said.sequence === 1);
    if (before !== undefined && !isAnew) return before;
    if (before !== undefined) this.#end(before);
    const wasBefore = said.life !== undefined && said.life < (before?.life ?? 0);
    if (wasBefore) this.#note(index);
    const mayBeOlder = said.life === undefined || said.life <= (this.#since ?? -1);
    const last = before === undefined && mayBeOlder ? said.sequence - 1 : 0;
    return { life: said.life, last: wasBefore ? said.sequence - 1 : last, awaited: new Map() };
  }

  #follow(count: Count, sequence: number, index: number): void {
    if (sequence <= count.last) {
      // A number twice is as wrong as one that is missing.
      if (!count.awaited.delete(sequence)) this.#note(index);
      return;
    }
    const passedOver = sequence - count.last - 1;
    if (count.awaited.size + passedOver > mostAwaited) this.#note(index);
    else for (let n = count.last + 1; n < sequence; n += 1) count.awaited.set(n, index);
    count.last = sequence;
  }

  #end({ awaited }: Count): void {
    for (const index of placesOf(awaited)) this.#note(index);
  }

  #note(index: number): void {
    this.#places += 1;
    this.#first = Math.min(this.#first, index);
  }

  #forgetOldest(): void {
    const oldest = this.#counts.entries().next();
    if (oldest.done === true) return;
    this.#end(oldest.value[1]);
    this.#counts.delete(oldest.value[0]);
  }
}

/** Numbers that were passed over at one place are one hole. */
function placesOf(awaited: ReadonlyMap<number, number>): readonly number[] {
  return [...new Set(awaited.values())];
}

function saidBy({ tenant, session, sequence, life }: JsonObject): Said | undefined {
  if (typeof tenant !== 'string' || typeof sequence !== 'number') return undefined;
  return {
    key: typeof session === 'string' ? `${tenant}\n${session}` : tenant,
    sequence,
    life: typeof life === 'number' ? life : undefined,
  };
}

function timeOf({ time }: JsonObject): number {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? -1 : at;
}
