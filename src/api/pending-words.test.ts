import { describe, expect, it } from 'vitest';
import type { RecentAnnotation } from '#planes/audit/index.ts';
import type { FoundAnnotation } from '#planes/query/index.ts';
import { withPending } from './pending-words.ts';

const recent = (id: string, about: string, withdraws = false): RecentAnnotation => ({
  id,
  annotates: { kind: 'record', id: about },
  time: '2026-11-27T08:00:00Z',
  by: 'ann',
  note: 'n',
  withdraws,
});
const indexed = (id: string, about: string) =>
  ({ record: { id }, annotates: { kind: 'record', id: about } }) as unknown as FoundAnnotation;
const shown = { records: ['r'], tasks: ['t'] };

describe('later words that no index has yet', () => {
  it('are told beside those that it has, each once, with what is about them again [AUD-20]', () => {
    const ofTask = { ...recent('c', 't'), annotates: { kind: 'task', id: 't' } } as const;
    const words = [recent('a', 'r'), recent('b', 'a'), ofTask, recent('x', 'other')];
    const told = withPending([indexed('a', 'r')], words, shown);
    expect(told.annotations.map(({ record }) => record.id)).toEqual(['a']);
    expect(told.pending.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('take back at once: nothing withdrawn is told as standing [AUD-20]', () => {
    const told = withPending([indexed('a', 'r')], [recent('w', 'a', true)], shown);
    expect(told.annotations).toMatchObject([{ record: { id: 'a' }, withdrawnBy: 'w' }]);
    expect(told.pending).toMatchObject([{ id: 'w', withdraws: true }]);
  });
});
