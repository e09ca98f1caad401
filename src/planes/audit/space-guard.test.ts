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

async function setUp(of: 'calls' | 'people' = 'calls') {
  const journal = new FakeJournal();
  const clock = new ManualClock();
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
  let level: SpaceLevel = 'enough';
  const recorder = guardSpace({
    recorder: createRecorder({ journal, clock, writer: 'gateway-1', sealer }),
    space: () => ({ freeBytes: 1, totalBytes: 100, level }),
    of,
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

describe('control on a disk that fills up', () => {
  async function refusedAt(level: SpaceLevel): Promise<readonly RecordType[]> {
    const { recorder, at } = await setUp('people');
    at(level);
    const refused: RecordType[] = [];
    for (const type of everyType) {
      await recorder.record(draftOf(type)).catch(() => refused.push(type));
    }
    expect(recorder.healthy).toBe(true);
    return refused;
  }

  it('is held to the same levels: nobody new comes in while no new call begins [AUD-01, MON-17]', async () => {
    expect(await refusedAt('low')).toEqual([]);
    const refused = await refusedAt('refusing');
    expect(refused).toEqual(expect.arrayContaining(['token.issued', 'identity.enrolled']));
    expect(refused).not.toContain('approval.approved');
    expect(refused).not.toContain('config.applied');
  });

  it('takes stops, releases, erasures, what takes away and what a start says, and little else in the end [MON-17]', async () => {
    const refused = await refusedAt('sealed');
    for (const type of [
      'stop.set',
      'stop.released',
      'privacy.erased',
      'privacy.held',
      'lifecycle.agent-suspended',
      'identity.person-removed',
      'tool.quarantined',
      'config.applied',
      'log.missing-accepted',
      'api.read',
      'task.ended',
    ] satisfies RecordType[]) {
      expect(refused, type).not.toContain(type);
    }
    expect(refused).toEqual(
      expect.arrayContaining([
        'approval.approved',
        'credential.stored',
        'identity.person-added',
        'identity.elevated',
        'tool.approved',
        'consent.given',
      ]),
    );
  });

  it('lets in who can make room, stop, release or erase, and nobody else [MON-17]', async () => {
    const { recorder, at } = await setUp('people');
    at('sealed');
    const signIn = (roles: string[]) =>
      recorder.record(draftOf('identity.signed-in', { details: { roles } }));
    await signIn(['admin']);
    await signIn(['auditor', 'privacy']);
    await expect(signIn(['operator'])).rejects.toMatchObject(nearlyFull);
    await expect(signIn([])).rejects.toMatchObject(nearlyFull);
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

  it('is judged by the levels that are set, as shares or as what is left', () => {
    const shares = { unit: 'percent', warn: 50, refuse: 40, seal: 30 } as const;
    const sizes = { unit: 'bytes', warn: 500, refuse: 400, seal: 300 } as const;
    for (const levels of [shares, sizes]) {
      const at = (free: number) => diskSpace(free, 1_000, levels);
      expect([500, 499, 399, 299].map((free) => at(free).level)).toEqual([
        'enough',
        'low',
        'refusing',
        'sealed',
      ]);
      expect(at(1).below).toEqual({ low: 500, refusing: 400, sealed: 300 });
    }
  });

  it('is asked of the disk once in a second, and what it said last holds while it says nothing', () => {
    const clock = new ManualClock();
    let free: number | undefined = 100;
    let asked = 0;
    const measure = () => {
      asked += 1;
      if (free === undefined) throw new Error('EIO');
      return { freeBytes: free, totalBytes: 100 };
    };
    const space = watchSpace('/data', clock, { measure });
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
