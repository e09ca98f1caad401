import { FormSearch } from './form-search.ts';
import { bytesBegun, dumpReadings, offsetBegun, widestLine } from './hex-dump.ts';
import { type Piece, partOf } from './piece.ts';
import type { Span } from './reading.ts';

/** Fewer digits of a value do not make lines of it when the dump does not go on: two bytes. */
const tellingDigits = 4;

interface Line {
  readonly from: number;
  text: string;
  /** More than bytes can take was seen of it, and a value in them. */
  isOver: boolean;
  isFound: boolean;
}

/**
 * Values in dumps of bytes, in a text that goes on. Lines are masked whole, but for what was told
 * of them before their bytes began. INVARIANT: a line that ends in the beginning of a value waits
 * for the next line; when that is none of a dump, it is masked all the same, and what goes on later
 * is still found.
 */
export class DumpSearch {
  readonly #searches: readonly (readonly FormSearch[])[];
  #line: Line | undefined;
  /** End of the last line of bytes. */
  #dumpTo = 0;
  #waitsFrom: number | undefined;

  constructor(searches: readonly (readonly FormSearch[])[]) {
    this.#searches = searches;
  }

  static of(forms: readonly string[]): DumpSearch {
    return new DumpSearch(dumpReadings.map(() => forms.map((form) => new FormSearch(form))));
  }

  copy(): DumpSearch {
    const copy = new DumpSearch(this.#searches.map((some) => some.map((one) => one.copy())));
    copy.#line = this.#line === undefined ? undefined : { ...this.#line };
    copy.#dumpTo = this.#dumpTo;
    copy.#waitsFrom = this.#waitsFrom;
    return copy;
  }

  get holdsFrom(): number | undefined {
    return this.#waitsFrom ?? (this.#hasBytes() ? this.#line?.from : undefined);
  }

  push(piece: Piece, found: (span: Span) => void): void {
    let from = 0;
    for (let end = piece.text.indexOf('\n'); end >= 0; end = piece.text.indexOf('\n', from)) {
      this.#grow(partOf(piece, from, end), found);
      this.finish(piece.at(end), found);
      from = end + 1;
    }
    this.#grow(partOf(piece, from), found);
    const line = this.#line;
    if (line === undefined || this.#waitsFrom === undefined) return;
    const goesOn = !line.isOver && (this.#hasBytes() || offsetBegun.test(line.text));
    if (!goesOn) this.#stopWaiting(found);
  }

  /** The line is whole. */
  finish(to: number, found: (span: Span) => void): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined && !line.isOver) this.#read(line, to, found);
  }

  #hasBytes(): boolean {
    return this.#line !== undefined && !this.#line.isOver && bytesBegun.test(this.#line.text);
  }

  #grow(part: Piece, found: (span: Span) => void): void {
    if (part.text === '') return;
    this.#line ??= { from: part.at(0), text: '', isOver: false, isFound: false };
    const line = this.#line;
    const to = part.at(part.text.length);
    if (line.isOver) {
      if (line.isFound) found({ from: line.from, to });
      return;
    }
    line.text += part.text.slice(0, widestLine - line.text.length);
    if (line.text.length < widestLine) return;
    line.isOver = true;
    this.#read(line, to, found);
  }

  #read(line: Line, to: number, found: (span: Span) => void): void {
    const places = { from: () => line.from, to: () => to };
    let isDump = false;
    for (const [at, read] of dumpReadings.entries()) {
      const digits = read(line.text);
      if (digits === '') continue;
      isDump = true;
      for (const search of this.#searches[at] ?? []) {
        search.push(digits, places, (span) => {
          line.isFound = true;
          found(span);
        });
      }
    }
    if (!isDump) return this.#stopWaiting(found);
    this.#dumpTo = to;
    const begun = this.#searches.flat().flatMap((search) => search.begun?.from ?? []);
    this.#waitsFrom = begun.length === 0 ? undefined : Math.min(...begun);
  }

  #stopWaiting(found: (span: Span) => void): void {
    if (this.#waitsFrom === undefined) return;
    this.#waitsFrom = undefined;
    for (const { begun } of this.#searches.flat()) {
      if (begun !== undefined && begun.size >= tellingDigits) {
        found({ from: begun.from, to: this.#dumpTo });
      }
    }
  }
}
