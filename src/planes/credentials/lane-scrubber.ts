import { limits } from '#kernel/limits.ts';
import type { LaneScrubber } from './door.ts';
import { mask } from './find-secrets.ts';
import { type Piece, partOf, plainPiece } from './piece.ts';
import { binaryOf, firstEscape, type Span, textOf } from './reading.ts';
import { ReadingSearch } from './reading-search.ts';
import { deepestEscape, type SecretForms } from './secret-forms.ts';
import { Unescape } from './unescape.ts';

/** Of every lane of one stream: what is looked for is prepared once. */
export function laneScrubbers(forms: SecretForms): () => LaneScrubber {
  if (forms.plain.length === 0) return () => new OpenLane();
  const search = ReadingSearch.of(forms);
  return () => new Lane(search.copy());
}

/** Nothing is lent: nothing is looked for. */
class OpenLane implements LaneScrubber {
  readonly held = 0;
  readonly hits = 0;
  given = 0;

  push(text: string): string {
    this.given += text.length;
    return text;
  }

  flush(): string {
    return '';
  }
}

/** One reading, and how the one below it becomes it; the first is the text as it came. */
interface Level {
  readonly search: ReadingSearch;
  readonly unescape: Unescape;
}

/** Places are counted from the beginning of the lane, in bytes. */
class Lane implements LaneScrubber {
  hits = 0;
  readonly #levels: Level[];
  /** What was not told, from `#told` on. */
  #text = '';
  #told = 0;
  /** The end of what was taken out last. */
  #maskedTo = -1;
  #spans: Span[] = [];
  #isClosed = false;

  constructor(search: ReadingSearch) {
    this.#levels = [{ search, unescape: new Unescape() }];
  }

  get given(): number {
    return this.#told + this.#text.length;
  }

  get held(): number {
    return this.#text.length;
  }

  push(text: string): string {
    return this.#take(binaryOf(text), false);
  }

  flush(): string {
    return this.#take('', true);
  }

  #take(binary: string, isLast: boolean): string {
    if (this.#isClosed) return '';
    const end = this.given;
    this.#text += binary;
    this.#read(0, plainPiece(binary, end), isLast);
    const holds = this.#levels.flatMap((one) => [one.search.holdsFrom, one.unescape.holdsFrom]);
    const told = this.#tell(isLast ? end + binary.length : Math.min(...holds));
    return textOf(told + this.#cut());
  }

  /** A level begins with the first character that may begin an escape: until then it reads the same. */
  #read(depth: number, piece: Piece, isLast: boolean): void {
    const level = this.#levels[depth];
    if (level === undefined) return;
    const found = (span: Span): number => this.#spans.push(span);
    let rest = piece;
    if (this.#levels[depth + 1] === undefined && depth < deepestEscape) {
      const at = firstEscape(piece.text);
      if (at === -1) return level.search.push(piece, found, isLast);
      level.search.push(partOf(piece, 0, at), found, false);
      rest = partOf(piece, at);
      this.#levels.push({ search: level.search.copy(), unescape: new Unescape() });
    }
    level.search.push(rest, found, isLast);
    const next = this.#levels[depth + 1];
    if (next !== undefined) this.#read(depth + 1, next.unescape.push(rest, isLast), isLast);
  }

  #tell(upTo: number): string {
    const safe = this.#wholeUpTo(upTo);
    const spans = this.#spans
      .filter(({ from }) => from < safe)
      .toSorted((a, b) => a.from - b.from || b.to - a.to);
    this.#spans = this.#spans.filter(({ from }) => from >= safe);
    let told = '';
    for (const span of spans) told += this.#takeOut(span);
    return told + this.#pass(safe);
  }

  #takeOut({ from, to }: Span): string {
    if (to <= this.#told) return '';
    const growsLast = from < this.#told && this.#maskedTo === this.#told;
    const before = this.#pass(from);
    this.#pass(to);
    this.#maskedTo = to;
    if (growsLast) return '';
    this.hits += 1;
    return before + mask;
  }

  #pass(to: number): string {
    const size = Math.max(0, to - this.#told);
    const passed = this.#text.slice(0, size);
    this.#text = this.#text.slice(size);
    this.#told += size;
    return passed;
  }

  /** Never a part of a character. */
  #wholeUpTo(place: number): number {
    let size = Math.min(place - this.#told, this.#text.length);
    while (size > 0 && (this.#text.charCodeAt(size) & 0xc0) === 0x80) size -= 1;
    return this.#told + Math.max(0, size);
  }

  /** INVARIANT: what is too much to hold is never told, and neither is what follows: it may go on. */
  #cut(): string {
    if (this.#text.length <= limits.laneHeldBytes) return '';
    this.#isClosed = true;
    this.#told += this.#text.length;
    this.#text = '';
    this.hits += 1;
    return mask;
  }
}
