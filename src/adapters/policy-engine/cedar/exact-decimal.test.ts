import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from './compiled/index.ts';
import { decimalText, exactDecimal } from './exact-decimal.ts';

describe('a number as a decimal', () => {
  it('is what its text says, for any number at all [POL-16]', () => {
    const near = fc
      .tuple(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), fc.integer({ min: 0, max: 6 }))
      .map(([digits, places]) => Number(`${digits}e-${places}`));
    fc.assert(
      fc.property(fc.oneof(near, fc.double(), fc.integer()), (value) => {
        const text = decimalText(value);
        const told = text === undefined ? undefined : parseDecimal(text);
        expect(exactDecimal(value)).toEqual(told);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    [0, 0],
    [-0, 0],
    [0.1, 1_000],
    [-12.3456, -123_456],
    [1e-4, 1],
    [99_999_999_999.9999, 999_999_999_999_999],
    [922_337_203_685_477, 9_223_372_036_854_770_000n],
  ])('%d is %s ten-thousandths', (value, units) => {
    expect(exactDecimal(value)?.units).toBe(units);
  });

  it.each([1e-5, 0.123_45, 922_337_203_685_478, 1e21, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is none',
    (value) => {
      expect(exactDecimal(value)).toBeUndefined();
      expect(decimalText(value)).toBeUndefined();
    },
  );
});
