import { mayBeEncoded, mayHideText } from './decoded.ts';
import { flowBounds } from './bounds.ts';
import type { Digest } from './digests.ts';
import { blank, closes, folded, inWord, is, isAscii, lower, opens } from './letters.ts';
import { exact, piecesIn, skeleton, wordsIn } from './text-forms.ts';

export interface Strangers {
  /** A stranger wrote what the digest stands for. False: nothing more is looked into. */
  strange(): boolean;
  encoded(piece: string): boolean;
}

const { wholeChars, pieceChars: longest } = flowBounds;
const textKey = Array.from('text ', (letter) => letter.charCodeAt(0));

/**
 * All that a stranger wrote in one text: the whole of it, what stands between blanks, and words, by skeleton. One pass, and no
 * string is made of plain letters. INVARIANT: it says all that `Source` keeps of the same text, never less.
 */
export class StrangerText {
  readonly #digest: Digest;
  readonly #to: Strangers;

  constructor(digest: Digest, to: Strangers) {
    this.#digest = digest;
    this.#to = to;
  }

  read(text: string): boolean {
    if (text.length <= wholeChars && !this.one(text)) return false;
    return isAscii.test(text) ? this.#plain(text) : this.#other(text);
  }

  /** The text as one. */
  one(text: string): boolean {
    if (text.length > longest) return true;
    if (isAscii.test(text)) return this.#range(text, 0, text.length);
    const shown = skeleton(text);
    if (shown === '') return true;
    this.#digest.of(shown);
    return this.#to.strange();
  }

  #range(text: string, from: number, to: number): boolean {
    if (to - from > longest) return true;
    this.#digest.begin();
    if (!this.#digest.addLetters(text, from, to, folded)) return true;
    this.#digest.end();
    return this.#to.strange();
  }

  #plain(text: string): boolean {
    for (let at = 0; at < text.length; ) {
      let end = at;
      while (end < text.length && !is(text, end, blank)) end += 1;
      // So long a piece is read in parts.
      if (end - at > 2_048) return this.#other(text);
      if (end > at && !this.#piece(text, at, end)) return false;
      at = end + 1;
    }
    return true;
  }

  #piece(text: string, start: number, stop: number): boolean {
    let [from, to] = [start, stop];
    while (from < to && is(text, from, opens)) from += 1;
    while (to > from && is(text, to - 1, closes)) to -= 1;
    if (from === to) return true;
    const size = to - from;
    // INVARIANT: there is no blank in a piece.
    const isWord = this.#digest.ofRun(text, from, to, folded);
    if (size <= longest && !this.#to.strange()) return false;
    if (size >= 12 && mayHideText(text, from, to)) {
      const piece = text.slice(from, to);
      if (mayBeEncoded(piece) && !this.#to.encoded(piece)) return false;
    }
    return (isWord && size <= 64) || this.#words(text, from, to);
  }

  #words(text: string, from: number, to: number): boolean {
    for (let at = from; at < to; ) {
      let end = at;
      while (end < to && end - at < 64 && is(text, end, inWord)) end += 1;
      if (end > at) {
        this.#digest.ofRun(text, at, end, folded);
        if (!this.#to.strange()) return false;
      }
      at = end > at ? end : at + 1;
    }
    return true;
  }

  #other(text: string): boolean {
    for (const piece of piecesIn(text)) {
      if (!this.one(piece)) return false;
      if (mayBeEncoded(piece) && !this.#to.encoded(piece)) return false;
    }
    for (const word of wordsIn(text)) if (!this.one(word)) return false;
    return true;
  }
}

/** Of the key `text …` of a text in `exact` form. */
export function digestExact(digest: Digest, text: string): void {
  if (!isAscii.test(text)) {
    digest.of(`text ${exact(text)}`);
    return;
  }
  digest.begin();
  for (const code of textKey) digest.add(code);
  digest.addLetters(text, 0, text.length, lower);
  digest.end();
}
