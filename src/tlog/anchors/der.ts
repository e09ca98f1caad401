import { BailiwickError } from '#kernel/errors.ts';

/** One value of DER (X.690), as far as timestamps need it. */
export interface Der {
  readonly tag: number;
  readonly body: Buffer;
  /** With tag and length, byte for byte. */
  readonly whole: Buffer;
}

export const tags = {
  yes: 0x01,
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, of several values. */
  own: 0xa0,
} as const;

export function malformed(message: string): BailiwickError {
  return new BailiwickError('audit/proof-invalid', { message });
}

/** INVARIANT: one form alone is read, the shortest: what could be read in two ways is not DER. */
export function readDer(bytes: Uint8Array): Der {
  const [only, ...more] = readAll(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (only === undefined || more.length > 0) throw malformed('it is not one value of DER');
  return only;
}

/** The values in it, of this tag. */
export function partsOf(value: Der | undefined, tag: number = tags.sequence): readonly Der[] {
  return readAll(bodyOf(value, tag));
}

export function bodyOf(value: Der | undefined, tag: number): Buffer {
  if (value?.tag === tag) return value.body;
  throw malformed(`a value of DER is not of the kind ${tag.toString(16)} that belongs there`);
}

/** More than anything has that means well. */
const mostParts = 1_000;

function readAll(bytes: Buffer): readonly Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const one = readAt(bytes, at);
    found.push(one);
    at += one.whole.length;
    if (found.length > mostParts) throw malformed('it has too many values of DER');
  }
  return found;
}

function readAt(bytes: Buffer, at: number): Der {
  const [tag = 0, first = 0xff] = bytes.subarray(at, at + 2);
  const count = first < 0x80 ? 0 : first - 0x80;
  const length = count === 0 ? first : longLength(bytes.subarray(at + 2, at + 2 + count), count);
  const from = at + 2 + count;
  // A tag of several bytes is in nothing that is read here.
  if ((tag & 0x1f) === 0x1f || from + length > bytes.length) throw malformed('it is not DER');
  return {
    tag,
    body: bytes.subarray(from, from + length),
    whole: bytes.subarray(at, from + length),
  };
}

function longLength(bytes: Buffer, count: number): number {
  const length =
    bytes.length === count && count >= 1 && count <= 3 ? bytes.readUIntBE(0, count) : 0;
  const isShortest = length >= 0x80 && bytes[0] !== 0;
  if (!isShortest) throw malformed('it is not DER');
  return length;
}

export function oidOf(value: Der | undefined): string {
  const [first = 0, ...rest] = base128(bodyOf(value, tags.oid));
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

function base128(bytes: Buffer): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(value)) throw malformed('it has too large an object identifier');
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  return numbers;
}

/** In hex, without leading zeros. */
export function integerOf(value: Der | undefined): string {
  return bodyOf(value, tags.integer)
    .toString('hex')
    .replace(/^(?:00)+(?=..)/u, '');
}

/** RFC 3161 has UTC alone, and fractions of a second where there are any. */
export function timeOf(value: Der | undefined): number {
  const text = bodyOf(value, tags.time).toString('latin1');
  const form = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/u;
  const [, year, month, day, hour, minute, second, part = ''] = form.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(at)) throw malformed('it has a time that cannot be read');
  return at + Math.floor(Number(`0${part}`) * 1_000);
}

export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length >= 0x80) throw malformed('what is asked is longer than a request of ours is');
  return Buffer.concat([Buffer.of(tag, body.length), body]);
}

export function writeOid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return writeDer(tags.oid, Buffer.from([first * 40 + second, ...rest].flatMap(digitsOf)));
}

function digitsOf(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) + 0x80);
  }
  return digits;
}
