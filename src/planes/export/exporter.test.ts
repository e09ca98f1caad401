import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventSink, ExportedRecord, SinkAnswer } from '#contracts/event-sink.ts';
import { takenAll, takenLater } from '#contracts/event-sink.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { parseRecord } from '#planes/audit/index.ts';
import { openExportBook } from '#storage/export-book/index.ts';
import { prunableLogs } from '#storage/tiles/index.ts';
import { createIndexedWorld, type IndexedWorld } from '../../../test/fakes/indexed-world.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { Exporter } from './exporter.ts';
import { forms } from './forms.ts';
import { runExporters } from './run-exports.ts';

type Behaviour = (batch: readonly ExportedRecord[]) => SinkAnswer | Promise<SinkAnswer>;

const well: Behaviour = (batch) => takenAll(batch.length);
const away: Behaviour = () => takenLater('nobody answers');
const never =
  (isPoison: (record: ExportedRecord) => boolean): Behaviour =>
  (batch) => ({
    settled: batch.length,
    never: batch.flatMap((one, at) => (isPoison(one) ? [{ at, why: 'it answers 422' }] : [])),
  });

/** What came, and how the receiver is at the moment. */
class Receiver implements EventSink {
  readonly most = { records: 1_000, bytes: 1_000_000 };
  readonly keys: string[] = [];
  readonly batches: number[] = [];
  behaves: Behaviour = well;

  async send(batch: readonly ExportedRecord[]): Promise<SinkAnswer> {
    this.batches.push(batch.length);
    const answer = await this.behaves(batch);
    const refused = new Set(answer.never.map(({ at }) => at));
    const taken = batch.slice(0, answer.settled).filter((_, at) => !refused.has(at));
    this.keys.push(...taken.map(({ key }) => key));
    return answer;
  }

  async close(): Promise<void> {}
}

let world: IndexedWorld;
let receiver: Receiver;
let noted: RecordDraft[];
let note: (draft: RecordDraft) => Promise<void>;
beforeEach(async () => {
  world = await createIndexedWorld();
  receiver = new Receiver();
  noted = [];
  note = async (draft) => void noted.push(draft);
});
afterEach(() => world.close());

const file = (name: string) => join(world.root, 'export', name);
const signal = new AbortController().signal;

function exporter(random = () => 0.5, sink: Receiver = receiver): Exporter {
  const name = sink === receiver ? 'siem' : 'other';
  return new Exporter({
    sink,
    is: { sink: name, kind: 'fake', tenant: 'main', place: 'here' },
    form: 'record',
    write: forms.record,
    logs: () => world.logs(),
    book: openExportBook(join(world.root, 'export')),
    parse: parseRecord,
    note: (draft) => note(draft),
    clock: world.clock,
    random,
  });
}

/** Until there is nothing to do but wait; answers how long it wants to rest. */
async function drained(one: Exporter): Promise<number> {
  for (;;) {
    const rest = await one.step(signal);
    if (rest > 0) return rest;
  }
}

let written = 0;
async function write(count: number, writer = 'gateway-1', tenant = 'main'): Promise<void> {
  const drafts = Array.from({ length: count }, () => {
    written += 1;
    return draftOf('policy.intent', { call: `c-${written}`, tenant });
  });
  await world.write(drafts, writer);
}
const allKeys = (tenant = 'main') =>
  world
    .logs()
    .filter((log) => log.tenant === tenant)
    .flatMap(({ origin, reader }) =>
      reader
        .provenEntries(
          Array.from({ length: reader.head()?.size ?? 0 }, (_, at) => at).slice(reader.begins()),
        )
        .map(({ index, bytes }) => `${origin}#${index}#${parseRecord(bytes).id}`),
    );
const size = () => world.logs().reduce((sum, { reader }) => sum + (reader.head()?.size ?? 0), 0);

