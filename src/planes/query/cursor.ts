import type { Place } from '#contracts/record-index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';

/**
 * Where a page ended, for whoever asks for the next one. It is no secret and no right; it says of which
 * question it is, so that the next page of another one is refused instead of beginning anywhere.
 */
export function cursorOf(place: Place, question: string): string {
  const { at, log, index } = place;
  return [...[at, log, index].map((number) => number.toString(36)), mark(question)].join('.');
}

export function readCursor(cursor: string, question: string): Place {
  const [at, log, index, of, ...more] = cursor.slice(0, 128).split('.');
  const [a, b, c] = [at, log, index].map(readNumber);
  if (a === undefined || b === undefined || c === undefined || more.length > 0) throw wrong();
  if (of !== mark(question)) throw wrong();
  return { at: a, log: b, index: c };
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9a-z]{1,11}$/.test(text)) return undefined;
  const number = Number.parseInt(text, 36);
  return Number.isSafeInteger(number) ? number : undefined;
}

function mark(question: string): string {
  return sha256Hex(question).slice(0, 12);
}

function wrong(): BailiwickError {
  return new BailiwickError('audit/query-malformed', {
    message: 'this is no place in the answer to this question',
    suggestedAction: 'give the `next` of the page before, with the same question',
  });
}
