import { describe, expect, it } from 'vitest';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { FoundPlace, RecordAnswer } from '#planes/query/index.ts';
import { draftOf } from '../../test/fakes/record-drafts.ts';
import { toldRecords } from './told-records.ts';

const task = '0190a0b0-0000-7000-8000-000000000001';
const question = { tenant: 'main', task, since: 0, after: undefined };

/** Records of a log, as its index finds them, and what is sealed with them. */
function world(over: { readonly handedOn?: boolean; readonly complete?: number } = {}) {
  const asked: { query: string; cursor: string | undefined }[] = [];
  const found: FoundPlace[] = [];
  const bodies = new Map<string, Buffer | undefined | Error>();
  const add = (type: 'policy.intent' | 'policy.outcome', more: object, body?: Buffer | Error) => {
    const id = `r${found.length}`;
    const record = { ...draftOf(type), id, writer: 'g', time: '2026-01-01T00:00:00Z', ...more };
    found.push({ origin: 'o', index: found.length, record: record as unknown as RecordEnvelope });
    bodies.set(id, body);
  };
  const told = toldRecords({
    queries: {
      ask: async ({ query, cursor, most }) => {
        asked.push({ query, cursor });
        const from = Number(cursor ?? 0);
        const next = from + most < found.length ? String(from + most) : undefined;
        const reach = [{ origin: 'o', size: 9, complete: over.complete ?? 9 }];
        const records = found.slice(from, from + most);
        return { records, next, reach, unreadable: 0 } as unknown as RecordAnswer;
      },
    },
    reader: {
      payload: async ({ record }: FoundPlace) => {
        const body = bodies.get(record.id);
        if (body instanceof Error) throw body;
        return body;
      },
    },
    isHandedOn: async () => over.handedOn === true,
  });
  return { told, add, asked };
}

describe('what a task was told, from the logs', () => {
  it('is opened in its order, page by page, none twice and none left out [SEM-05]', async () => {
    const { told, add } = world();
    const large = Buffer.alloc(300_000, 'x');
    for (let at = 0; at < 300; at += 1)
      add('policy.outcome', {}, at % 40 === 0 ? large : Buffer.from(`${at}`));
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const page = await told.of({ ...question, after });
      expect(page.isWhole).toBe(true);
      const chars = page.records.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
      expect(chars).toBeLessThan(1_048_576 + 300_001);
      ids.push(...page.records.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(ids).toEqual(Array.from({ length: 300 }, (_, at) => `r${at}`));
  });

  it('is named without its words where they were erased, or only a part of them was told', async () => {
    const { told, add } = world();
    add('policy.outcome', {}, new Error('erased'));
    add('policy.outcome', { details: { pages: 3, heldBack: { bytes: 9 } } }, Buffer.from('page 1'));
    add('policy.outcome', {}, Buffer.from('all of it'));
    const { records } = await told.of(question);
    expect(records.map(({ text }) => text)).toEqual([undefined, undefined, 'all of it']);
  });

  it.each([
    ['a log has more than was looked through', { complete: 8 }],
    ['its work was handed on', { handedOn: true }],
  ])('is not whole where %s [SEM-05]', async (_, over) => {
    const { told, add } = world(over);
    add('policy.outcome', {}, Buffer.from('x'));
    const page = await told.of(question);
    expect([page.isWhole, page.records.length]).toEqual([false, 1]);
  });

  it.each(['t" OR task:"u', 't\n', '', 'x'.repeat(300), 'tâche'])(
    'is nothing, and not whole, of a name that says more than a name: %j',
    async (name) => {
      const { told, asked } = world();
      expect(await told.of({ ...question, task: name })).toEqual({
        records: [],
        next: undefined,
        isWhole: false,
      });
      expect(asked).toEqual([]);
    },
  );
});
