import { describe, expect, it } from 'vitest';
import type { RecordDraft, RecordEnvelope } from '#kernel/record.ts';
import { countGroups, isGroupField } from './count-groups.ts';

const judge = {
  refused: ({ refusal }: RecordEnvelope) => refusal !== undefined,
  isBackground: () => false,
};
const record = (time: string, more: Partial<RecordDraft> = {}) =>
  ({
    type: 'policy.outcome',
    tenant: 'main',
    actors: [],
    time,
    ...more,
  }) as unknown as RecordEnvelope;
const target = (name: string) => ({
  target: { target: `tool:billing/${name}`, digest: 'd', effectClass: 'write' as const },
});

describe('records that are counted', () => {
  it('are counted by what a query would find them by, and by nothing where they have none [AUD-15]', () => {
    const records = [
      record('2026-11-27T08:00:00.000Z', { ...target('refund'), effect: 'done' }),
      record('2026-11-27T09:00:00.000Z', { ...target('refund'), effect: 'done' }),
      record('2026-11-28T09:00:00.000Z', { ...target('refund'), effect: 'unknown' }),
    ];
    expect(countGroups(records, ['tool', 'outcome'], judge)).toEqual([
      { values: ['billing/refund', 'done'], count: 2 },
      { values: ['billing/refund', 'unknown'], count: 1 },
    ]);
    // A query finds it as none and as refused, by what was meant and by what its caller wrote: it is one.
    const refused = {
      refusal: { stage: 'decide', code: 'c', message: '' },
      effect: 'none',
    } as const;
    const no = record('2026-11-27T08:00:00.000Z', {
      ...target('refund'),
      ...refused,
      named: 'x.y',
    });
    expect(countGroups([no], ['tool', 'outcome', 'decision'], judge)).toEqual([
      { values: ['billing/refund', 'refused', 'deny'], count: 1 },
    ]);
    expect(countGroups(records, ['day', 'code'], judge)).toEqual([
      { values: ['2026-11-27', null], count: 2 },
      { values: ['2026-11-28', null], count: 1 },
    ]);
    expect(countGroups(records, ['action'], judge)).toEqual([
      { values: ['policy.outcome'], count: 3 },
    ]);
  });

  it('count for each value where they have several', () => {
    const labels = { in: ['pii', 'untrusted'], out: [] } as unknown as NonNullable<
      RecordDraft['labels']
    >;
    const one = record('2026-11-27T08:00:00.000Z', { labels });
    expect(countGroups([one], ['label'], judge)).toEqual([
      { values: ['pii'], count: 1 },
      { values: ['untrusted'], count: 1 },
    ]);
  });

  it('are counted by fields of a query and by days, and by no other word', () => {
    expect(['tool', 'day', 'outcome'].every(isGroupField)).toBe(true);
    expect(['since', 'is_action', 'toString'].some(isGroupField)).toBe(false);
  });
});
