import { DumpSearch } from './dump-search.ts';
import { FormSearch, type Places } from './form-search.ts';
import { joined, type Piece, partOf, plainPiece, settledPiece } from './piece.ts';
import type { Span } from './reading.ts';
import type { SecretForms } from './secret-forms.ts';
import {
  digitsOnly,
  numbersOnly,
  type Squeezed,
  undecidedDigits,
  withoutBlanks,
} from './squeeze.ts';

interface Searches {
  readonly plain: readonly FormSearch[];
  readonly base64: readonly FormSearch[];
  readonly hex: readonly FormSearch[];
  readonly numbers: readonly FormSearch[];
  readonly dumps: DumpSearch;
}

/** All forms of all lent values in one reading of a text that goes on. */
export class ReadingSearch {
  readonly #searches: Searches;
  /** Digits that cannot be read before what follows. */
  #undecided: Piece = plainPiece('', 0);
  #afterComma = false;

  constructor(searches: Searches) {
    this.#searches = searches;
  }

  static of({ plain, base64, hex, numbers }: SecretForms): ReadingSearch {
    const searches = (forms: readonly string[]) => forms.map((form) => new FormSearch(form));
    return new ReadingSearch({
      plain: searches(plain),
      base64: searches(base64),
      hex: searches(hex),
      numbers: searches(numbers),
      dumps: DumpSearch.of(hex),
    });
  }

  /** For a reading that was the same up to here. */
  copy(): ReadingSearch {
    const { plain, base64, hex, numbers, dumps } = this.#searches;
    const copies = (some: readonly FormSearch[]) => some.map((one) => one.copy());
    const copy = new ReadingSearch({
      plain: copies(plain),
      base64: copies(base64),
      hex: copies(hex),
      numbers: copies(numbers),
      dumps: dumps.copy(),
    });
    copy.#undecided = this.#undecided;
    copy.#afterComma = this.#afterComma;
    return copy;
  }

  /** From where text has to wait: what stands there may be the beginning of a value. */
  get holdsFrom(): number {
    const { plain, base64, hex, numbers, dumps } = this.#searches;
    let from = dumps.holdsFrom ?? Number.POSITIVE_INFINITY;
    for (const some of [plain, base64, hex, numbers]) {
      for (const { begun } of some) if (begun !== undefined) from = Math.min(from, begun.from);
    }
    return this.#undecided.text === '0' ? Math.min(from, this.#undecided.at(0)) : from;
  }

  push(piece: Piece, found: (span: Span) => void, isLast: boolean): void {
    const { plain, base64, hex, numbers, dumps } = this.#searches;
    const places = { from: piece.at, to: (index: number) => piece.at(index + 1) };
    for (const one of plain) one.push(piece.text, places, found);
    squeezed(base64, piece, withoutBlanks(piece.text), found);
    const commas = numbersOnly(piece.text, this.#afterComma);
    if (commas.text !== '') this.#afterComma = commas.text.endsWith(',');
    squeezed(numbers, piece, commas, found);
    const digits = this.#decided(piece, isLast);
    squeezed(hex, digits, digitsOnly(digits.text), found);
    dumps.push(piece, found);
    if (isLast) dumps.finish(piece.at(piece.text.length), found);
  }

  #decided(piece: Piece, isLast: boolean): Piece {
    const digits = joined(this.#undecided, piece);
    const end = isLast ? digits.text.length : undecidedDigits(digits.text);
    this.#undecided = settledPiece(partOf(digits, end));
    return partOf(digits, 0, end);
  }
}

/** Where each character stood is asked only when one of them is wanted. */
function squeezed(
  searches: readonly FormSearch[],
  piece: Piece,
  digits: Squeezed,
  found: (span: Span) => void,
): void {
  let known: Uint32Array | undefined;
  const placeOf = (index: number): number => {
    known ??= digits.places();
    return known[index] ?? 0;
  };
  const where: Places = {
    from: (index) => piece.at(placeOf(index)),
    to: (index) => piece.at(placeOf(index) + 1),
  };
  for (const one of searches) one.push(digits.text, where, found);
}
