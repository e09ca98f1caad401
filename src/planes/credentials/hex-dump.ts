import type { Span } from './reading.ts';

/**
 * Where the bytes of a line of `xxd`, `hexdump` or `od` begin: after an offset. A long offset is one
 * wherever it stands, a short one only at the start of its line. Fixed and bounded: linear.
 */
const offset =
  /(?<![0-9a-f])[0-9a-f]{7,16}:?[ \t]+(?=[0-9a-f]{2})|^[^0-9a-z]{0,8}[0-9a-f]{4,6}:?[ \t]+(?=[0-9a-f]{2})/im;

/** How many characters the digits of one line may take: more is no dump. */
export const widestLine = 512;

/** Of a line that is not whole: bytes have begun behind an offset. */
export const bytesBegun =
  /(?<![0-9a-f])[0-9a-f]{7,16}:?[ \t]+[0-9a-f](?:[0-9a-f]|$)|^[^0-9a-z]{0,8}[0-9a-f]{4,6}:?[ \t]+[0-9a-f](?:[0-9a-f]|$)/i;

/** Of a line that is not whole: an offset may stand at its end. */
export const offsetBegun =
  /(?<![0-9a-f])(?:[0-9a-f]{1,16}:?|[0-9a-f]{7,16}:?[ \t]+)$|^[^0-9a-z]{0,8}(?:[0-9a-f]{4,6}:?[ \t]+)?$/i;

interface Digits {
  text: string;
  /** Of each digit, the line that it stands in. */
  readonly lines: number[];
}

/**
 * Values in dumps of bytes. The column of letters beside the digits says the same again, so whole
 * lines are found.
 */
export function findInDumps(text: string, hex: readonly string[]): readonly Span[] {
  if (!offset.test(text)) return [];
  const lines = linesOf(text);
  return dumpReadings.flatMap((read) => {
    const digits: Digits = { text: '', lines: [] };
    const parts: string[] = [];
    lines.forEach((line, at) => {
      const found = read(text.slice(line.from, Math.min(line.to, line.from + widestLine)));
      parts.push(found);
      for (let count = 0; count < found.length; count += 1) digits.lines.push(at);
    });
    digits.text = parts.join('');
    return hex.flatMap((needle) => spansIn(digits, needle, lines));
  });
}

function spansIn(digits: Digits, needle: string, lines: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let at = digits.text.indexOf(needle);
  while (at >= 0) {
    const first = lines[digits.lines[at] ?? 0];
    const last = lines[digits.lines[at + needle.length - 1] ?? 0];
    if (first !== undefined && last !== undefined) spans.push({ from: first.from, to: last.to });
    at = digits.text.indexOf(needle, at + needle.length);
  }
  return spans;
}

function linesOf(text: string): readonly Span[] {
  const lines: Span[] = [];
  let from = 0;
  while (from <= text.length) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    lines.push({ from, to });
    from = to + 1;
  }
  return lines;
}

/** With `xxd` two blanks end the bytes; with `hexdump -C` a bar does; plain `hexdump` swaps pairs. */
export const dumpReadings: readonly ((line: string) => string)[] = [
  (line) => bytesOf(line, / {2}|\t/).join(''),
  (line) => bytesOf(line, /\|/).join(''),
  (line) => bytesOf(line, /\|/).map(swapped).join(''),
];

function bytesOf(line: string, end: RegExp): readonly string[] {
  const lower = line.toLowerCase();
  const head = offset.exec(lower);
  if (head === null) return [];
  const words = (lower.slice(head.index + head[0].length).split(end, 1)[0] ?? '').split(
    /[^0-9a-z]+/,
  );
  const stranger = words.findIndex((word) => !/^(?:[0-9a-f]{2}){1,8}$/.test(word));
  return stranger === -1 ? words : words.slice(0, stranger);
}

function swapped(word: string): string {
  return (word.match(/../g) ?? []).toReversed().join('');
}
