import type { Json } from '#kernel/json/index.ts';

/**
 * How large things are in the bytes of the wire. INVARIANT: the same number as of the canonical bytes,
 * without writing them: a result is measured part by part, and some have a million parts.
 */
export interface Measure {
  of(value: Json): number;
  /** Of the letters from one place up to another, without quotes. */
  letters(text: string, from: number, to: number): number;
  /** Where so many bytes are full: before a letter that would not fit whole. */
  endOf(text: string, from: number, bytes: number): number;
}

export const measure: Measure = { of: bytesOf, letters: bytesOfLetters, endOf };

const comma = 1;
const colon = 1;
const bothEnds = 2;

export function bytesOf(value: Json): number {
  if (typeof value === 'string') return bothEnds + bytesOfLetters(value, 0, value.length);
  if (typeof value !== 'object' || value === null) return String(value).length;
  let bytes = bothEnds;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    for (const item of items) bytes += bytesOf(item);
    return bytes + commasIn(items.length);
  }
  const members = Object.entries(value);
  for (const [key, inner] of members) bytes += bytesOf(key) + colon + bytesOf(inner);
  return bytes + commasIn(members.length);
}

export function commasIn(count: number): number {
  return Math.max(0, count - 1) * comma;
}

function bytesOfLetters(text: string, from: number, to: number): number {
  let bytes = 0;
  for (let at = from; at < to; at += 1) bytes += bytesOfUnit(text.charCodeAt(at));
  return bytes;
}

function endOf(text: string, from: number, bytes: number): number {
  let left = bytes;
  let at = from;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const units = isHigh(unit) ? 2 : 1;
    left -= bytesOfUnit(unit) * units;
    if (left < 0) break;
    at += units;
  }
  return at;
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

const quote = 34;
const backslash = 92;
/** `\b`, `\t`, `\n`, `\f` and `\r` have a short form; other signs of control are `\u00XX`. */
const shortForms: ReadonlySet<number> = new Set([8, 9, 10, 12, 13]);

/** Of half a pair, half of what the pair is. */
function bytesOfUnit(unit: number): number {
  if (unit < 0x80) {
    if (unit === quote || unit === backslash) return 2;
    if (unit >= 0x20) return 1;
    return shortForms.has(unit) ? 2 : 6;
  }
  return unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
}
