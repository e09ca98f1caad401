import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { type Clock, isoTime } from '#kernel/time.ts';

/** Of more tenants, and of more reasons, no more is told apart. */
const mostTenants = 64;
const mostReasons = 8;
const others = 'others';
/** In the file; no tenant is called so. */
const ofOthers = '';

/** Records of one tenant that could not be written: how many, of which types, why, and when. */
interface Gap {
  readonly from: number;
  to: number;
  count: number;
  readonly types: Map<string, number>;
  readonly whys: Map<string, number>;
}

/**
 * What could not be put on record, until it is on record that it could not. INVARIANT: bounded, however much is refused
 * and for however long.
 */
export class Gaps {
  readonly #open = new Map<string, Gap>();
  /** Of tenants for which there was no place, in the log of the first; how many they are nobody knows. */
  #others: Gap | undefined;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Also of a draft that is no record: it was refused, and so was what it was for. True when it is counted. */
  note(drafts: readonly RecordDraft[], fault: unknown): boolean {
    if (!(fault instanceof BailiwickError) || fault.code !== 'audit/unavailable') return false;
    for (const { tenant, type } of drafts) {
      const gap = this.#gapOf(tenant);
      gap.to = this.#clock.now();
      gap.count += 1;
      add(gap.types, type, 1, Number.POSITIVE_INFINITY);
      add(gap.whys, fault.message, 1, mostReasons);
    }
    return drafts.length > 0;
  }

  #gapOf(tenant: string): Gap {
    const known = this.#open.get(tenant);
    if (known !== undefined) return known;
    const now = this.#clock.now();
    const gap = { from: now, to: now, count: 0, types: new Map(), whys: new Map() };
    if (this.#open.size >= mostTenants) return (this.#others ??= gap);
    this.#open.set(tenant, gap);
    return gap;
  }

  /** One draft for each tenant, and one of all others; what is refused from here on belongs to the next gap. */
  take(writer: string): readonly RecordDraft[] {
    const drafts = [...this.#open].map(([tenant, gap]) => draftOf(tenant, toldGap(gap), writer));
    const [first] = this.#open.keys();
    if (first !== undefined && this.#others !== undefined) {
      drafts.push(draftOf(first, { ...toldGap(this.#others), of: others }, writer));
    }
    this.#open.clear();
    this.#others = undefined;
    return drafts;
  }

  /** These were not written either: the gap goes on. */
  putBack(drafts: readonly RecordDraft[]): void {
    for (const { tenant, details } of drafts) {
      const gap = readGap(details);
      if (gap === undefined) continue;
      if (details?.['of'] === others) {
        this.#others = this.#others === undefined ? gap : joined(gap, this.#others);
        continue;
      }
      const since = this.#open.get(tenant);
      this.#open.set(tenant, since === undefined ? gap : joined(gap, since));
    }
  }

  told(): JsonObject {
    const told = [...this.#open].map(([tenant, gap]) => [tenant, toldGap(gap)] as const);
    const rest = this.#others === undefined ? [] : [[ofOthers, toldGap(this.#others)] as const];
    return Object.fromEntries([...rest, ...told]);
  }

  /** What an earlier life told, and did not come to put on record. */
  restore(told: unknown): void {
    if (!isJsonObject(told)) return;
    for (const [tenant, one] of Object.entries(told).slice(0, mostTenants + 1)) {
      const gap = readGap(one);
      if (gap === undefined) continue;
      if (tenant === ofOthers) this.#others = gap;
      else this.#open.set(tenant, gap);
    }
  }
}

function draftOf(tenant: string, details: JsonObject, writer: string): RecordDraft {
  const actors = [{ kind: 'system', name: writer }] as const;
  return { type: 'log.gap', tenant, actors, details };
}

function toldGap({ from, to, count, types, whys }: Gap): JsonObject {
  return {
    from: isoTime(from),
    to: isoTime(to),
    count,
    types: Object.fromEntries(types),
    why: Object.fromEntries(whys),
  };
}

function readGap(told: unknown): Gap | undefined {
  if (!isJsonObject(told)) return undefined;
  const { from, to, count, types, why } = told;
  const [begun, ended] = [from, to].map((time) =>
    typeof time === 'string' ? Date.parse(time) : Number.NaN,
  );
  const isGap = Number.isSafeInteger(count) && isJsonObject(types) && isJsonObject(why);
  if (!isGap || begun === undefined || ended === undefined) return undefined;
  if (Number.isNaN(begun) || Number.isNaN(ended)) return undefined;
  return { from: begun, to: ended, count: Number(count), types: counts(types), whys: counts(why) };
}

function counts(told: JsonObject): Map<string, number> {
  return new Map(Object.entries(told).map(([name, count]) => [name, Number(count) || 0]));
}

function joined(before: Gap, since: Gap): Gap {
  const all = { ...before, to: since.to, count: before.count + since.count };
  for (const [type, count] of since.types) add(all.types, type, count, Number.POSITIVE_INFINITY);
  for (const [why, count] of since.whys) add(all.whys, why, count, mostReasons);
  return all;
}

function add(to: Map<string, number>, name: string, count: number, most: number): void {
  const key = to.has(name) || to.size < most ? name : others;
  to.set(key, (to.get(key) ?? 0) + count);
}
