import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { traceBegunBy } from '#kernel/trace.ts';
import { createTermNumbers } from './term-numbers.ts';

const numbers = createTermNumbers(new Uint8Array(16).fill(7));
const begun = 1_790_000_000_000;
const aMoment = 60_000;

describe('the number of a term', () => {
  it('lies beside those of the same moment where the term is an id that begins with its time', () => {
    const of = (at: number) => {
      const call = newId(at);
      return [numbers.of(`call:${call}`), numbers.of(`trace:${traceBegunBy(call)}`)];
    };
    const moments = Array.from({ length: 20 }, (_, at) => of(begun + at * aMoment));
    for (const [at, found] of moments.entries()) {
      const next = moments[at + 1] ?? [Number.MAX_SAFE_INTEGER];
      expect(Math.max(...found)).toBeLessThan(Math.min(...next));
      expect(found.every(Number.isSafeInteger)).toBe(true);
    }
  });

  it('is another one for each of many ids of one moment, and the same one whenever it is asked for', () => {
    const terms = Array.from({ length: 2_000 }, () => `call:${newId(begun)}`);
    const again = createTermNumbers(new Uint8Array(16).fill(7));
    const found = terms.map((term) => numbers.of(term));
    expect(new Set(found).size).toBeGreaterThanOrEqual(terms.length - 5);
    expect(terms.map((term) => again.of(term))).toEqual(found);
  });

  it('says nothing but a salted digest of any other term', () => {
    const other = createTermNumbers(new Uint8Array(16).fill(8));
    for (const term of [
      'all',
      'agent:refund-bot',
      `trace:${'ab'.repeat(16)}`,
      `call:${randomUUID()}`,
    ]) {
      expect(numbers.of(term)).toBeLessThan(2 ** 48);
      expect(numbers.of(term)).not.toBe(other.of(term));
    }
  });
});