describe('an exporter', () => {
  it('takes every record of every log of its tenant, each once, and a new log when there is one', async () => {
    await write(700);
    await write(20, 'control-1');
    await write(9, 'gateway-1', 'other');
    const one = exporter();
    expect(await drained(one)).toBe(limits.exportIdleMs);
    expect([...receiver.keys].sort()).toEqual(allKeys().sort());
    await write(3, 'gateway-2');
    await drained(one);
    expect([...receiver.keys].sort()).toEqual(allKeys().sort());
    expect(new Set(receiver.keys).size).toBe(723);
    expect(one.state()).toMatchObject({ lag: 0, sent: 723, failures: 0, dead: 0, stuck: [] });
  });

  it('goes on where it was after a clean end, and repeats no more than a second after another one', async () => {
    await write(300);
    const first = exporter();
    await drained(first);
    await first.close();
    await write(5);
    const second = exporter();
    await drained(second);
    expect(receiver.keys).toHaveLength(305);
    world.clock.advance(limits.exportSaveMs);
    await write(4);
    await drained(second);
    await write(2);
    await drained(second);
    // It ends without a word: of what it had not remembered all comes again.
    await drained(exporter());
    expect(new Set(receiver.keys)).toEqual(new Set(allKeys()));
    expect(receiver.keys).toHaveLength(311 + 2);
  });

  it('holds one batch and loses nothing while the receiver is away for an hour under load: SYS-075 [SYS-075]', async () => {
    const one = exporter();
    await write(100);
    await drained(one);
    receiver.behaves = away;
    const until = world.clock.now() + 3_600_000;
    let asked = 0;
    while (world.clock.now() < until) {
      if (asked % 4 === 0) await write(40, asked % 8 === 0 ? 'gateway-1' : 'control-1');
      const rest = await drained(one);
      expect(rest).toBeLessThanOrEqual(limits.exportRetryMostMs);
      world.clock.advance(rest);
      asked += 1;
      const { lag } = one.state();
      expect(lag).toBe(size() - 100);
    }
    // Not in a tight circle: a minute in between, once it is known to be away.
    expect(asked).toBeLessThan(150);
    expect(Math.max(...receiver.batches)).toBeLessThanOrEqual(256);
    expect(one.state()).toMatchObject({ failures: asked, fault: 'nobody answers' });
    receiver.behaves = well;
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 0, fault: undefined });
    expect(receiver.keys.toSorted()).toEqual(allKeys().sort());
  });

  it('sends again what was not settled, from there on, and believes no answer about more than it sent', async () => {
    await write(10);
    const one = exporter();
    receiver.behaves = (batch) =>
      batch.length > 3 ? { settled: 3, never: [], later: { why: 'it is full' } } : takenAll(99);
    for (let rest = -1; rest !== limits.exportIdleMs; ) rest = await one.step(signal);
    expect(receiver.keys).toEqual(allKeys());
    receiver.behaves = () => ({ settled: 0, never: [] });
    await write(1);
    expect(await drained(one)).toBeGreaterThan(0);
    expect(one.state().fault).toContain('does not say why');
    receiver.behaves = () => Promise.reject(new Error('broken'));
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 1, fault: 'broken' });
  });

  it('waits twice as long each time, not in step with others, and no longer than its bound', async () => {
    await write(1);
    receiver.behaves = away;
    const rests = async (random: () => number, count: number) => {
      const one = exporter(random);
      const told: number[] = [];
      for (let at = 0; at < count; at += 1) told.push(await one.step(signal));
      return told;
    };
    expect(await rests(() => 1, 9)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(await rests(() => 0, 3)).toEqual([limits.exportRetryMs / 2, 500, 1_000]);
    receiver.behaves = () => takenLater('busy', 7_000);
    expect(await rests(() => 0, 2)).toEqual([7_000, 7_000]);
    receiver.behaves = () => takenLater('busy', 31_536_000_000);
    expect(await rests(() => 0, 1)).toEqual([limits.exportRetryMostMs]);
  });

  it('buries what is never taken, on record before it goes on, and takes the rest', async () => {
    await write(6);
    const [log] = world.logs();
    receiver.behaves = never(({ index }) => index === 2 || index === 4);
    note = () => Promise.reject(new Error('no room'));
    const one = exporter();
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 6, fault: 'no room' });
    note = async (draft) => void noted.push(draft);
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 0, dead: 2, fault: undefined });
    expect(noted).toEqual([
      {
        type: 'export.dead-lettered',
        tenant: 'main',
        actors: [{ kind: 'system', name: 'system/export' }],
        details: { sink: 'siem', origin: log?.origin, indexes: [2, 4], why: 'it answers 422' },
      },
    ]);
    const lines = readFileSync(file('siem.dead.jsonl'), 'utf8').trim().split('\n');
    // Once, though what was not on record the first time was not over.
    expect(lines).toHaveLength(2);
    expect(lines.at(-1)).toContain(`"key":"${log?.origin}#4#`);
    expect(exporter().state().dead).toBe(0);
    const next = exporter();
    await drained(next);
    expect(next.state().dead).toBe(2);
  });

  it('tells nobody of a record about exporting that is refused: it would hear of that for ever', async () => {
    receiver.behaves = never(({ record }) => record.type.startsWith('export.'));
    note = async (draft) => {
      noted.push(draft);
      await world.write([draft], 'control-1');
    };
    await write(1);
    const refusing = never(() => true);
    receiver.behaves = refusing;
    const one = exporter();
    for (let round = 0; round < 5; round += 1) await drained(one);
    expect(noted).toHaveLength(1);
    expect(one.state()).toMatchObject({ lag: 0, dead: 2 });
  });

  it('believes a hundred refusals in a row and no more, then waits until something is taken', async () => {
    await write(300);
    receiver.behaves = never(() => true);
    const one = exporter();
    for (let round = 0; round < 4; round += 1) await drained(one);
    expect(one.state()).toMatchObject({ dead: limits.exportRefusedInARow, lag: 200 });
    expect(one.state().fault).toContain('refuses one record after the other');
    receiver.behaves = well;
    await drained(one);
    expect(one.state()).toMatchObject({ dead: limits.exportRefusedInARow, lag: 0 });
    expect(receiver.keys).toHaveLength(200);
  });

  it('refuses a cursor that is ahead of its log, or of another log, says so, and goes on with the others', async () => {
    await write(20);
    await write(4, 'control-1');
    const first = exporter();
    await drained(first);
    await first.close();
    const kept = readFileSync(file('siem.json'), 'utf8');
    const origin = 'bailiwick.local/main/standard/gateway-1';
    for (const [change, why] of [
      [kept.replace('"next":20', '"next":21'), 'the log has 20 records'],
      [kept.replace('"next":20', '"next":19'), 'this is another log'],
    ] as const) {
      writeFileSync(file('siem.json'), change);
      receiver.keys.length = 0;
      await write(1, 'control-1');
      const one = exporter();
      await drained(one);
      expect(one.state().stuck).toEqual([expect.stringContaining(why)]);
      expect(one.state().stuck[0]).toContain(origin);
      expect(receiver.keys.length).toBeGreaterThan(0);
      expect(receiver.keys.filter((key) => !key.includes('control-1'))).toEqual([]);
      await one.close();
    }
  });

  it('says so when its file is not what it wrote, and exports everything again once that is gone', async () => {
    await write(3);
    const first = exporter();
    await drained(first);
    await first.close();
    writeFileSync(file('siem.json'), readFileSync(file('siem.json')).subarray(0, 40));
    const one = exporter();
    await drained(one);
    expect(one.state().fault).toContain('siem.json');
    expect(receiver.keys).toHaveLength(3);
    rmSync(file('siem.json'));
    await drained(one);
    expect(receiver.keys).toHaveLength(6);
    expect(new Set(receiver.keys).size).toBe(3);
  });
});

