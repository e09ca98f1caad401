import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockJumpMs, forwardOnly, isoTime } from './time.ts';

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

describe('a clock that only goes forward, whatever the machine`s does [D-15]', () => {
  const machine = { wall: 1_000_000, monotonic: 0 };
  const make = () => {
    [machine.wall, machine.monotonic] = [1_000_000, 0];
    const clock = forwardOnly({ now: () => machine.wall, monotonic: () => machine.monotonic });
    const pass = (ms: number, by = 0): number => {
      machine.monotonic += ms;
      machine.wall += ms + by;
      return clock.now() - 1_000_000;
    };
    return { clock, pass };
  };

  it('is that of the machine, also where it leaps ahead', () => {
    const { pass } = make();
    expect([pass(10), pass(10, 500), pass(10)]).toEqual([10, 520, 530]);
    expect(pass(0, 3_600_000)).toBe(3_600_530);
  });

  it('stands still where the machine goes back by little, until it is there again', () => {
    const { pass } = make();
    expect([pass(5_000), pass(100, -clockJumpMs), pass(1_000)]).toEqual([5_000, 5_000, 5_000]);
    expect(pass(1_000)).toBe(5_100);
  });

  it('goes on by the time that only grows where the machine goes back by more, and comes back to it', () => {
    const { pass } = make();
    pass(5_000);
    expect(pass(0, -3_600_000)).toBe(5_000);
    // What was to end in a minute ends in a minute.
    expect([pass(30_000), pass(30_000), pass(1)]).toEqual([35_000, 65_000, 65_001]);
    expect(pass(0, -10_000)).toBe(65_001);
    expect(pass(999, 3_700_000)).toBe(156_000);
    expect(pass(1)).toBe(156_001);
  });
});
