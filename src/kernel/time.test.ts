import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from './time.ts';

describe('the time of records', () => {
  it('is what a date says of it, in whatever order it is asked', () => {
    const near = fc.integer({ min: 1_790_000_000_000, max: 1_790_000_003_000 });
    const any = fc.integer({ min: -8.64e15, max: 8.64e15 });
    const odd = fc.constantFrom(
      0,
      -0,
      -1,
      -999,
      -1000,
      0.5,
      1_790_000_000_000.7,
      8.64e15,
      -8.64e15,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(near, near, any, odd), { minLength: 1 }), (times) => {
        for (const time of times) expect(isoTime(time)).toBe(new Date(time).toISOString());
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, -8.64e15 - 1])(
    'refuses %d, also twice',
    (time) => {
      isoTime(0);
      expect(() => isoTime(time)).toThrow(RangeError);
      expect(() => isoTime(time)).toThrow(RangeError);
      expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
    },
  );
});
