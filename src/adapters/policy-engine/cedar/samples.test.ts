import { beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createSamples, type Samples } from './samples.ts';

let now: number;
let samples: Samples;

beforeEach(() => {
  now = 0;
  samples = createSamples(() => now);
});

function dueOf(calls: number, kind = 'rule'): number[] {
  const due: number[] = [];
  for (let call = 1; call <= calls; call += 1) if (samples.isDue('tool', kind)) due.push(call);
  return due;
}

describe('decisions that are asked of the reference implementation too', () => {
  it('are the first of each kind, and then ever fewer [POL-21]', () => {
    expect(dueOf(20)).toEqual([1, 2, 4, 8, 16]);
    expect(dueOf(3, 'another')).toEqual([1, 2]);
    expect(samples.isDue('another tool', 'rule')).toBe(true);
  });

  it('are one every `policySampleMs`, however many were of its kind before', () => {
    dueOf(100);
    expect(dueOf(10)).toEqual([]);
    now += limits.policySampleMs - 1;
    expect(dueOf(10)).toEqual([]);
    now += 1;
    expect(dueOf(5)).toEqual([1]);
  });

  it('take `policySampleBurstMs` at once and `policySampleMsPerSecond` in the mean, whatever is asked', () => {
    let kinds = 0;
    let took = 0;
    const run = (calls: number, ms: number): void => {
      for (let call = 0; call < calls; call += 1) {
        kinds += 1;
        if (!samples.isDue('tool', `${kinds}`)) continue;
        samples.spent(ms);
        took += ms;
      }
    };
    run(10_000, 2);
    expect(took).toBeLessThanOrEqual(limits.policySampleBurstMs + 2);
    expect(took).toBeGreaterThan(limits.policySampleBurstMs / 2);
    took = 0;
    for (let second = 0; second < 100; second += 1) {
      now += 1_000;
      run(100, 2);
    }
    expect(took).toBeLessThanOrEqual(100 * limits.policySampleMsPerSecond + 2);
    expect(took).toBeGreaterThan(50 * limits.policySampleMsPerSecond);
  });

  it('stay due while there is nothing left to ask them with', () => {
    samples.isDue('tool', 'dear');
    samples.spent(limits.policySampleBurstMs + limits.policySampleMsPerSecond);
    expect(samples.isDue('tool', 'late')).toBe(false);
    now += 10_000;
    expect(samples.isDue('tool', 'late')).toBe(true);
  });

  it('are of `policySampleKinds` kinds; beyond, all are forgotten and memory stays as it is', () => {
    expect(samples.isDue('tool', 'first')).toBe(true);
    for (let kind = 1; kind < limits.policySampleKinds; kind += 1) {
      now += 1_000;
      samples.isDue('tool', `${kind}`);
    }
    for (const due of [true, false, true, false]) expect(samples.isDue('tool', 'first')).toBe(due);
    now += limits.policySampleMs;
    samples.isDue('tool', 'one more');
    expect(dueOf(4, 'first')).toEqual([1, 2, 4]);
  });
});
