import { joined, type Piece, partOf, placedPiece, plainPiece, settledPiece } from './piece.ts';
import { escapeOf, firstEscape } from './reading.ts';

/** The next reading of a text that goes on, as `unescaped` makes it of the whole. */
export class Unescape {
  /** An escape that is not whole. */
  #begun: Piece = plainPiece('', 0);

  get holdsFrom(): number {
    return this.#begun.text === '' ? Number.POSITIVE_INFINITY : this.#begun.at(0);
  }

  push(piece: Piece, isLast: boolean): Piece {
    const given = joined(this.#begun, piece);
    const { text } = given;
    const parts: string[] = [];
    const places: number[] = [];
    let at = 0;
    const copy = (end: number): void => {
      parts.push(text.slice(at, end));
      for (; at < end; at += 1) places.push(given.at(at));
    };
    for (;;) {
      const next = firstEscape(text.slice(at));
      copy(next === -1 ? text.length : at + next);
      if (at === text.length) break;
      const escape = escapeOf(text, at, isLast);
      if (escape === 'begun') break;
      if (escape === undefined) copy(at + 1);
      else {
        for (let unit = 0; unit < escape.meant.length; unit += 1) places.push(given.at(at));
        parts.push(escape.meant);
        at += escape.size;
      }
    }
    this.#begun = settledPiece(partOf(given, at));
    places.push(given.at(at));
    return placedPiece(parts.join(''), places);
  }
}
