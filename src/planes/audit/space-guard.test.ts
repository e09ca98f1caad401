import { describe, expect, it } from 'vitest';
import { diskSpace, type SpaceLevel, spaceLevels } from '#contracts/disk-space.ts';
import type { RecordType } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { watchSpace } from '#storage/journal/index.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { draftOf, everyType } from '../../../test/fakes/record-drafts.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { parseRecord } from './parse-record.ts';
import { createRecorder } from './recorder.ts';
import { guardSpace } from './space-guard.ts';

async function setUp() {
  const journal = new FakeJournal();
  const clock = new ManualClock();
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
  let level: SpaceLevel = 'enough';
  const recorder = guardSpace({
    recorder: createRecorder({ journal, clock, writer: 'gateway-1', sealer }),
    space: () => ({ freeBytes: 1, totalBytes: 100, level }),
  });
  return { journal, recorder, at: (next: SpaceLevel) => (level = next) };
}

const nearlyFull = {
  code: 'audit/unavailable',
  message: expect.stringContaining('the disk is nearly full'),
};

describe('a recorder of calls on a disk that fills up', () => {
  it('takes everything while there is room, and while there is little', async () => {
    const { recorder, journal, at } = await setUp();
    for (const level of ['enough', 'low'] as const) {
      at(level);
      for (const type of everyType) await recorder.record(draftOf(type));
      expect(recorder.healthy).toBe(true);
    }
    expect(journal.leaves).toHaveLength(2 * everyType.length);
  });

  it('lets no call begin from then on, and takes all else [AUD-01, MON-17]', async () => {
    const { recorder, at } = await setUp();
    at('refusing');
    const refused: RecordType[] = [];
    for (const type of everyType) {
      await recorder.record(draftOf(type)).catch(() => refused.push(type));
    }
    expect(refused).toEqual(['policy.intent', 'gateway.held']);
    expect(recorder.healthy).toBe(false);
    await expect(recorder.record(draftOf('policy.intent'))).rejects.toMatchObject(nearlyFull);
    at('low');
    await recorder.record(draftOf('policy.intent'));
    expect(recorder.healthy).toBe(true);
  });

  it('takes nothing in the end but ends, stops, and what may use what is set aside [MON-17]', async () => {
    const { recorder, journal, at } = await setUp();
    at('sealed');
    for (const type of everyType) await recorder.record(draftOf(type)).catch(() => undefined);
    const kept = journal.leaves.map((leaf) => parseRecord(Buffer.from(leaf)).type);
    const starts = new Set(kept.map((type) => type.slice(0, type.indexOf('.'))));
    expect(starts).toEqual(
      new Set(['policy', 'gateway', 'log', 'stop', 'lifecycle', 'effect', 'act']),
    );
    expect(kept.filter((type) => type.startsWith('policy.'))).toEqual([
      'policy.outcome',
      'policy.outcome-part',
    ]);
    expect(kept).toContain('log.gap');
    const both = [draftOf('policy.outcome'), draftOf('policy.listed')];
    await expect(recorder.recordAll(both)).rejects.toMatchObject(nearlyFull);
    await recorder.recordAll(both, { reserved: true });
  });
});

describe('how much room there is', () => {
  const mebibyte = 1_048_576;
  const levelOf = (free: number, total: number) => diskSpace(free, total).level;

  it('is judged by its share of a small disk', () => {
    const total = 1_000 * mebibyte;
    const at = (percent: number) => (total * percent) / 100;
    expect(levelOf(at(spaceLevels.warnPercent), total)).toBe('enough');
    expect(levelOf(at(spaceLevels.warnPercent) - 1, total)).toBe('low');
    expect(levelOf(at(spaceLevels.refusePercent), total)).toBe('low');
    expect(levelOf(at(spaceLevels.refusePercent) - 1, total)).toBe('refusing');
    expect(levelOf(at(spaceLevels.sealedPercent), total)).toBe('refusing');
    expect(levelOf(at(spaceLevels.sealedPercent) - 1, total)).toBe('sealed');
  });

  it('is judged by what is left of a large one', () => {
    const total = 10_000_000 * mebibyte;
    const at = (percent: number) => (spaceLevels.countedBytes * percent) / 100;
    expect(levelOf(at(spaceLevels.warnPercent), total)).toBe('enough');
    expect(levelOf(at(spaceLevels.warnPercent) - 1, total)).toBe('low');
    expect(levelOf(at(spaceLevels.refusePercent) - 1, total)).toBe('refusing');
    expect(levelOf(at(spaceLevels.sealedPercent) - 1, total)).toBe('sealed');
  });

  it('is asked of the disk once in a second, and what it said last holds while it says nothing', () => {
    const clock = new ManualClock();
    let free: number | undefined = 100;
    let asked = 0;
    const space = watchSpace('/data', clock, () => {
      asked += 1;
      if (free === undefined) throw new Error('EIO');
      return { freeBytes: free, totalBytes: 100 };
    });
    expect([space().level, space().level, asked]).toEqual(['enough', 'enough', 1]);
    free = 4;
    clock.advance(999);
    expect([space().level, asked]).toEqual(['enough', 1]);
    clock.advance(1);
    expect([space().level, asked]).toEqual(['sealed', 2]);
    free = undefined;
    clock.advance(1_000);
    expect([space().level, asked]).toEqual(['sealed', 3]);
  });

  it('is nothing that refuses anything where the disk never says', () => {
    const space = watchSpace('/no/such/folder', new ManualClock());
    expect(space()).toMatchObject({ totalBytes: 0, level: 'enough' });
  });
});
