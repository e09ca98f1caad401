import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';
import type { Checks, Verdict } from './suite.ts';

const checks = (verdicts: Readonly<Record<string, Verdict>>): Checks =>
  new Map(Object.entries(verdicts).map(([name, verdict]) => [name, { verdict, why: 'said' }]));

describe('what is lost on the way through the gateway', () => {
  it('is a check that was good and is not, or is not reached any more', () => {
    const direct = checks({
      'a:1': 'SUCCESS',
      'a:2': 'SUCCESS',
      'b:1': 'SUCCESS',
      'b:2': 'SUCCESS',
    });
    const through = checks({ 'a:1': 'SUCCESS', 'a:2': 'FAILURE', 'b:1': 'SKIPPED' });
    const { kept, lost } = compare(direct, through, []);
    expect(kept).toBe(1);
    expect(lost.map(({ check, through: now }) => [check, now])).toEqual([
      ['a:2', 'FAILURE'],
      ['b:1', 'SKIPPED'],
      ['b:2', 'absent'],
    ]);
  });

  it('is also what only the way through fails, but not what its server fails by itself', () => {
    const direct = checks({ 'a:1': 'FAILURE', 'a:2': 'WARNING' });
    const through = checks({ 'a:1': 'FAILURE', 'a:2': 'WARNING', 'a:3': 'FAILURE', 'a:4': 'INFO' });
    expect(compare(direct, through, []).lost.map(({ check }) => check)).toEqual(['a:3']);
  });

  it('is excused by a written reason, and a reason that is not needed any more is told', () => {
    const direct = checks({ 'a:1': 'SUCCESS', 'a:2': 'SUCCESS' });
    const through = checks({ 'a:1': 'FAILURE', 'a:2': 'SUCCESS' });
    const baseline = ['a:1', 'a:2', 'c:9'].map((check) => ({ check, reason: 'not served' }));
    const { excused, lost, stale } = compare(direct, through, baseline);
    expect(excused).toMatchObject([{ check: 'a:1', reason: 'not served', why: 'said' }]);
    expect([lost, stale]).toEqual([[], ['a:2', 'c:9']]);
  });
});
