import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createReplayBook } from './replay-book.ts';

const start = 1_790_000_000_000;
const window = limits.proofAgeMs + limits.clockSkewMs;

describe('the replay book', () => {
  it('never takes a proof twice while it could be accepted, and comes back to nothing', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      jti: fc.constantFrom('1', '2', '3', '4'),
      age: fc.integer({ min: -limits.clockSkewMs, max: window }),
      wait: fc.nat({ max: 40_000 }),
      again: fc.nat({ max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = createReplayBook(1_000);
        const taken: { thumbprint: string; jti: string; issuedAt: number }[] = [];
        let now = start;
        for (const { key, jti, age, wait, again } of steps) {
          now += wait;
          const proof = { thumbprint: key, jti, issuedAt: now - age };
          if (book.remember(proof, now) === 'fresh') taken.push(proof);
          const earlier = taken.at(-again - 1);
          if (earlier !== undefined && now - earlier.issuedAt <= window) {
            expect(book.remember(earlier, now)).toBe('used');
          }
        }
        now += 2 * window;
        book.remember({ thumbprint: 'z', jti: 'z', issuedAt: now }, now);
        expect(book.size).toBe(1);
      }),
    );
  });

  it('refuses when it is full, for all keys together, until there is room again', () => {
    const book = createReplayBook(10);
    const use = (thumbprint: string, n: number, now = start) =>
      book.remember({ thumbprint, jti: `${n}`, issuedAt: now }, now);
    const numbers = Array.from({ length: 5 }, (_unused, n) => n);
    for (const key of ['a', 'b']) expect(numbers.map((n) => use(key, n))).not.toContain('full');
    expect([use('a', 9), use('b', 9), use('c', 0)]).toEqual(['full', 'full', 'full']);
    expect(book.size).toBe(10);
    expect(numbers.map((n) => use('a', n))).toEqual(numbers.map(() => 'used'));
    expect(use('c', 0, start + 2 * window)).toBe('fresh');
    expect(use('a', 0, start + 2 * window)).toBe('fresh');
  });
});
