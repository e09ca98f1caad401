import type { RunEnds } from './run-ends.ts';
import { firstHit, type Hit, type Search } from './scan.ts';

/** What a place of a text that goes on says: a secret, not sure yet, or none. */
type Said = Hit | { readonly waitsFrom: number; readonly detector: string } | undefined;

/** One search through a text that grows; the same hits as `findAll` in the whole. */
export class LaneSearch {
  /** Everything before this place is decided. */
  at = 0;
  /** The kind that it may be, at the place that is not decided. */
  waitsFor: string | undefined;
  readonly #search: Search;
  #hits: Hit[] = [];

  constructor(search: Search) {
    this.#search = search;
  }

  /** Goes on as far as nothing that follows can change; says before which place all hits are known. */
  advance(text: string, runs: RunEnds): number {
    const { start, longestStart } = this.#search;
    this.waitsFor = undefined;
    // A beginning that stands here whole is found by the pattern; behind it one may be cut.
    const whole = text.length - longestStart + 1;
    for (;;) {
      const place = this.at < whole ? nextStart(start, text, this.at, whole) : this.at;
      if (place >= text.length) break;
      const said = this.#look(text, place, runs);
      if (said === undefined) this.at = place + 1;
      else if ('to' in said) this.#found(said);
      else {
        this.at = place;
        this.waitsFor = said.detector;
        return said.waitsFrom;
      }
    }
    this.at = Math.max(this.at, text.length);
    return text.length;
  }

  /** The text is complete: what is open is what it is. */
  finish(text: string, runs: RunEnds): void {
    const { start, candidates } = this.#search;
    let place = nextStart(start, text, this.at, text.length);
    while (place < text.length) {
      const hit = firstHit(candidates(text.charCodeAt(place)), text, place, runs);
      if (hit === undefined) this.at = place + 1;
      else this.#found(hit);
      place = nextStart(start, text, this.at, text.length);
    }
    this.at = Math.max(this.at, text.length);
  }

  /** The hits that begin before `safe`, once. */
  take(safe: number): readonly Hit[] {
    if (this.#hits.length === 0) return this.#hits;
    const taken = this.#hits.filter(({ from }) => from < safe);
    this.#hits = this.#hits.filter(({ from }) => from >= safe);
    return taken;
  }

  restart(at: number): void {
    this.at = at;
    this.#hits = [];
    this.waitsFor = undefined;
  }

  /** So many characters were taken away in front. */
  shift(by: number): void {
    this.at -= by;
    this.#hits = this.#hits.map((hit) => ({ ...hit, from: hit.from - by, to: hit.to - by }));
  }

  #found(hit: Hit): void {
    this.#hits.push(hit);
    this.at = hit.to;
  }

  /** In the order of the kinds: one that may still be something is not passed over. */
  #look(text: string, place: number, runs: RunEnds): Said {
    for (const one of this.#search.candidates(text.charCodeAt(place))) {
      const waitsFrom = one.open(text, place, runs);
      if (waitsFrom !== undefined) return { waitsFrom, detector: one.name };
      const found = one.find(text, place, runs);
      if (found !== undefined) return { detector: one.name, ...found };
    }
    return undefined;
  }
}

/** The next place to look at, or `end`. */
function nextStart(start: RegExp, text: string, from: number, end: number): number {
  start.lastIndex = from;
  const match = start.exec(text);
  start.lastIndex = 0;
  return match === null ? end : Math.min(match.index, end);
}
