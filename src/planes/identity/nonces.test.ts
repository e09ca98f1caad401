import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createNonces, type NonceOptions } from './nonces.ts';

const start = 1_790_000_000_000;
const key = randomBytes(32);
const options = (over: Partial<NonceOptions> = {}): NonceOptions => ({
  key,
  generation: 0,
  machineMs: () => 0,
  ...over,
});

describe('nonces', () => {
  it('are known to every gateway that has the key, and to nobody else', () => {
    const [one, other] = [createNonces(options()), createNonces(options())];
    const stranger = createNonces(options({ key: randomBytes(32) }));
    const nonce = one.current(start);
    expect(other.current(start)).toBe(nonce);
    expect(other.generationOf(nonce, start)).toBe(0);
    expect(stranger.generationOf(nonce, start)).toBeUndefined();
    for (const wrong of [
      '',
      'x',
      `${nonce}A`,
      nonce.slice(1),
      `1${nonce}`,
      nonce.replace('.', '..'),
    ]) {
      expect(other.generationOf(wrong, start)).toBeUndefined();
    }
  });

  it('end with the window after their own', () => {
    const [one, other] = [createNonces(options()), createNonces(options())];
    const first = Math.floor(start / limits.nonceMs) * limits.nonceMs;
    const nonce = one.current(first);
    expect(other.generationOf(nonce, first + 2 * limits.nonceMs - 1)).toBe(0);
    expect(other.generationOf(nonce, first + 2 * limits.nonceMs)).toBeUndefined();
  });

  it('of a gateway that began anew are younger than all before, and are given out by all who heard', () => {
    const [one, again] = [createNonces(options()), createNonces(options({ generation: 9_000 }))];
    const before = one.current(start);
    expect(again.generationOf(before, start)).toBeLessThan(again.floor(start));
    one.hear(again.generation);
    expect(one.current(start)).toBe(again.current(start));
    // It has forgotten nothing itself: what it gave out before is good for what it keeps.
    expect(one.generationOf(before, start)).toBeGreaterThanOrEqual(one.floor(start));
  });

  it('are all void here when the clock steps back, also those that others gave out', () => {
    const nonces = createNonces(options({ machineMs: () => 5_000 }));
    nonces.current(start);
    nonces.hear(7_000);
    const before = nonces.current(start);
    nonces.current(start - 60_000);
    expect(nonces.floor(start - 60_000)).toBe(7_001);
    expect(nonces.generationOf(before, start - 60_000)).toBeLessThan(7_001);
    expect(nonces.generationOf(nonces.current(start), start)).toBe(7_001);
  });
});
