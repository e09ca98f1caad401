import { isAscii, isUtf8 } from 'node:buffer';
import { limits } from '../limits.ts';
import { decimalSurvives } from './decimal.ts';
import { unescape } from './escape.ts';
import type { NativeBuffer } from './native-buffer.ts';
import { newObject } from './object.ts';
import { no } from './refuse.ts';
import type { Json } from './value.ts';

export interface JsonLimits {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
}

/**
 * The only reader of JSON from outside. Strict, so that every part of the product sees the same
 * value: what another parser could read differently is refused.
 */
export function parseJson(bytes: Uint8Array, options: JsonLimits = {}): Json {
  if (bytes.length > (options.maxBytes ?? limits.jsonBytes)) throw no('json/too-large');
  text = decode(bytes);
  at = 0;
  maxDepth = options.maxDepth ?? limits.jsonDepth;
  try {
    const value = readValue(0);
    skipSpace();
    if (at !== text.length) throw no('json/syntax', at);
    return value;
  } finally {
    text = '';
  }
}

function decode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as NativeBuffer;
  if (isAscii(buffer)) return buffer.latin1Slice();
  if (!isUtf8(buffer)) throw no('json/invalid-utf8');
  const decoded = buffer.utf8Slice();
  if (decoded.charCodeAt(0) === 0xfeff) throw no('json/invalid-utf8', 0);
  return decoded;
}

// State of the one parse that runs. It is module state because that is 1.5 times faster than
// fields of an object. INVARIANT: nothing in this file calls code from outside or awaits, so a
// second parse cannot begin before the first has ended.
let text = '';
let at = 0;
let maxDepth = 0;

/**
 * Keys repeat from message to message. A known key is taken from here instead of being cut out of
 * the text again. INVARIANT: an entry is used only after every character was compared, and it never
 * keeps a body alive: the look-up of the key, which follows at once, makes it a string of its own.
 */
const knownKeys: string[] = Array.from({ length: 512 }, () => '');
const longestKnownKey = 48;

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const blank = 32;
const quote = 34;
const plus = 43;
const comma = 44;
const minus = 45;
const point = 46;
const zero = 48;
const nine = 57;
const colon = 58;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const letterE = 101;
const openBrace = 123;
const closeBrace = 125;

/** Steps over white space and answers the code that follows; NaN at the end. */
function skipSpace(): number {
  let code = text.charCodeAt(at);
  while (code === blank || code === newline || code === carriageReturn || code === tab) {
    at += 1;
    code = text.charCodeAt(at);
  }
  return code;
}

function next(): number {
  const code = text.charCodeAt(at);
  return code <= blank ? skipSpace() : code;
}

function readValue(depth: number): Json {
  const code = next();
  switch (code) {
    case quote:
      return readString();
    case openBrace:
      return readObject(depth + 1);
    case openBracket:
      return readArray(depth + 1);
    case 116:
      return readWord('true', true);
    case 102:
      return readWord('false', false);
    case 110:
      return readWord('null', null);
    default:
      return readNumber(code);
  }
}

function readWord<T extends Json>(word: string, value: T): T {
  if (!text.startsWith(word, at)) throw no('json/syntax', at);
  at += word.length;
  return value;
}

function readObject(depth: number): Json {
  if (depth > maxDepth) throw no('json/too-deep', at);
  const object = newObject();
  at += 1;
  let code = next();
  if (code === closeBrace) {
    at += 1;
    return object;
  }
  for (;;) {
    if (code !== quote) throw no('json/syntax', at);
    const key = readKey();
    // Nothing is inherited, so a key that answers is a key that was here before.
    if (object[key] !== undefined) throw no('json/duplicate-key', at);
    if (key === '__proto__') throw no('json/forbidden-key', at);
    if (next() !== colon) throw no('json/syntax', at);
    at += 1;
    object[key] = readValue(depth);
    code = next();
    at += 1;
    if (code === closeBrace) return object;
    if (code !== comma) throw no('json/syntax', at - 1);
    code = next();
  }
}

function readArray(depth: number): Json {
  if (depth > maxDepth) throw no('json/too-deep', at);
  const array: Json[] = [];
  at += 1;
  if (next() === closeBracket) {
    at += 1;
    return array;
  }
  for (;;) {
    array.push(readValue(depth));
    const code = next();
    at += 1;
    if (code === closeBracket) return array;
    if (code !== comma) throw no('json/syntax', at - 1);
  }
}

