import { describe, expect, it } from 'vitest';
import type { Place, RecordIndex } from '#contracts/record-index.ts';
import type { LogReader } from '#contracts/log-store.ts';
import { limits } from '#kernel/limits.ts';
import { type RecordEnvelope, recordSchema } from '#kernel/record.ts';
import { isoTime, ManualClock } from '#kernel/time.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { answerQuestion } from './answer-question.ts';
import type { RecordQuestion } from './door.ts';
import { restAfter } from './index-keeper.ts';

const origin = 'log/main';

/** As many records as are asked for, one a millisecond, and an index that proposes each of them for everything. */
function manyRecords(
  size: number,
  over: { readonly clock?: ManualClock; readonly onLook?: () => void } = {},
) {
  const clock = over.clock ?? new ManualClock();
  let looked = 0;
  const places = (after: Place | undefined, most: number): Place[] => {
    over.onLook?.();
    const first = after === undefined ? size - 1 : after.index - 1;
    const count = Math.min(most, first + 1);
    looked += count;
    return Array.from({ length: count }, (_, at) => ({
      at: first - at,
      log: 1,
      index: first - at,
    }));
  };
  const index: RecordIndex = {
    logs: () => [{ number: 1, origin, size, proved: size, edge: new Uint8Array(0), begins: 0 }],
    add: () => undefined,
    hint: () => undefined,
    forget: () => undefined,
    places: (_term, _span, { after, most }) => places(after, most),
    has: (term) => !term.endsWith(':nobody'),
    count: (_term, _span, most) => Math.min(size, most),
    check: () => ({ postings: size, isWhole: true }),
    close: () => undefined,
  };
  const record: RecordEnvelope = {
    ...draftOf('policy.intent'),
    schema: recordSchema,
    id: 'id',
    time: isoTime(0),
    monotonicUs: 0,
    writer: 'w',
    sequence: 1,
  };
  const reader: LogReader = {
    begins: () => 0,
    leaves: () => [],
    head: () => ({ origin, size, root: new Uint8Array(32) }),
    entry: () => Buffer.from('leaf'),
    range: (from, to) =>
      Array.from({ length: to - from }, (_, at) => ({
        index: from + at,
        bytes: Buffer.from('leaf'),
      })),
    provenEntries: (indices) => indices.map((index) => ({ index, bytes: reader.entry(index) })),
    find: () => undefined,
    proof: (at) => Buffer.from(`proof of ${at}`),
    payload: () => undefined,
  };
  const parts = {
    index,
    logs: [{ tenant: 'main', origin, reader }],
    parse: () => record,
    judge: { refused: () => false, isBackground: () => false },
    clock,
    turn: () => Promise.resolve(),
  };
  const ask = (query: string, more: Partial<RecordQuestion> = {}) =>
    answerQuestion(parts, {
      tenant: 'main',
      query,
      view: undefined,
      newestFirst: true,
      most: 10,
      cursor: undefined,
      counted: false,
      ...more,
    });
  return { ask, looked: () => looked, clock, parts };
}

describe('one page of an answer', () => {
  it('over ten million records of which none fits looks at auditQueryCandidates of them, and says how far it came', async () => {
    const { ask, looked } = manyRecords(10_000_000);
    const first = await ask('-agent:nobody agent:nobody');
    expect(first.records).toEqual([]);
    expect(looked()).toBeLessThanOrEqual(limits.auditQueryCandidates + 1_024);
    expect(first.lookedTo).toBe(isoTime(10_000_000 - looked()));
    const second = await ask('-agent:nobody agent:nobody', { cursor: first.next });
    expect(second.lookedTo).toBe(isoTime(10_000_000 - looked()));
  });

  it('of what is not what was asked for tells nothing, whatever the index says', async () => {
    const { ask } = manyRecords(2_000);
    expect(await ask('agent:somebody-else')).toMatchObject({ records: [], next: undefined });
  });

  it('is no longer than auditQueryRows, and ends after auditQueryMs with what it has', async () => {
    const { ask, parts, clock } = manyRecords(5_000);
    const full = await ask('', { most: 5_000 });
    expect(full.records).toHaveLength(limits.auditQueryRows);
    expect(full.lookedTo).toBeUndefined();
    const slow = { ...parts, parse: parts.parse };
    slow.parse = () => {
      clock.advance(limits.auditQueryMs / 100);
      return parts.parse();
    };
    const question = { tenant: 'main', query: '', view: undefined, cursor: undefined };
    const cut = await answerQuestion(slow, {
      ...question,
      newestFirst: true,
      most: 1_000,
      counted: false,
    });
    expect(cut.records.length).toBeLessThan(200);
    expect(cut.next).toBeDefined();
    expect(cut.lookedTo).toBeDefined();
  });

  it('counts to auditCountedRecords, and refuses to count more', async () => {
    const counted = await manyRecords(limits.auditCountedRecords).ask('', { counted: true });
    expect(counted.count).toBe(limits.auditCountedRecords);
    await expect(
      manyRecords(limits.auditCountedRecords + 1_000).ask('', { counted: true }),
    ).rejects.toMatchObject({ code: 'audit/query-too-costly' });
  });

  it('counts no longer than auditQueryMs, and refuses what takes longer', async () => {
    const clock = new ManualClock();
    const { ask } = manyRecords(20_000, {
      clock,
      onLook: () => clock.advance(limits.auditQueryMs / 10),
    });
    await expect(ask('', { counted: true, most: 1 })).rejects.toMatchObject({
      code: 'audit/query-too-costly',
    });
  });

  it('has the leaf of each record, and its proof, where they are asked for', async () => {
    const { ask } = manyRecords(3);
    const { records } = await ask('', { proven: 'full', most: 1 });
    expect(records).toEqual([expect.objectContaining({ leaf: 'leaf', proof: 'proof of 2' })]);
    expect((await ask('', { proven: 'leaf', most: 1 })).records[0]).not.toHaveProperty('proof');
  });
});

describe('the follower', () => {
  it('rests for auditIndexMs only when there is nothing more', () => {
    expect([restAfter(1), restAfter(0)]).toEqual([0, limits.auditIndexMs]);
  });
});
