/** A part of one reading of a text that goes on, and where in the text as it came each character begins. */
export interface Piece {
  readonly text: string;
  /** Of the text that came; of as many characters as there are, and of the end. */
  readonly at: (index: number) => number;
}

export function plainPiece(text: string, from: number): Piece {
  return { text, at: (index) => from + index };
}

export function placedPiece(text: string, places: readonly number[]): Piece {
  return { text, at: (index) => places[index] ?? 0 };
}

export function partOf({ text, at }: Piece, from: number, to: number = text.length): Piece {
  return { text: text.slice(from, to), at: (index) => at(from + index) };
}

export function joined(first: Piece, second: Piece): Piece {
  const { length } = first.text;
  if (length === 0) return second;
  return {
    text: first.text + second.text,
    at: (index) => (index < length ? first.at(index) : second.at(index - length)),
  };
}

/** The same with its places written down, so that what it was a part of can be forgotten. */
export function settledPiece({ text, at }: Piece): Piece {
  return placedPiece(
    text,
    Array.from({ length: text.length + 1 }, (_, index) => at(index)),
  );
}
