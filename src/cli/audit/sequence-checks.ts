import type { JsonObject } from '#kernel/json/index.ts';
import type { LogProblem } from '#tlog/index.ts';
import { type ExplainedHoles, GapClaims, type Hole, type Place } from './gap-claims.ts';

/** Sessions whose count is remembered; more than a writer itself remembers. */
const mostSessions = 200_000;
/** Numbers of one count that may still come; more of them are missing at once. */
const mostAwaited = 64;
/** Places that are held against gaps; more are explained by nothing. */
const mostHoles = 10_000;

interface Said {
  readonly key: string;
  readonly tenant: string;
  readonly sequence: number;
  /** -1 of a time that is none. */
  readonly at: number;
  readonly life: number | undefined;
}

interface Count {
  readonly life: number | undefined;
  last: number;
  /** Of its newest record, by the clock of its writer; of none yet, when its life began. */
  at: number;
  /** Numbers that were passed over, and at which place: one that was refused is given out again. */
  readonly awaited: Map<number, Place>;
}

/**
 * No number of a session is left out. Each count begins at 1 in each of its lives, and a life that is over does not come
 * back; what was refused is given out again, so numbers may stand out of order.
 * A number whose record was refused, while a later one was written, is missing for good: a `log.gap` of that tenant and
 * time says why, for as many as it counts. One that was refused and is found later stands twice, and is explained so too.
 * INVARIANT: it remembers the sessions used last, however long the log is.
 */
export class SequenceChecks {
  readonly #counts = new Map<string, Count>();
  /** When this log began: a count that is older may have begun in a log that this one succeeds. */
  #since: number | undefined;
  readonly #gaps = new GapClaims();
  readonly #holes: Hole[] = [];
  /** What no gap explains. */
  #places = 0;
  #first = Number.POSITIVE_INFINITY;

  take(record: JsonObject, index: number): void {
    this.#since ??= timeOf(record);
    this.#gaps.take(record);
    const said = saidBy(record);
    if (said === undefined) return;
    const before = this.#counts.get(said.key);
    const count = this.#goingOn(said, before, index);
    this.#counts.delete(said.key);
    this.#counts.set(said.key, count);
    this.#follow(count, said, { index, tenant: said.tenant, from: count.at, to: said.at });
    count.at = said.at;
    if (this.#counts.size > mostSessions) this.#forgetOldest();
  }

  /** What no gap explains. */
  hole(): LogProblem | undefined {
    const { left } = this.#judged();
    const places = this.#places + left.length;
    if (places === 0) return undefined;
    const first = Math.min(this.#first, ...left.map(({ place }) => place.index));
    const message = `numbers are missing at ${places} places, first before record ${first}`;
    return { kind: 'sequence-hole', index: first, count: places, message };
  }

  /** What `log.gap` says was refused; undefined for nothing. */
  explained(): ExplainedHoles | undefined {
    const { numbers, places } = this.#judged();
    return places === 0 ? undefined : { numbers, places };
  }

  #judged() {
    const open = [...this.#counts.values()].flatMap(({ awaited }) => holesOf(awaited));
    const holes = [...this.#holes, ...open].sort((a, b) => a.place.index - b.place.index);
    return this.#gaps.explain(holes);
  }

  #goingOn(said: Said, before: Count | undefined, index: number): Count {
    // Earlier versions name no life: they begin at 1 again at each start, and for a session idle for long.
    const isAnew = before?.life !== said.life || (said.life === undefined && said.sequence === 1);
    if (before !== undefined && !isAnew) return before;
    if (before !== undefined) this.#end(before);
    return this.#begun(said, before, index);
  }

  #begun({ life, sequence, at }: Said, before: Count | undefined, index: number): Count {
    const wasBefore = life !== undefined && life < (before?.life ?? 0);
    if (wasBefore) this.#wrong(index);
    const mayBeOlder = life === undefined || life <= (this.#since ?? -1);
    const last = wasBefore || (before === undefined && mayBeOlder) ? sequence - 1 : 0;
    return { life, last, at: life ?? at, awaited: new Map() };
  }

  #follow(count: Count, { sequence }: Said, place: Place): void {
    if (sequence <= count.last) {
      // A number twice is as wrong as one that is missing.
      if (!count.awaited.delete(sequence)) this.#note({ place, numbers: 1 });
      return;
    }
    const passedOver = sequence - count.last - 1;
    if (count.awaited.size + passedOver > mostAwaited) this.#note({ place, numbers: passedOver });
    else for (let n = count.last + 1; n < sequence; n += 1) count.awaited.set(n, place);
    count.last = sequence;
  }

  #end({ awaited }: Count): void {
    for (const hole of holesOf(awaited)) this.#note(hole);
  }

  #note(hole: Hole): void {
    if (this.#holes.length < mostHoles) this.#holes.push(hole);
    else this.#wrong(hole.place.index);
  }

  #wrong(index: number): void {
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
function holesOf(awaited: ReadonlyMap<number, Place>): readonly Hole[] {
  const holes = new Map<Place, number>();
  for (const place of awaited.values()) holes.set(place, (holes.get(place) ?? 0) + 1);
  return [...holes].map(([place, numbers]) => ({ place, numbers }));
}

function saidBy(record: JsonObject): Said | undefined {
  const { tenant, session, sequence, life } = record;
  if (typeof tenant !== 'string' || typeof sequence !== 'number') return undefined;
  return {
    key: typeof session === 'string' ? `${tenant}\n${session}` : tenant,
    tenant,
    sequence,
    at: timeOf(record),
    life: typeof life === 'number' ? life : undefined,
  };
}

function timeOf({ time }: JsonObject): number {
  const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? -1 : at;
}
