import { parseJson } from '#kernel/json/index.ts';

/** Where a value ends that was cut off: the keys and indices of what was open there. */
export type OpenPath = readonly (string | number)[];

export interface ClosedCut {
  /** JSON again: what was begun is ended, what says too little is left out. */
  readonly bytes: Buffer;
  readonly path: OpenPath;
}

interface Frame {
  readonly isArray: boolean;
  /** After the last whole thing in it. */
  end: number;
  awaitsKey: boolean;
  keyFrom: number;
  keyTo: number;
  index: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openArray = 0x5b;
const closeArray = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;
const letterU = 0x75;
const lastBlank = 0x20;
const highestAscii = 0x7f;

/**
 * Makes JSON of the beginning of JSON. Only whole members and items stay, and of a text that was cut
 * what came of it. Undefined when nothing was open. What it makes is still to be parsed: it looks at
 * brackets and quotes, and at nothing else.
 */
export function closeCut(head: Buffer): ClosedCut | undefined {
  const frames: Frame[] = [];
  const text = readFrames(head, frames);
  const top = frames.at(-1);
  if (top === undefined) return undefined;
  const begun = text === undefined ? head.subarray(0, top.end) : head.subarray(0, text);
  const closers = frames.toReversed().map(({ isArray }) => (isArray ? ']' : '}'));
  const end = Buffer.from(`${text === undefined ? '' : '"'}${closers.join('')}`);
  // Of the innermost nothing is open unless a text is.
  const open = text === undefined ? frames.slice(0, -1) : frames;
  return { bytes: Buffer.concat([begun, end]), path: open.map((frame) => nameIn(head, frame)) };
}

function nameIn(head: Buffer, { isArray, index, keyFrom, keyTo }: Frame): string | number {
  if (isArray) return index;
  try {
    const key: unknown = parseJson(head.subarray(keyFrom, keyTo));
    return typeof key === 'string' ? key : '';
  } catch {
    return '';
  }
}

/** Leaves in `frames` what is open at the end; answers how far a text goes that is open there. */
function readFrames(head: Buffer, frames: Frame[]): number | undefined {
  let at = 0;
  while (at < head.length) {
    if (head[at] === quote) {
      const { end, whole } = readText(head, at + 1);
      const top = frames.at(-1);
      if (!whole) return top?.awaitsKey === false ? end : undefined;
      if (top !== undefined) takeText(top, at, end);
      at = end;
    } else {
      at = readMark(head, frames, at);
      // What comes behind its last bracket is no part of it.
      if (frames.length === 0 && at > 0 && isClosing(head[at - 1] ?? 0)) return undefined;
    }
  }
  return undefined;
}

function takeText(top: Frame, from: number, end: number): void {
  if (top.awaitsKey) {
    top.keyFrom = from;
    top.keyTo = end;
  } else top.end = end;
}

/** Anything but a text; answers where it goes on. */
function readMark(head: Buffer, frames: Frame[], at: number): number {
  const byte = head[at] ?? 0;
  const top = frames.at(-1);
  if (byte <= lastBlank) return at + 1;
  if (byte === openObject || byte === openArray) {
    frames.push(frameAt(at + 1, byte === openArray));
    return at + 1;
  }
  if (isClosing(byte)) {
    frames.pop();
    const outer = frames.at(-1);
    if (outer !== undefined) outer.end = at + 1;
    return at + 1;
  }
  if (byte === comma || byte === colon) {
    if (top !== undefined) pass(top, byte);
    return at + 1;
  }
  const end = endOfWord(head, at);
  if (end < head.length && top !== undefined) top.end = end;
  return end;
}

function isClosing(byte: number): boolean {
  return byte === closeObject || byte === closeArray;
}

function frameAt(end: number, isArray: boolean): Frame {
  return { isArray, end, awaitsKey: !isArray, keyFrom: 0, keyTo: 0, index: 0 };
}

function pass(frame: Frame, byte: number): void {
  if (byte === colon) frame.awaitsKey = false;
  else if (frame.isArray) frame.index += 1;
  else frame.awaitsKey = true;
}

/** A number or a word. One that reaches the end may go on behind it. */
function endOfWord(head: Buffer, from: number): number {
  let at = from;
  while (at < head.length) {
    const byte = head[at] ?? 0;
    if (byte <= lastBlank || byte === comma || isClosing(byte)) break;
    at += 1;
  }
  return at;
}

/** The end of a text behind its quote; of one that is cut, the end of its last whole character. */
function readText(head: Buffer, from: number): { readonly end: number; readonly whole: boolean } {
  let at = from;
  while (at < head.length) {
    const byte = head[at] ?? 0;
    if (byte === quote) return { end: at + 1, whole: true };
    const length = byte === backslash ? escapeLength(head, at) : characterLength(byte);
    if (at + length > head.length) break;
    at += length;
  }
  return { end: at, whole: false };
}

function escapeLength(head: Buffer, at: number): number {
  if (head[at + 1] !== letterU) return 2;
  // Half of a pair is no character: `\ud83d` needs what follows it.
  const isHigh = /^[dD][89abAB]$/.test(head.toString('latin1', at + 2, at + 4));
  return isHigh ? 12 : 6;
}

function characterLength(byte: number): number {
  if (byte <= highestAscii) return 1;
  if (byte >= 0xf0) return 4;
  return byte >= 0xe0 ? 3 : 2;
}
