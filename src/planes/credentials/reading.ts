import { begunPattern } from '#kernel/text/open-pattern.ts';

/**
 * One way to read a text, and where in the text that was given each character of it begins. Texts
 * are "binary strings", one character a byte of UTF-8: escapes speak of bytes, and so do we.
 */
export interface Reading {
  readonly text: string;
  /** Undefined when it is the given text itself; else one more entry than there are characters. */
  readonly from: Uint32Array | undefined;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Half-open, in the text that was given. */
export function spanOf({ from }: Reading, start: number, end: number): Span {
  if (from === undefined) return { from: start, to: end };
  return { from: from[start] ?? 0, to: from[end] ?? 0 };
}

/**
 * What JSON and JavaScript, URLs and HTML write in place of a character. One fixed pattern, every
 * alternative of bounded length and told apart by its first characters: linear.
 */
const escapes =
  /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[\x20-\x7e]|%[0-9a-fA-F]{2}|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);/g;

const mayEscape = /[\\%&]/;
const escapeAt = new RegExp(escapes.source, 'y');
const begunEscape = begunPattern(escapes);

/** The text with every escape replaced by what it stands for, once; undefined when there is none. */
export function unescaped(source: Reading): Reading | undefined {
  const { text } = source;
  if (!mayEscape.test(text)) return undefined;
  // No escape is shorter than what it stands for.
  const from = new Uint32Array(text.length + 1);
  const parts: string[] = [];
  let at = 0;
  let size = 0;
  const copy = (end: number): void => {
    parts.push(text.slice(at, end));
    for (; at < end; at += 1) from[size++] = placeIn(source, at);
  };
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    const meant = meaningOf(escape);
    if (meant === undefined) continue;
    copy(index);
    parts.push(meant);
    from.fill(placeIn(source, index), size, size + meant.length);
    size += meant.length;
    at += escape.length;
  }
  if (at === 0) return undefined;
  copy(text.length);
  from[size] = placeIn(source, text.length);
  return { text: parts.join(''), from: from.subarray(0, size + 1) };
}

function placeIn({ from }: Reading, at: number): number {
  return from === undefined ? at : (from[at] ?? 0);
}

const short: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

/** Where the first character stands that may begin an escape. */
export function firstEscape(text: string): number {
  return text.search(mayEscape);
}

/** The escape that begins here, when one does: what it stands for, or that it may not be whole yet. */
export function escapeOf(
  text: string,
  at: number,
  isWhole: boolean,
): { readonly size: number; readonly meant: string } | 'begun' | undefined {
  begunEscape.lastIndex = at;
  if (!isWhole && begunEscape.test(text)) return 'begun';
  escapeAt.lastIndex = at;
  const escape = escapeAt.exec(text)?.[0];
  return escape === undefined
    ? undefined
    : { size: escape.length, meant: meaningOf(escape) ?? escape };
}

/** Undefined when it stands for nothing. */
function meaningOf(escape: string): string | undefined {
  if (escape.startsWith('%')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  if (escape.startsWith('&')) return entities[escape] ?? ofCodePoint(entityCode(escape));
  if (escape.length === 2) return short[escape.charAt(1)] ?? escape.charAt(1);
  if (escape.length === 12) return ofUnits(escape);
  return ofCodePoint(Number.parseInt(escape.replace(/[^0-9a-fA-F]/g, ''), 16));
}

function entityCode(entity: string): number {
  const isHex = entity.charAt(2).toLowerCase() === 'x';
  return Number.parseInt(entity.slice(isHex ? 3 : 2, -1), isHex ? 16 : 10);
}

function ofUnits(pair: string): string {
  const units = [pair.slice(2, 6), pair.slice(8)].map((unit) => Number.parseInt(unit, 16));
  return binaryOf(String.fromCharCode(...units));
}

function ofCodePoint(code: number): string | undefined {
  return code > 0x10ffff ? undefined : binaryOf(String.fromCodePoint(code));
}

const beyondAscii = /[^\p{ASCII}]/u;

/** One character a byte of UTF-8; the very same text when it is ASCII, as nearly all are. */
export function binaryOf(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

export function textOf(binary: string): string {
  return beyondAscii.test(binary) ? Buffer.from(binary, 'latin1').toString('utf8') : binary;
}
