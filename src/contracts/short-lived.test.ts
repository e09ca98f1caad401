import { GCProfiler } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { ShortLived } from './short-lived.ts';

const open = 32;

/** Each keeps some ten kilobytes; answers how many bytes moved to the old space for each of them. */
function keptFor(
  calls: number,
  keep: (key: string, call: object) => void,
  drop: (key: string) => void,
) {
  const begin = (n: number) => {
    keep(`c-${n}`, { big: Array.from({ length: 400 }, (_, i) => ({ i })) });
    if (n >= open) drop(`c-${n - open}`);
  };
  const profiler = new GCProfiler();
  profiler.start();
  for (let n = 0; n < calls; n += 1) begin(n);
  const { statistics } = profiler.stop();
  const young = statistics.filter(({ gcType }) => gcType === 'Scavenge');
  const moved = young.reduce((sum, { beforeGC, afterGC }) => {
    const old = (at: typeof afterGC) =>
      at.heapSpaceStatistics.find(({ spaceName }) => spaceName === 'old_space')?.spaceUsedSize ?? 0;
    return sum + old(afterGC) - old(beforeGC);
  }, 0);
  return { collections: young.length, movedBytes: moved / calls };
}

describe('what comes and goes with every call', () => {
  it('is freed by the collections of young objects, however long the others go on', () => {
    const all = new ShortLived<string, object>();
    const seen = keptFor(
      20_000,
      (key, call) => all.set(key, call),
      (key) => all.delete(key),
    );
    expect(seen.collections).toBeGreaterThan(3);
    // What is open when it is collected moves, and hardly more.
    expect(seen.movedBytes).toBeLessThan(2_000);
    expect(all.size).toBe(open);
  });

  it('is found under its key as in any Map', () => {
    const all = new ShortLived<number, { readonly name: string }>();
    all.set(1, { name: 'one' });
    all.set(2, { name: 'two' });
    all.set(1, { name: 'another' });
    expect([all.size, all.get(1)?.name, all.get(3), all.has(2)]).toEqual([
      2,
      'another',
      undefined,
      true,
    ]);
    expect(all.keys()).toEqual([1, 2]);
    expect(all.values().map(({ name }) => name)).toEqual(['another', 'two']);
    expect([all.delete(1), all.delete(1), all.size]).toEqual([true, false, 1]);
    all.clear();
    expect([all.size, all.values()]).toEqual([0, []]);
  });
});
