import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordSchema } from '#kernel/record.ts';
import type { EventSink, ExportedRecord, ExportForm } from './event-sink.ts';

/** The receiver that a sink is given, as its documentation says that it behaves. */
export interface ReceiverUnderTest {
  readonly sink: EventSink;
  /** Keys that it has, in the order in which they came, each as often as it came. */
  received(): Promise<readonly string[]>;
  /** From now on: as usual, not there, late and overloaded, or with an answer that is none. */
  behave(how: 'well' | 'away' | 'busy' | 'garbage'): Promise<void>;
  /** It will never take this one; undefined where no receiver of this kind refuses a single record. */
  readonly refuse: ((key: string) => Promise<void>) | undefined;
  /** Where it takes a record once, however often it comes. */
  readonly takesOnce: boolean;
  close(): Promise<void>;
}

const origin = 'bailiwick.local/main/standard/gateway-1';

/** A record as it is exported, with a body that is hostile to whoever writes lines. */
export function exportedRecord(index: number, form: ExportForm = 'record'): ExportedRecord {
  const record = {
    type: 'gateway.noticed',
    schema: recordSchema,
    id: `0199c0de-0000-7000-8000-${String(index).padStart(12, '0')}`,
    time: '2026-11-27T12:00:00.000Z',
    monotonicUs: index,
    writer: 'gateway-1',
    sequence: index,
    tenant: 'main',
    actors: [{ kind: 'agent', name: 'a|b=c\\d "e"' }],
    details: { text: 'x\n<y>\u2028 ü 🛂 ]]>' },
  } as const;
  const key = `${origin}#${index}#${record.id}`;
  return { key, origin, index, record, body: JSON.stringify(record), form };
}

const batchOf = (from: number, count: number): readonly ExportedRecord[] =>
  Array.from({ length: count }, (_, at) => exportedRecord(from + at));
const keysOf = (batch: readonly ExportedRecord[]) => batch.map(({ key }) => key);

/** The promises of `contracts/event-sink`. */
export function describeEventSink(name: string, make: () => Promise<ReceiverUnderTest>): void {
  describe(`the event sink contract, kept by ${name}`, () => {
    let of: ReceiverUnderTest;
    beforeEach(async () => {
      of = await make();
    });
    afterEach(async () => {
      await of.sink.close();
      await of.close();
    });
    const send = (batch: readonly ExportedRecord[]) =>
      of.sink.send(batch, new AbortController().signal);

    it('delivers a batch whole, in order, each record by its key [SYS-075]', async () => {
      const batches = [batchOf(0, 5), batchOf(5, 1), batchOf(6, 7)];
      for (const batch of batches) {
        expect(await send(batch)).toEqual({ settled: batch.length, never: [] });
      }
      expect(await of.received()).toEqual(keysOf(batches.flat()));
    });

    it('takes one record alone that is as large as records become', async () => {
      const large = { ...exportedRecord(0), body: JSON.stringify({ text: 'x'.repeat(65_000) }) };
      expect(await send([large])).toEqual({ settled: 1, never: [] });
    });

    for (const how of ['away', 'busy', 'garbage'] as const) {
      it(`settles nothing while the receiver is ${how}, says why, and all of it once it is back`, async () => {
        const batch = batchOf(0, 3);
        await of.behave(how);
        const answer = await send(batch);
        expect(answer).toMatchObject({ settled: 0, never: [] });
        expect(answer.later?.why).toMatch(/\w/);
        await of.behave('well');
        expect(await send(batch)).toEqual({ settled: 3, never: [] });
        expect([...new Set(await of.received())]).toEqual(keysOf(batch));
      });
    }

    it('may be given a batch again; the keys are the same, and where it takes each once there is one', async () => {
      const batch = batchOf(0, 4);
      await send(batch);
      expect(await send(batch)).toEqual({ settled: 4, never: [] });
      const received = await of.received();
      expect(new Set(received)).toEqual(new Set(keysOf(batch)));
      expect(received).toHaveLength(of.takesOnce ? 4 : 8);
    });

    it('gives up a record alone that the receiver never takes, and delivers the rest', async () => {
      if (of.refuse === undefined) return expect(of.takesOnce).toBe(false);
      const batch = batchOf(0, 9);
      await of.refuse(batch[3]?.key ?? '');
      await of.refuse(batch[8]?.key ?? '');
      const answer = await send(batch);
      expect(answer.settled).toBe(9);
      expect(answer.later).toBeUndefined();
      expect(answer.never.map(({ at }) => at)).toEqual([3, 8]);
      // What a receiver wrote may repeat what it was sent, and ends in a record.
      for (const { why } of answer.never) expect(why).not.toContain('echo');
      const rest = batch.filter((_, at) => at !== 3 && at !== 8);
      expect(new Set(await of.received())).toEqual(new Set(keysOf(rest)));
    });

    it('answers at once when it is told to stop', async () => {
      const stopped = AbortSignal.abort();
      const answer = await of.sink.send(batchOf(0, 2), stopped);
      expect(answer.settled === 0 ? answer.later?.why : 'all').toMatch(/\w/);
    });
  });
}
