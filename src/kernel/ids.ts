import { randomFillSync } from 'node:crypto';

const poolSize = 4096;
const pool = Buffer.allocUnsafe(poolSize);
let used = poolSize;

function take(bytes: number): number {
  if (used + bytes > poolSize) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += bytes;
  return start;
}

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Of the millisecond that ids were last asked for: many share one. */
let prefixAt = Number.NaN;
let prefix = '';

function prefixOf(millisecond: number): string {
  if (millisecond !== prefixAt) {
    const time = millisecond.toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    prefixAt = millisecond;
  }
  return prefix;
}

/** UUIDv7: sorts by time. INVARIANT: an id is never an authority; whoever knows it has no right. */
export function newId(now: number): string {
  const start = take(10);
  // One digit of the first byte gives way to the version, two bits of the third to the variant.
  const first = (hexAt(start) + hexAt(start + 1)).slice(1);
  const second = (hexPairs[((pool[start + 2] ?? 0) & 0x3f) | 0x80] ?? '') + hexAt(start + 3);
  const rest =
    hexAt(start + 4) +
    hexAt(start + 5) +
    hexAt(start + 6) +
    hexAt(start + 7) +
    hexAt(start + 8) +
    hexAt(start + 9);
  return `${prefixOf(Math.trunc(now))}${first}-${second}-${rest}`;
}

function hexAt(at: number): string {
  return hexPairs[pool[at] ?? 0] ?? '';
}

export function isId(value: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value);
}

/** Milliseconds since the epoch that the id was made at. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** 128 random bits, base64url: for every token, handle and link, which are authorities. */
export function newCapability(): string {
  const start = take(16);
  return pool.toString('base64url', start, start + 16);
}

export function randomBytesFromPool(bytes: number): Buffer {
  const start = take(bytes);
  return Buffer.from(pool.subarray(start, start + bytes));
}