/** The front of the log of gateway-1 goes. */
async function prune(to: number): Promise<void> {
  const [log] = prunableLogs(join(world.root, 'log'), world.publicKey);
  await log?.prune({
    to,
    record: newId(world.clock.now()),
    now: world.clock.now(),
    keptUntil: () => 0,
    elsewhereUntil: async () => undefined,
  });
}

describe('an export of a log whose front was pruned', () => {
  const origin = 'bailiwick.local/main/standard/gateway-1';

  it('begins at the front that is left, goes on to the end, and says once what it never had', async () => {
    await write(1_500);
    await prune(512);
    const one = exporter();
    expect(await drained(one)).toBe(limits.exportIdleMs);
    expect(one.state()).toMatchObject({ lag: 0, sent: 988, dead: 1, stuck: [], fault: undefined });
    await one.close();
    await write(10);
    const next = exporter();
    await drained(next);
    expect(next.state()).toMatchObject({ lag: 0, sent: 10, dead: 1, stuck: [] });
    expect(receiver.keys).toEqual(allKeys());
    expect(noted.map(({ details }) => details)).toEqual([
      {
        sink: 'siem',
        origin,
        indexes: [0],
        why: '512 records (0 to 511) were pruned before they were sent',
      },
    ]);
    expect(readFileSync(file('siem.dead.jsonl'), 'utf8')).toContain(`"key":"${origin}#0-511"`);
  });

  it('goes on at the front when it had not come so far, and says how many it lost', async () => {
    await write(300);
    const first = exporter();
    await drained(first);
    await first.close();
    await write(1_200);
    await prune(1_024);
    const had = receiver.keys.length;
    // Not before something behind it is taken, and not twice.
    receiver.behaves = away;
    const one = exporter();
    await drained(one);
    expect(noted).toEqual([]);
    receiver.behaves = well;
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 0, stuck: [], dead: 1 });
    expect(receiver.keys.slice(had)).toEqual(allKeys());
    expect(noted.map(({ details }) => details?.['why'])).toEqual([
      '724 records (300 to 1023) were pruned before they were sent',
    ]);
  });

  it('goes on when its last record was pruned and nothing was lost, and finds another log all the same', async () => {
    await write(512);
    const first = exporter();
    await drained(first);
    await first.close();
    await write(300);
    await prune(512);
    const kept = readFileSync(file('siem.json'), 'utf8');
    writeFileSync(file('siem.json'), kept.replace('"next":512', '"next":511'));
    const wrong = exporter();
    await drained(wrong);
    expect(wrong.state().stuck).toEqual([expect.stringContaining('this is another log')]);
    writeFileSync(file('siem.json'), kept);
    const one = exporter();
    await drained(one);
    expect(one.state()).toMatchObject({ lag: 0, sent: 300, dead: 0, stuck: [] });
    expect(noted).toEqual([]);
  });
});

