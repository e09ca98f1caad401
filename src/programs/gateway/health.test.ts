import { describe, expect, it } from 'vitest';
import { waitedUs } from './health.ts';

describe('how long the loop let others wait', () => {
  it('is told without the interval of the timer that looks', () => {
    expect(waitedUs(5_000_000)).toBe(0);
    expect(waitedUs(12_000_000)).toBe(7_000);
  });

  it('is never less than nothing, because a timer may come early', () => {
    expect(waitedUs(4_000_000)).toBe(0);
  });
});
