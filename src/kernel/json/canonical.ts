import type { NativeBuffer } from './native-buffer.ts';
import { isBare } from './object.ts';
import { notJson } from './refuse.ts';
import { sortKeys } from './sort-keys.ts';
import type { Json, JsonObject } from './value.ts';

/**
 * RFC 8785: the one form that schema, scan, policy, digest, approval view and upstream share.
 * INVARIANT: what is not JSON (undefined, a class instance, a lone surrogate, a number that is
 * not finite, a cycle) is a fault, never left out in silence.
 */
export function canonicalBytes(value: Json): Buffer {
  return written(value, 0, takeBytes);
}

export function canonicalText(value: Json): string {
  return written(value, 0, takeText);
}

/** Of a part of a value, so deep in it: what is too deep in the whole is too deep here. */
export function canonicalPart(value: Json, depth: number): string {
  return written(value, depth, takeText);
}

const usualSize = 65_536;
const keptSize = 1_048_576;
const deepest = 256;

// One scratch for all: a value is written whole before anything else runs. INVARIANT: `busy`
// refuses a second writer, which only a getter inside the value could start.
let scratch = newScratch(usualSize);
let words = new Int32Array(scratch.buffer);
let at = 0;
let busy = false;

function newScratch(size: number): NativeBuffer {
  return Buffer.allocUnsafeSlow(size) as NativeBuffer;
}

function replaceScratch(size: number): NativeBuffer {
  const before = scratch;
  scratch = newScratch(size);
  words = new Int32Array(scratch.buffer, 0, size >> 2);
  return before;
}

function written<T>(value: Json, depth: number, take: () => T): T {
  if (busy) throw notJson();
  busy = true;
  at = 0;
  try {
    write(value, depth);
    return take();
  } finally {
    busy = false;
    if (scratch.length > keptSize) replaceScratch(usualSize);
  }
}

function takeBytes(): Buffer {
  const bytes = Buffer.allocUnsafe(at);
  scratch.copy(bytes, 0, 0, at);
  return bytes;
}

function takeText(): string {
  return scratch.utf8Slice(0, at);
}

function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const before = replaceScratch(Math.max(scratch.length * 2, at + bytes));
  before.copy(scratch, 0, 0, at);
}

function write(value: Json, depth: number): void {
  switch (typeof value) {
    case 'string':
      writeString(value);
      return;
    case 'number':
      writeNumber(value);
      return;
    case 'boolean':
      writeAscii(value ? 'true' : 'false');
      return;
    case 'object':
      if (value === null) writeAscii('null');
      else if (depth >= deepest) throw notJson();
      else if (Array.isArray(value)) writeArray(value, depth + 1);
      else writeObject(value as JsonObject, depth + 1);
      return;
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw notJson();
  }
}

function writeByte(code: number): void {
  reserve(1);
  scratch[at] = code;
  at += 1;
}

function writeAscii(text: string): void {
  reserve(text.length);
  for (let index = 0; index < text.length; index += 1) scratch[at + index] = text.charCodeAt(index);
  at += text.length;
}

function writeArray(value: readonly Json[], depth: number): void {
  writeByte(91);
  for (let index = 0; index < value.length; index += 1) {
    if (index > 0) writeByte(44);
    write(value[index] as Json, depth);
  }
  writeByte(93);
}

function writeObject(value: JsonObject, depth: number): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isBare(prototype)) throw notJson();
  const keys = Object.keys(value);
  sortKeys(keys);
  writeByte(123);
  for (let index = 0; index < keys.length; index += 1) {
    if (index > 0) writeByte(44);
    const key = keys[index] as string;
    writeString(key);
    writeByte(58);
    write(value[key] as Json, depth);
  }
  writeByte(125);
}

/** ECMAScript's form is the form of RFC 8785; small whole numbers need no text on the way. */
function writeNumber(value: number): void {
  const whole = value | 0;
  if (whole === value && whole >= 0) {
    writeWhole(whole);
    return;
  }
  if (!Number.isFinite(value)) throw notJson();
  writeAscii(String(value));
}

function writeWhole(value: number): void {
  let size = 1;
  for (let bound = 10; value >= bound; bound *= 10) size += 1;
  reserve(size);
  let rest = value;
  for (let to = at + size - 1; to >= at; to -= 1) {
    const tens = (rest / 10) | 0;
    scratch[to] = 48 + rest - tens * 10;
    rest = tens;
  }
  at += size;
}

const longest = 48;

/** Printable ASCII here; at anything else the slow writer takes over. */
function writeString(text: string): void {
  const length = text.length;
  if (length > longest) {
    writeLong(text);
    return;
  }
  reserve(length * 2 + 2);
  const bytes = scratch;
  let to = at;
  bytes[to++] = 34;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 32 || code > 126) {
      writeEscaped(text);
      return;
    }
    if (code === 34 || code === 92) bytes[to++] = 92;
    bytes[to++] = code;
  }
  bytes[to++] = 34;
  at = to;
}

/** Encoded by Node, then looked through: cheaper for long text, and for any script. */
function writeLong(text: string): void {
  const length = text.length;
  if (text.includes('"') || text.includes('\\')) {
    writeEscaped(text);
    return;
  }
  reserve(length * 3 + 2);
  const bytes = scratch;
  const start = at + 1;
  const end = start + bytes.utf8Write(text, start);
  if (hasControl(start, end)) {
    writeEscaped(text);
    return;
  }
  // A lone surrogate takes three bytes, so text of one byte each has none.
  if (end - start !== length && !text.isWellFormed()) throw notJson();
  bytes[at] = 34;
  bytes[end] = 34;
  at = end + 1;
}

const blanks = 0x20202020;
const highBits = 0x80808080;

/** Four bytes at once: one below a blank borrows from its high bit, one of another script has it already. */
function hasControl(start: number, end: number): boolean {
  const firstWord = (start + 3) >> 2;
  const lastWord = end >> 2;
  let borrowed = 0;
  for (let word = firstWord; word < lastWord; word += 1) {
    const four = words[word] ?? 0;
    borrowed |= (four - blanks) & ~four;
  }
  return (borrowed & highBits) !== 0 || hasLow(start, firstWord << 2) || hasLow(lastWord << 2, end);
}

function hasLow(start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) if ((scratch[index] ?? 0) < 32) return true;
  return false;
}

/** `JSON.stringify` of one well-formed string is the form of RFC 8785. */
function writeEscaped(text: string): void {
  if (!text.isWellFormed()) throw notJson();
  const quoted = JSON.stringify(text);
  reserve(quoted.length * 3);
  at += scratch.utf8Write(quoted, at);
}
