import { isAscii, isUtf8 } from 'node:buffer';
import { BailiwickError } from '../errors.ts';
import type { ErrorCode } from '../error-codes.ts';
import { limits } from '../limits.ts';
import { newObject } from './object.ts';
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
  const parser = new Parser(decode(bytes), options.maxDepth ?? limits.jsonDepth);
  return parser.document();
}

/** Node's own slices; half the cost of a TextDecoder, and missing from its published types. */
interface SlicingBuffer extends Buffer {
  latin1Slice(): string;
  utf8Slice(): string;
}

function decode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as SlicingBuffer;
  if (isAscii(buffer)) return buffer.latin1Slice();
  if (!isUtf8(buffer)) throw no('json/invalid-utf8');
  return buffer.utf8Slice();
}

function no(code: ErrorCode): BailiwickError {
  return new BailiwickError(code);
}

const quoteMark = 34;
const backslash = 92;

class Parser {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.#text.length) throw no('json/syntax');
    return value;
  }

  #space(): void {
    const text = this.#text;
    let code = text.charCodeAt(this.#at);
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      this.#at += 1;
      code = text.charCodeAt(this.#at);
    }
  }

  #value(depth: number): Json {
    this.#space();
    switch (this.#text.charCodeAt(this.#at)) {
      case quoteMark:
        return this.#string();
      case 123:
        return this.#object(depth + 1);
      case 91:
        return this.#array(depth + 1);
      case 116:
        return this.#word('true', true);
      case 102:
        return this.#word('false', false);
      case 110:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #word<T extends Json>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw no('json/syntax');
    this.#at += word.length;
    return value;
  }

  #object(depth: number): Json {
    if (depth > this.#maxDepth) throw no('json/too-deep');
    const text = this.#text;
    const object = newObject();
    this.#at += 1;
    this.#space();
    if (text.charCodeAt(this.#at) === 125) {
      this.#at += 1;
      return object;
    }
    for (;;) {
      if (text.charCodeAt(this.#at) !== quoteMark) throw no('json/syntax');
      const key = this.#string();
      if (key === '__proto__') throw no('json/forbidden-key');
      // Nothing is inherited, so a key that answers is a key that was here before.
      if (object[key] !== undefined) throw no('json/duplicate-key');
      this.#space();
      if (text.charCodeAt(this.#at) !== 58) throw no('json/syntax');
      this.#at += 1;
      object[key] = this.#value(depth);
      this.#space();
      const code = text.charCodeAt(this.#at);
      this.#at += 1;
      if (code === 125) return object;
      if (code !== 44) throw no('json/syntax');
      this.#space();
    }
  }

  #array(depth: number): Json {
    if (depth > this.#maxDepth) throw no('json/too-deep');
    const array: Json[] = [];
    this.#at += 1;
    this.#space();
    if (this.#text.charCodeAt(this.#at) === 93) {
      this.#at += 1;
      return array;
    }
    for (;;) {
      array.push(this.#value(depth));
      this.#space();
      const code = this.#text.charCodeAt(this.#at);
      this.#at += 1;
      if (code === 93) return array;
      if (code !== 44) throw no('json/syntax');
    }
  }

  /** The usual string has no escape and is one slice. */
  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quoteMark) {
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (code === backslash) return this.#escaped(start, at);
      // NaN at the end of the text fails this comparison too.
      if (!(code >= 32)) throw no('json/syntax');
      at += 1;
    }
  }

  #escaped(start: number, first: number): string {
    const text = this.#text;
    let result = '';
    let from = start;
    let at = first;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quoteMark) break;
      if (!(code >= 32)) throw no('json/syntax');
      if (code !== backslash) {
        at += 1;
        continue;
      }
      result += text.slice(from, at) + this.#escape(at + 1);
      at += text.charCodeAt(at + 1) === 117 ? 6 : 2;
      from = at;
    }
    result += text.slice(from, at);
    this.#at = at + 1;
    if (!result.isWellFormed()) throw no('json/lone-surrogate');
    return result;
  }

  #escape(at: number): string {
    const letter = this.#text.charAt(at);
    if (letter === 'u') {
      const hex = this.#text.slice(at + 1, at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw no('json/syntax');
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const value = escapes[letter];
    if (value === undefined) throw no('json/syntax');
    return value;
  }

  #number(): number {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let code = text.charCodeAt(at);
    while ((code >= 48 && code <= 57) || code === 45 || code === 46 || code === 43 || (code | 32) === 101) {
      at += 1;
      code = text.charCodeAt(at);
    }
    const literal = text.slice(start, at);
    if (!numberForm.test(literal)) throw no('json/syntax');
    this.#at = at;
    const value = Number(literal);
    // Up to 15 characters every integer is exact; the rest must prove that nothing was lost.
    if (literal.length <= 15 && plainInteger.test(literal)) return value === 0 ? 0 : value;
    if (!Number.isFinite(value) || !sameDecimal(literal, value)) throw no('json/number-range');
    return value === 0 ? 0 : value;
  }
}

const escapes: Readonly<Record<string, string>> = Object.freeze({
  __proto__: null,
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
} as unknown as Record<string, string>);

const numberForm = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const plainInteger = /^-?[0-9]+$/;

/** Does the shortest form of the double name the same decimal as the text? */
function sameDecimal(literal: string, value: number): boolean {
  return normalDecimal(literal) === normalDecimal(String(value));
}

/** Digits without leading or trailing zeros, and the power of ten of the last of them. */
function normalDecimal(literal: string): string {
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(literal);
  if (match === null) return 'not a decimal';
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