/** The usual string has no escape and is one slice. */
function readString(): string {
  const source = text;
  const start = at + 1;
  let end = start;
  for (;;) {
    const code = source.charCodeAt(end);
    if (code === quote) break;
    if (code === backslash) return readEscaped(start, end);
    // The end of the text is NaN and fails this comparison too.
    if (!(code >= blank)) throw no('json/syntax', end);
    end += 1;
  }
  at = end + 1;
  return source.slice(start, end);
}

function readKey(): string {
  const source = text;
  const start = at + 1;
  let end = start;
  let hash = 0;
  for (;;) {
    const code = source.charCodeAt(end);
    if (code === quote) break;
    if (code === backslash) return readEscaped(start, end);
    if (!(code >= blank)) throw no('json/syntax', end);
    hash = (Math.imul(hash, 31) + code) | 0;
    end += 1;
  }
  at = end + 1;
  const length = end - start;
  if (length > longestKnownKey) return source.slice(start, end);
  const slot = (hash ^ (hash >>> 9)) & 511;
  const known = knownKeys[slot] as string;
  if (known.length === length && source.startsWith(known, start)) return known;
  const fresh = source.slice(start, end);
  knownKeys[slot] = fresh;
  return fresh;
}

/** From the first backslash on: find the end, then decode the whole. */
function readEscaped(start: number, firstBackslash: number): string {
  let end = firstBackslash;
  for (;;) {
    const code = text.charCodeAt(end);
    if (code === quote) break;
    if (!(code >= blank)) throw no('json/syntax', end);
    end += code === backslash ? 2 : 1;
  }
  at = end + 1;
  return unescape(text.slice(start, end), start);
}

const powersOfTen = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/**
 * Up to 15 digits every decimal is told apart by a double, and mantissa and power of ten are
 * exact, so that one division rounds correctly. More digits, or an exponent, must prove that
 * nothing was lost.
 */
function readNumber(first: number): number {
  const source = text;
  const start = at;
  let code = first;
  if (code === minus) code = source.charCodeAt((at += 1));
  if (!(code >= zero && code <= nine)) throw no('json/syntax', at);
  const wholeStart = at;
  let mantissa = code - zero;
  code = source.charCodeAt((at += 1));
  // A leading zero stands alone; a digit after it is a syntax error of whoever reads on.
  while (mantissa !== 0 && code >= zero && code <= nine) {
    mantissa = mantissa * 10 + (code - zero);
    code = source.charCodeAt((at += 1));
  }
  const digits = at - wholeStart;
  if (code === point || (code | 32) === letterE || digits > 15) {
    return readDecimal(start, digits, mantissa);
  }
  return first === minus && mantissa !== 0 ? -mantissa : mantissa;
}

function readDecimal(start: number, wholeDigits: number, whole: number): number {
  const source = text;
  const negative = source.charCodeAt(start) === minus;
  let mantissa = whole;
  let code = source.charCodeAt(at);
  let scale = 0;
  if (code === point) {
    code = source.charCodeAt((at += 1));
    while (code >= zero && code <= nine) {
      mantissa = mantissa * 10 + (code - zero);
      scale += 1;
      code = source.charCodeAt((at += 1));
    }
    if (scale === 0) throw no('json/syntax', at);
  }
  if (wholeDigits + scale > 15 || (code | 32) === letterE) return readLongNumber(start);
  const value = mantissa / (powersOfTen[scale] as number);
  return negative && value !== 0 ? -value : value;
}

/** `at` stands behind the last digit that was read; an exponent may follow. */
function readLongNumber(start: number): number {
  if ((text.charCodeAt(at) | 32) === letterE) {
    at += 1;
    const sign = text.charCodeAt(at);
    if (sign === minus || sign === plus) at += 1;
    const digitsStart = at;
    let code = text.charCodeAt(at);
    while (code >= zero && code <= nine) code = text.charCodeAt((at += 1));
    if (at === digitsStart) throw no('json/syntax', at);
  }
  const literal = text.slice(start, at);
  const value = Number(literal);
  if (!decimalSurvives(literal, value)) throw no('json/number-range', start);
  return value === 0 ? 0 : value;
}
