import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '#kernel/time.ts';
import type { Journal } from '#contracts/journal.ts';
import { openGapFile, openJournal, openJournalReader } from '#storage/journal/index.ts';
import { FaultyDisk } from '../../storage/journal/faulty-disk.suite.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import { recordGaps } from './gap-recorder.ts';
import { parseRecord } from './parse-record.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createRecorder } from './recorder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaps-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = new ManualClock();
const unavailable = { code: 'audit/unavailable' };

/** One life of a writer over this journal and folder. */
async function live(journal: Journal) {
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
  const inner = createRecorder({ journal, clock, writer: 'gateway-1', sealer });
  return recordGaps({ recorder: inner, clock, memory: openGapFile(folder) });
}

function gapsIn(journal: FakeJournal) {
  const records = journal.leaves.map((leaf) => parseRecord(Buffer.from(leaf)));
  return records.filter(({ type }) => type === 'log.gap');
}

const refused = (
  recorder: Awaited<ReturnType<typeof live>>,
  ...types: ('policy.intent' | 'gateway.refused')[]
) =>
  Promise.all(
    types.map((type) => expect(recorder.record(draftOf(type))).rejects.toMatchObject(unavailable)),
  );

describe('records that could not be written', () => {
  it('are on record at a stop, also where that was just tried and the log was not well then [D-14]', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    journal.fill(0);
    await refused(recorder, 'policy.intent');
    await recorder.look();
    journal.makeRoom();
    await recorder.lastLook();
    expect(gapsIn(journal)).toMatchObject([{ details: { count: 1 } }]);
    await recorder.lastLook();
    expect(gapsIn(journal)).toHaveLength(1);
  });

  it('are told of a 65th tenant as of others, apart from those of the first, also by the next life [AUD-05]', async () => {
    const journal = new FakeJournal();
    const before = await live(journal);
    journal.fill(0);
    const of = (tenant: string) =>
      expect(before.record(draftOf('policy.intent', { tenant }))).rejects.toMatchObject(
        unavailable,
      );
    for (let at = 0; at < 67; at += 1) await of(`tenant-${at}`);
    await of('tenant-0');
    clock.advance(5_000);
    await before.look();
    journal.makeRoom();
    const recorder = await live(journal);
    await recorder.lastLook();
    const gaps = gapsIn(journal);
    expect(gaps).toHaveLength(65);
    const own = gaps.filter(({ details }) => details?.['of'] === undefined);
    const counts = new Map(own.map(({ tenant, details }) => [tenant, details?.['count']]));
    expect(counts).toEqual(
      new Map(Array.from({ length: 64 }, (_, at) => [`tenant-${at}`, at === 0 ? 2 : 1])),
    );
    expect(gaps.filter(({ details }) => details?.['of'] === 'others')).toMatchObject([
      { tenant: 'tenant-0', details: { count: 3, types: { 'policy.intent': 3 } } },
    ]);
  });

  it('are on record by their number, types, reasons and times as soon as there is room [AUD-05, D-14]', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    await recorder.record(draftOf('policy.intent'));
    journal.fill(0);
    const from = new Date(clock.now()).toISOString();
    await refused(recorder, 'policy.intent', 'gateway.refused', 'gateway.refused');
    clock.advance(5_000);
    const to = new Date(clock.now()).toISOString();
    await refused(recorder, 'gateway.refused');
    await recorder.look();
    expect(gapsIn(journal)).toEqual([]);
    journal.makeRoom();
    clock.advance(5_000);
    await recorder.record(draftOf('policy.intent'));
    await recorder.look();
    expect(gapsIn(journal)).toMatchObject([
      {
        tenant: 'main',
        actors: [{ kind: 'system', name: 'gateway-1' }],
        details: {
          from,
          to,
          count: 4,
          types: { 'policy.intent': 1, 'gateway.refused': 3 },
          why: { 'no room on disk': 4 },
        },
      },
    ]);
    clock.advance(5_000);
    await recorder.look();
    expect(gapsIn(journal)).toHaveLength(1);
    // No number was used by what was refused.
    const sequences = journal.leaves.map((leaf) => parseRecord(Buffer.from(leaf)).sequence);
    expect(sequences.filter((n) => n === 1)).toHaveLength(2);
  });

  it('are one gap, however often it could not be told', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    journal.fill(3);
    for (let n = 0; n < 3; n += 1) {
      await refused(recorder, 'policy.intent');
      // A stop is taken: for a moment it looks as if the log worked.
      await recorder.record(draftOf('stop.set'), undefined, { reserved: true });
      clock.advance(2_000);
      await recorder.look();
    }
    journal.makeRoom();
    await recorder.record(draftOf('policy.intent'));
    clock.advance(2_000);
    await recorder.look();
    expect(gapsIn(journal).map(({ details }) => details?.['count'])).toEqual([3]);
  });

  it('are told by the next life when this one ends before it could', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    journal.fill(0);
    await refused(recorder, 'policy.intent', 'policy.intent');
    clock.advance(1_001);
    await refused(recorder, 'gateway.refused');
    journal.makeRoom();
    const next = await live(journal);
    // As a start does: it has written something, so that the log is known to work.
    await next.record(draftOf('gateway.started'));
    await next.look();
    expect(gapsIn(journal)).toMatchObject([{ details: { count: 3 } }]);
    const after = await live(journal);
    await after.look();
    clock.advance(5_000);
    await after.look();
    expect(gapsIn(journal)).toHaveLength(1);
  });

  it('are of each tenant its own, of no more than sixty-four, and of all others one', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    journal.fill(0);
    for (let n = 0; n < 70; n += 1) {
      const draft = draftOf('policy.intent', { tenant: `tenant-${n}` });
      await expect(recorder.record(draft)).rejects.toMatchObject(unavailable);
    }
    journal.makeRoom();
    await recorder.record(draftOf('policy.intent'));
    await recorder.look();
    const counts = gapsIn(journal).map(({ tenant, details }) => [tenant, details?.['count']]);
    expect(counts).toHaveLength(65);
    expect(counts.slice(0, 2)).toEqual([
      ['tenant-0', 1],
      ['tenant-1', 1],
    ]);
    expect(counts.at(-1)).toEqual(['tenant-0', 6]);
  });

  it('are told also where the fault was ours: a draft that is no record', async () => {
    const journal = new FakeJournal();
    const recorder = await live(journal);
    await expect(recorder.record(without(draftOf('policy.intent'), 'call'))).rejects.toThrow();
    await recorder.record(draftOf('policy.intent'));
    await recorder.look();
    expect(gapsIn(journal)).toMatchObject([
      { details: { count: 1, why: { 'a record of type `policy.intent` lacks call': 1 } } },
    ]);
  });
});

