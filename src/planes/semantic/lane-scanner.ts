import { limits } from '#kernel/limits.ts';
import type { LaneScanner } from './door.ts';
import { LaneSearch } from './lane-search.ts';
import { RunEnds } from './run-ends.ts';
import { type Hit, markOf, type Search } from './scan.ts';

/** No detector looks further back. */
const lookBehind = 64;
/** Held text of more than this is looked at again only when it has grown by an eighth. */
const lookedAtOften = 1_024;
/** What a secret that was cut may go on with. */
const goesOn = /[A-Za-z0-9+/_~.=-]*/y;

export function createLaneScanner(searches: readonly Search[]): LaneScanner {
  return new Lane(searches);
}

class Lane implements LaneScanner {
  redactions = 0;
  readonly #searches: readonly LaneSearch[];
  /** What was told lately, for what looks behind itself, and all that was not. */
  #text = '';
  /** Up to here it was told or taken out. */
  #told = 0;
  #lookAt = 0;
  /** Characters that were taken away in front. */
  #forgot = 0;
  #drops = false;

  constructor(searches: readonly Search[]) {
    this.#searches = searches.map((search) => new LaneSearch(search));
  }

  get given(): number {
    return this.#forgot + this.#text.length;
  }

  get held(): number {
    return this.#text.length - this.#told;
  }

  push(text: string): string {
    this.#text += text;
    if (this.#drops) this.#drop();
    if (this.#text.length < this.#lookAt || this.held === 0) return '';
    const runs = new RunEnds(this.#text);
    const safe = this.#searches.map((search) => search.advance(this.#text, runs));
    const told = this.#tell(Math.min(...safe)) + this.#cut();
    this.#forget();
    this.#lookAt = this.#text.length + (this.held > lookedAtOften ? this.held >> 3 : 0);
    return told;
  }

  flush(): string {
    const runs = new RunEnds(this.#text);
    for (const search of this.#searches) search.finish(this.#text, runs);
    const told = this.#tell(this.#text.length);
    this.#forget();
    return told;
  }

  /** All up to `safe`, where every hit that begins before it is known. */
  #tell(safe: number): string {
    const hits = this.#searches.flatMap((search) => search.take(safe));
    let told = '';
    for (const hit of hits.toSorted((a, b) => a.from - b.from)) told += this.#takeOut(hit);
    if (safe <= this.#told) return told;
    told += this.#text.slice(this.#told, safe);
    this.#told = safe;
    return told;
  }

  /** One that overlaps an earlier one only makes it longer. */
  #takeOut({ from, to, detector }: Hit): string {
    const before = this.#text.slice(this.#told, from);
    const isNew = from >= this.#told;
    this.#told = Math.max(this.#told, to);
    if (!isNew) return '';
    this.redactions += 1;
    return before + markOf(detector);
  }

  /** INVARIANT: what is too much to hold is taken out, never told. */
  #cut(): string {
    if (this.held <= limits.laneHeldBytes) return '';
    const [waiting = 'secret'] = this.#searches.flatMap(({ waitsFor }) => waitsFor ?? []);
    this.redactions += 1;
    this.#drops = true;
    this.#restart(this.#text.length);
    return markOf(waiting);
  }

  #drop(): void {
    goesOn.lastIndex = this.#told;
    const end = this.#told + (goesOn.exec(this.#text)?.[0].length ?? 0);
    this.#drops = end === this.#text.length;
    this.#restart(end);
    if (this.#drops) this.#forget();
  }

  #restart(at: number): void {
    this.#told = at;
    this.#lookAt = 0;
    for (const search of this.#searches) search.restart(at);
  }

  #forget(): void {
    const least = Math.min(this.#told, ...this.#searches.map(({ at }) => at)) - lookBehind;
    if (least <= 0) return;
    this.#text = this.#text.slice(least);
    this.#forgot += least;
    this.#told -= least;
    this.#lookAt -= least;
    for (const search of this.#searches) search.shift(least);
  }
}
