import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { runInSlices, runNow, type Steps } from './slices.ts';

function* work(steps: number, step: () => void): Steps<string> {
  for (let at = 0; at < steps; at += 1) {
    step();
    yield undefined;
  }
  return 'made';
}

describe('long work in small steps', () => {
  it('lets others have a turn after `policySliceMs`, and goes on where it was', async () => {
    let now = 0;
    let done = 0;
    const turns: number[] = [];
    const steps = work(limits.policySliceMs * 3, () => {
      now += 1;
      done += 1;
    });
    const pause = async () => void turns.push(done);
    expect(await runInSlices(steps, { now: () => now, pause })).toBe('made');
    const slice = limits.policySliceMs;
    expect(turns).toEqual([slice, slice * 2, slice * 3]);
  });

  it('is done at once where nobody waits, with no turn in between', () => {
    let done = 0;
    expect(runNow(work(1_000, () => (done += 1)))).toBe('made');
    expect(done).toBe(1_000);
  });

  it('tells a fault to whoever runs it', async () => {
    const failing = work(1, () => {
      throw new Error('gone');
    });
    await expect(runInSlices(failing)).rejects.toThrow('gone');
  });
});