describe('a disk that is full, and one that fails', () => {
  it.each(['full', 'EIO'] as const)(
    'leave a gap on record once they work again, without a restart (%s) [AUD-05, D-14]',
    async (how) => {
      const disk = new FaultyDisk();
      const sizes = { segmentBytes: 16_384, reserveBytes: 16_384 };
      const journal = await openJournal({ folder, ...sizes, clock, fs: disk.io });
      const recorder = await live(journal);
      await recorder.record(draftOf('policy.intent'));
      if (how === 'full') disk.full = true;
      // Until what the segment still has is used up; of a write that fails, until the second has failed.
      else disk.breaks(2);
      let count = 0;
      for (let n = 0; n < 40; n += 1) {
        await recorder.record(draftOf('policy.intent')).catch(() => (count += 1));
      }
      expect(count).toBeGreaterThan(0);
      disk.full = false;
      clock.advance(60_000);
      await expect
        .poll(async () => {
          await recorder.look();
          clock.advance(2_000);
          return recorder.healthy;
        })
        .toBe(true);
      await recorder.look();
      await journal.close();
      const leaves = openJournalReader({ folder }).read(undefined, 1_000_000);
      const records = leaves.map(({ bytes }) => parseRecord(Buffer.from(bytes)));
      const gaps = records.filter(({ type }) => type === 'log.gap');
      expect(gaps).toMatchObject([{ details: { count, types: { 'policy.intent': count } } }]);
      // What was refused used no number.
      const own = records.filter(({ session }) => session !== undefined);
      expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, at) => at + 1));
    },
  );
});

describe('the file of a gap', () => {
  it('has its room before it is needed, and gives back what was kept last', () => {
    expect(openGapFile(folder).read()).toBe('');
    const file = openGapFile(folder);
    file.keep('{"a":1}');
    file.keep('{"longer":12}');
    expect(openGapFile(folder).read()).toBe('{"longer":12}');
    file.keep('');
    expect(openGapFile(folder).read()).toBe('');
    file.keep('x'.repeat(70_000));
    expect(openGapFile(folder).read()).toBe('');
    expect(readdirSync(folder)).toEqual(['gap']);
  });

  it('is no reason not to start, whatever lies there', async () => {
    for (const text of ['', '{', '[]', '{"main":{"count":"x"}}', '{"main":{"from":0}}']) {
      writeFileSync(join(folder, 'gap'), text.padEnd(65_536));
      const journal = new FakeJournal();
      const recorder = await live(journal);
      await recorder.record(draftOf('gateway.started'));
      await recorder.look();
      expect(gapsIn(journal), text).toEqual([]);
    }
    truncateSync(join(folder, 'gap'), 3);
    expect(openGapFile(folder).read()).toBe('');
    expect(openGapFile(join(folder, 'gap', 'no-folder')).read()).toBeUndefined();
    openGapFile(join(folder, 'gap', 'no-folder')).keep('x');
  });
});
