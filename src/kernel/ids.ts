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

/** UUIDv7: sorts by time. INVARIANT: an id is never an authority; whoever knows it has no right. */
export function newId(now: number): string {
  const start = take(10);
  const time = Math.trunc(now).toString(16).padStart(12, '0');
  const random = pool.toString('hex', start, start + 10);
  const variant = ((Number.parseInt(random.charAt(3), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
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
