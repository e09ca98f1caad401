import { gunzipSync } from 'node:zlib';

/** What a text says once a layer of an encoding is taken off, whatever it then is: bytes are letters here. */
const run64 = /[A-Za-z0-9+/_-]{16,}/g;
const runHex = /[0-9a-fA-F]{16,}/g;
const escaped = /%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{1,10};?|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}/;
const escapes =
  /%([0-9a-fA-F]{2})|&#x([0-9a-fA-F]{1,10});?|&#(\d{1,10});?|\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})/g;
const wrapped = /\s/g;

export interface Room {
  /** Letters that may still be looked at. */
  left: number;
}

/**
 * All that a text says under one or two encodings: base64 and base64url at each of its offsets, hex, escapes of URLs,
 * HTML and JSON, gzip within them. INVARIANT: where there is no room for more, `left` is below zero.
 */
export function unwrapped(text: string, room: Room, steps = 2): readonly string[] {
  const found: string[] = [];
  if (steps === 0) return found;
  for (const one of layersOf(text, room)) {
    room.left -= one.length;
    if (room.left < 0) return found;
    found.push(one, ...unwrapped(one, room, steps - 1));
  }
  return found;
}

function* layersOf(text: string, room: Room): Generator<string> {
  if (escaped.test(text)) yield unescaped(text);
  // An encoding that is broken into lines is one.
  const lines = text.replace(wrapped, '');
  const all = lines.length === text.length ? [text] : [text, lines];
  for (const one of all) {
    for (const [hex] of one.matchAll(runHex)) {
      for (let skip = 0; skip < 2; skip += 1)
        yield* read(Buffer.from(hex.slice(skip), 'hex'), room);
    }
    for (const [run] of one.matchAll(run64)) {
      for (let skip = 0; skip < 4; skip += 1) {
        yield* read(Buffer.from(run.slice(skip), 'base64url'), room);
      }
    }
  }
}

/** Most of what decodes says nothing: no more of it is looked at than could be text. */
function* read(bytes: Buffer, room: Room): Generator<string> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08) {
    const plain = unzipped(bytes);
    // INVARIANT: what was packed and is not looked into may say anything.
    if (plain === undefined) room.left = Number.NEGATIVE_INFINITY;
    else yield plain;
    return;
  }
  if (isText(bytes)) yield bytes.toString('utf8');
}

const mostUnzipped = 1_048_576;

/** Undefined: it does not unzip whole, or to more than that. */
function unzipped(bytes: Buffer): string | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostUnzipped }).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Nine of ten bytes are no controls, and few are no UTF-8. */
function isText(bytes: Buffer): boolean {
  let odd = 0;
  for (const byte of bytes) {
    const isControl = (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 0x7f;
    if (isControl || byte >= 0xf5 || byte === 0xc0 || byte === 0xc1) odd += 1;
  }
  return odd * 10 <= bytes.length;
}

function unescaped(text: string): string {
  const bytes: Buffer[] = [];
  let from = 0;
  for (const match of text.matchAll(escapes)) {
    const [all, percent, htmlHex, html, byte, unit] = match;
    bytes.push(Buffer.from(text.slice(from, match.index), 'utf8'));
    from = match.index + all.length;
    const raw = percent ?? byte;
    if (raw !== undefined) bytes.push(Buffer.from(raw, 'hex'));
    else bytes.push(Buffer.from(letterOf(htmlHex ?? unit, html), 'utf8'));
  }
  bytes.push(Buffer.from(text.slice(from), 'utf8'));
  return Buffer.concat(bytes).toString('utf8');
}

function letterOf(hex: string | undefined, decimal: string | undefined): string {
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '';
}
