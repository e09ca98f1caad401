import { bytesOf } from './rows.ts';

/** So much of a page is given away for an end between two lines. */
const lineShare = 0.75;

/** As much of a text as fits into so many bytes of JSON; whole lines where it has lines; never nothing. */
export function beginningOf(text: string, bytes: number): string {
  let letters = Math.min(text.length, bytes);
  for (;;) {
    const end = wholeLetters(text, letters);
    const size = bytesOf(text.slice(0, end));
    if (size <= bytes || end <= 2) return wholeLines(text.slice(0, end), end < text.length);
    letters = Math.max(2, Math.floor((end * bytes) / size) - 1);
  }
}

function wholeLines(begun: string, isCut: boolean): string {
  const line = isCut ? begun.lastIndexOf('\n') + 1 : 0;
  return line > begun.length * lineShare ? begun.slice(0, line) : begun;
}

/** Not between the two halves of a pair: half a letter is none. */
function wholeLetters(text: string, end: number): number {
  const isHigh = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return isHigh && end > 1 ? end - 1 : end;
}
