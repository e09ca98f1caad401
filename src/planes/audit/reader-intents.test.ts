import { describe, expect, it } from 'vitest';
import type { LogReader } from '#contracts/log-store.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { markIntents } from './intent-marks.ts';
import { parseRecord } from './parse-record.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createAuditReader, type ReadableLog } from './reader.ts';
import { findOpenIntents } from './reader-intents.ts';
import { createRecorder } from './recorder.ts';

function logOf(size: number, entry: (index: number) => Uint8Array): ReadableLog {
  const origin = 'audit.example.com/main/standard/gateway-1';
  const reader: LogReader = {
    begins: () => 0,
    leaves: () => [],
    head: () => ({ origin, size, root: new Uint8Array(32) }),
    entry,
    range: (from, to) =>
      Array.from({ length: Math.max(0, to - from) }, (_, i) => {
        return { index: from + i, bytes: entry(from + i) };
      }),
    provenEntries: (indices) => indices.map((index) => ({ index, bytes: reader.entry(index) })),
    find: () => undefined,
    proof: () => new Uint8Array(),
    payload: () => undefined,
  };
  return { tenant: 'main', origin, reader };
}

interface Plain {
  readonly id: string;
  readonly type: string;
  readonly intent?: string;
  readonly effect?: string;
  readonly tool?: JsonObject;
  readonly details?: JsonObject;
}

function leaf({ id, ...record }: Plain): Buffer {
  return canonicalBytes({
    ...record,
    id,
    schema: 1,
    tenant: 'main',
    time: '2026-11-26T00:00:00.000Z',
    writer: 'gateway-1',
    monotonicUs: 0,
    sequence: 1,
    actors: [{ kind: 'system', name: 'test' }],
  });
}

const ids = Array.from({ length: 200_100 }, () => newId(0));
const idOf = (index: number) => ids[Math.floor(index / 2)] ?? '';

/** Intent, outcome, intent, outcome …; the outcomes of `lost` are something else. */
function callsOf(size: number, lost: ReadonlySet<number> = new Set()): ReadableLog {
  return logOf(size, (index) => {
    if (index % 2 === 0) return leaf({ id: idOf(index), type: 'policy.intent' });
    if (lost.has(index)) return leaf({ id: newId(0), type: 'gateway.noticed' });
    return leaf({ id: newId(0), type: 'policy.outcome', intent: idOf(index) });
  });
}

/** A recorder whose records can be read back as a log. */
async function life(every: number, mayMark = () => true) {
  const journal = new FakeJournal();
  const keyring = new FakeKeyring();
  const clock = new ManualClock();
  const sealer = await createPayloadSealer({ keyring, clock });
  const inner = createRecorder({ journal, clock, writer: 'gateway-1', sealer });
  const recorder = markIntents({ recorder: inner, tenant: 'main', mayMark, every });
  const log = () => {
    const leaves = journal.frames.filter(({ kind }) => kind === 'leaf');
    return logOf(leaves.length, (index) => leaves[index]?.bytes ?? Buffer.alloc(0));
  };
  const intend = async (call: string) =>
    (await recorder.record(draftOf('policy.intent', { call }))).id;
  const settle = (intent: string, over: Partial<RecordDraft> = {}) =>
    recorder.record(draftOf('policy.outcome', { intent, ...over }));
  const call = async (name: string) => settle(await intend(name));
  const noise = async (count: number) => {
    for (let i = 0; i < count; i += 1) await call(`noise ${i}`);
  };
  const found = async () => {
    const open = await findOpenIntents([log()]);
    return {
      ...open,
      dangling: open.dangling.map(({ record }) => record.call),
      unknown: open.unknown.map(({ record }) => record.call),
      done: open.done.map(({ intent }) => intent.record.call),
    };
  };
  return { clock, recorder, journal, log, intend, settle, call, noise, found };
}

