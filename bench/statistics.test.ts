import { describe, expect, it } from 'vitest';
import { median, quantile, ratios, spreadOf } from './statistics.ts';

describe('the figures of several rounds', () => {
  it('are told by their middle, their lowest and their highest', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3, rounds: 3 });
    expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
  });

  it('leave out a round in which nothing could be measured, and say how many are left', () => {
    expect(spreadOf([Number.NaN, 5])).toEqual({ median: 5, low: 5, high: 5, rounds: 1 });
    expect(spreadOf([]).median).toBeNaN();
  });

  it('do not change the order of the rounds that they are made of', () => {
    const rounds = [3, 1, 2];
    median(rounds);
    expect(rounds).toEqual([3, 1, 2]);
  });

  it('are divided round by round before the middle is taken', () => {
    // Both sides were slow in the second round: the ratio does not notice.
    expect(spreadOf(ratios([200, 2_000, 220], [100, 1_000, 100])).median).toBe(2);
    expect(ratios([1, 2, 3], [1, 0])).toEqual([1]);
  });

  it('give the value below which a share of the calls lies', () => {
    const sorted = Array.from({ length: 100 }, (_, at) => at);
    expect(quantile(sorted, 0.99)).toBe(99);
    expect(quantile(sorted, 0.5)).toBe(50);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
