import { describe, expect, it } from 'vitest';
import { idTime } from '#kernel/ids.ts';
import { RecordIds } from './record-ids.ts';

const times = (ids: RecordIds, now: number, count: number) =>
  Array.from({ length: count }, () => idTime(ids.next(now)));

describe('ids of records', () => {
  it('never go back, though the clock does', () => {
    const ids = new RecordIds();
    const made = [...times(ids, 1_000, 3), ...times(ids, 400, 3), ...times(ids, 2_000, 1)];
    expect(made).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 2_000]);
  });

  it('go on behind those of an earlier life whose clock had jumped ahead', () => {
    const ids = new RecordIds(9_000);
    expect(times(ids, 1_000, 2)).toEqual([9_001, 9_001]);
  });

  it('are spread, 64 to a millisecond, so that the time alone orders them across a bundle', () => {
    const ids = new RecordIds();
    const made = times(ids, 1_000, 200);
    expect(made[63]).toBe(1_000);
    expect(made[64]).toBe(1_001);
    expect(made[199]).toBe(1_003);
  });
});