describe('what the end of a log leaves open', () => {
  it('is found in 400,000 records that no stop covers, remembering no more than was open', async () => {
    const open = await findOpenIntents([callsOf(400_000, new Set([1, 200_001, 399_999]))]);
    expect(open.dangling.map(({ index }) => index)).toEqual([0, 200_000, 399_998]);
    expect(open.scanned).toBe(400_000);
    expect(open.mostHeld).toBeLessThanOrEqual(4);
  }, 60_000);

  it('is asked of a reader that can give 200,000 records at once', async () => {
    const log = callsOf(150_000);
    const reader = createAuditReader({
      readers: () => [log],
      sealer: { open: async () => Buffer.alloc(0) },
    });
    expect(await reader.tail({ tenant: 'main', limit: 200_000 })).toHaveLength(150_000);
  }, 60_000);

  it('is marked every so many records by a `log.marked`', async () => {
    const { log, noise, found } = await life(10);
    await noise(50);
    const { size } = log().reader.head() ?? { size: 0 };
    const records = log().reader.range(0, size);
    const types = records.map(({ bytes }) => parseRecord(bytes).type);
    expect(types.filter((type) => type === 'log.marked').length).toBeGreaterThanOrEqual(5);
    expect((await found()).dangling).toEqual([]);
  });

  it('reads nothing behind a stop in order, and says that it was one', async () => {
    const { recorder, noise, found } = await life(1_000);
    await noise(100);
    await recorder.record(draftOf('gateway.stopped', { details: { ...recorder.mark() } }));
    expect(await found()).toMatchObject({ dangling: [], clean: true, scanned: 1 });
  });

  it('does not believe a stop that says nothing of what was open', async () => {
    const { recorder, intend, noise, found } = await life(1_000);
    await intend('lost');
    await noise(3);
    await recorder.record(draftOf('gateway.stopped', { details: {} }));
    expect(await found()).toMatchObject({ dangling: ['lost'], clean: false, scanned: 8 });
  });

  it('is what a stop names, and nothing that was closed', async () => {
    const { recorder, intend, noise, found } = await life(1_000);
    await noise(20);
    await intend('cut off');
    await noise(20);
    await recorder.record(draftOf('gateway.stopped', { details: { ...recorder.mark() } }));
    expect(await found()).toMatchObject({ dangling: ['cut off'], clean: false, scanned: 42 });
  });

  it('stops at the newest start: whoever wrote it had closed what was before', async () => {
    const { recorder, intend, noise, found } = await life(1_000);
    await intend('of an earlier life');
    await recorder.record(draftOf('gateway.started'));
    await noise(5);
    await intend('lost');
    expect(await found()).toMatchObject({ dangling: ['lost'], scanned: 12 });
  });

  it('goes back to the newest mark, and further only for what that names', async () => {
    const { clock, intend, noise, settle, found } = await life(100);
    await noise(30);
    // So long before the end that every answer has arrived or never will.
    clock.advance(limits.lostAnswerMs);
    const old = await intend('open over a mark');
    const known = await intend('closed after the mark');
    const unknown = await intend('unknown after the mark');
    await noise(60);
    await settle(known);
    await settle(unknown, { effect: 'unknown' });
    await noise(5);
    const { dangling, unknown: told, scanned } = await found();
    expect(old).not.toBe(known);
    expect(dangling).toEqual(['open over a mark']);
    expect(told).toEqual(['unknown after the mark']);
    expect(scanned).toBeLessThan(150);
  });

  it('is whole when records were on their way while a mark was made', async () => {
    const { recorder, journal, intend, noise, found } = await life(20);
    await noise(9);
    journal.hang();
    const waiting = ['a', 'b', 'c', 'd'].map((name) => intend(name));
    const late = recorder.record(draftOf('gateway.noticed'));
    journal.resume();
    await Promise.all([...waiting, late]);
    await noise(4);
    expect((await found()).dangling).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is read further back while it may not be marked', async () => {
    const { intend, noise, found } = await life(20, () => false);
    await intend('lost');
    await noise(100);
    expect(await found()).toMatchObject({ dangling: ['lost'], scanned: 201 });
  });

  it('goes on in the log that this one succeeds', async () => {
    const before = callsOf(600, new Set([599]));
    const after = logOf(2, () => leaf({ id: newId(0), type: 'log.opened', details: {} }));
    const open = await findOpenIntents([after, before]);
    expect(open.dangling.map(({ index }) => index)).toEqual([598]);
  });
});

describe('what was done just before the end', () => {
  const written = (effectClass: 'read' | 'write') => ({
    effect: 'done' as const,
    target: { target: 'tool:fake/pay', digest: 'd', effectClass },
  });

  it('is every write whose answer may have been lost: not the older ones, and no read', async () => {
    const { clock, intend, settle, found } = await life(1_000);
    await settle(await intend('old'), written('write'));
    clock.advance(1);
    const intent = await intend('late');
    clock.advance(limits.lostAnswerMs - 1);
    await settle(intent, written('write'));
    await settle(await intend('read'), written('read'));
    await settle(await intend('unknown'), { ...written('write'), effect: 'unknown' });
    expect(await found()).toMatchObject({ done: ['late'], unknown: ['unknown'], clean: false });
    clock.advance(limits.lostAnswerMs);
    await settle(await intend('last'), written('write'));
    expect((await found()).done).toEqual(['last']);
  });

  it('is nothing after a stop in order, nor what an earlier life did', async () => {
    const { recorder, intend, settle, found } = await life(1_000);
    await settle(await intend('stopped'), written('write'));
    const stopped = draftOf('gateway.stopped', { details: { ...recorder.mark() } });
    await recorder.record(stopped);
    expect((await found()).done).toEqual([]);
    await recorder.record(draftOf('gateway.started'));
    expect((await found()).done).toEqual([]);
  });

  it('is met behind a mark as well, and named with its outcome', async () => {
    const { log, intend, settle, call, found } = await life(4);
    const intent = await intend('before the mark');
    for (let at = 0; at < 8; at += 1) await call(`noise ${at}`);
    const { id } = await settle(intent, written('write'));
    for (let at = 0; at < 8; at += 1) await call(`noise ${at}`);
    expect((await found()).done).toContain('before the mark');
    const outcomes = (await findOpenIntents([log()])).done.map(({ outcome }) => outcome);
    expect(outcomes).toContain(id);
  });

  it('is at most as much as calls may be open', async () => {
    const tool = { server: 'fake', name: 'pay', digest: 'd', effectClass: 'write' };
    const size = 2 * (limits.lostAnswers + 10);
    const log = logOf(size, (index) =>
      index % 2 === 0
        ? leaf({ id: idOf(index), type: 'policy.intent' })
        : leaf({ id: newId(0), type: 'policy.outcome', intent: idOf(index), effect: 'done', tool }),
    );
    const { done } = await findOpenIntents([log]);
    expect(done).toHaveLength(limits.lostAnswers);
    expect(done.at(-1)?.intent.index).toBe(size - 2);
  });
});
