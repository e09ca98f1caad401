import { describe, expect, it } from 'vitest';
import { countsOf, createCallCounts } from './index.ts';

describe('what became of the calls of a gateway', () => {
  it('is counted by outcome, by the stage that refused and by how long it took', () => {
    const counts = createCallCounts();
    for (let at = 0; at < 4; at += 1) counts.begun();
    counts.ended('result', 0.4);
    counts.ended('result', 3);
    counts.ended('refused', 90_000);
    counts.refused('decide');
    const told = countsOf(counts.told());
    expect(told).toMatchObject({ open: 1, count: 3, sumMs: 90_003.4 });
    expect(told.calls).toEqual([
      ['result', 2],
      ['refused', 1],
    ]);
    expect(told.refusals).toEqual([['decide', 1]]);
    expect(told.within.slice(0, 3)).toEqual([
      [1, 1],
      [2, 1],
      [5, 2],
    ]);
    // What took longer than the last step stands in the count alone.
    expect(told.within.at(-1)).toEqual([60_000, 2]);
  });

  it('is read for as much as can be read, whatever a gateway says', () => {
    const none = { calls: [], refusals: [], sumMs: 0, count: 0, open: 0 };
    expect(countsOf({})).toMatchObject(none);
    expect(countsOf({ counts: 'junk' })).toMatchObject(none);
    const junk = { calls: { 'a"} 1\n': 5, Ok: 1, result: -1 }, within: ['x', null], sumMs: 'y' };
    expect(countsOf({ counts: junk })).toMatchObject({ ...none, calls: [['result', 0]] });
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_unused, at) => [
        `a${'b'.repeat(at % 30)}-${'c'.repeat(at % 7)}`,
        1,
      ]),
    );
    expect(countsOf({ counts: { calls: many } }).calls.length).toBeLessThanOrEqual(32);
  });
});