describe('the key of an exported record', () => {
  it('is of no record of another installation, whose logs have the same names', async () => {
    await write(3);
    await drained(exporter());
    world.close();
    world = await createIndexedWorld();
    await write(3);
    await drained(exporter());
    expect(new Set(receiver.keys.map((key) => key.slice(0, key.lastIndexOf('#')))).size).toBe(3);
    expect(new Set(receiver.keys).size).toBe(6);
  });
});

describe('exporters side by side', () => {
  /** Answers only when it is told to stop. */
  class Slow extends Receiver {
    override send(_: readonly ExportedRecord[], stop?: AbortSignal): Promise<SinkAnswer> {
      return new Promise((resolve) => {
        stop?.addEventListener('abort', () => resolve(takenLater('it is told to stop')));
      });
    }
  }

  it('do not wait for one whose receiver takes its time, and end when they are told to [SYS-075]', async () => {
    await write(600);
    const quick = exporter();
    const slow = exporter(() => 0.5, new Slow());
    let idle = () => {};
    const drainedOnce = new Promise<void>((resolve) => (idle = resolve));
    const running = runExporters([slow, quick], {
      sleep: async (ms, stop) => {
        if (ms === 0) return;
        idle();
        await new Promise<void>((resolve) => {
          if (stop.aborted) resolve();
          else stop.addEventListener('abort', () => resolve());
        });
      },
    });
    await drainedOnce;
    expect(running.states().map(({ lag }) => lag)).toEqual([600, 0]);
    await running.stop();
    // What was settled is remembered, what was not is sent again.
    const next = exporter();
    await drained(next);
    expect(receiver.keys).toHaveLength(600);
  });
});
