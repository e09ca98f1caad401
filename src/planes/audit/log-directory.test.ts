import { beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { createLogDirectory, headEveryMs, type LogState } from './log-directory.ts';
import { logStates, notedLogs } from './noted-logs.ts';
import { parseRecord } from './parse-record.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createRecorder } from './recorder.ts';

const rootOf = (size: number): string => size.toString(16).padStart(64, '0');
const log = (name: string, size: number, tenant = 'main'): LogState => ({
  tenant,
  origin: `audit.example.com/${tenant}/standard/${name}`,
  size,
  root: rootOf(size),
});

const directoryOrigin = 'audit.example.com/main/directory/control-1';

let journal: FakeJournal;
let clock: ManualClock;
let logs: LogState[] = [];
let directories: LogState[] = [];
beforeEach(() => {
  journal = new FakeJournal();
  clock = new ManualClock();
  logs = [];
  directories = [];
});

const recordsOf = (retention: string): RecordEnvelope[] =>
  journal.frames
    .filter((frame) => frame.retention === retention)
    .map(({ bytes }) => parseRecord(Buffer.from(bytes)));
/** What stands in the directories, read as an instance that starts again reads it. */
const noted = (most = Infinity): readonly LogState[] =>
  notedLogs(
    ['main', 'acme'].map((tenant) => {
      const entries = journal.frames
        .filter((frame) => frame.retention === 'directory' && frame.tenant === tenant)
        .map(({ bytes }) => bytes)
        .slice(0, most);
      return {
        tenant,
        retention: 'directory',
        origin: '',
        reader: {
          head: () => ({ origin: '', size: entries.length, root: Buffer.alloc(32) }),
          entry: (at: number) => entries[at] ?? Buffer.alloc(0),
        },
      };
    }),
  );

async function begin(refusing?: string, most?: number) {
  const sealer = await createPayloadSealer({ keyring: new FakeKeyring(), clock });
  const parts = { journal, clock, writer: 'control-1', sealer };
  const recorder = createRecorder(parts);
  return createLogDirectory({
    directory: createRecorder({ ...parts, retention: 'directory' }),
    recorder: {
      writer: 'control-1',
      record: (draft) =>
        draft.tenant === refusing
          ? Promise.reject(new BailiwickError('audit/unavailable'))
          : recorder.record(draft),
    },
    logs: () => logs,
    directories: () => directories,
    noted: noted(most),
    originOf: (tenant) => `audit.example.com/${tenant}/directory/control-1`,
    clock,
  });
}

describe('the directory of the logs', () => {
  it('is looked after often enough to note a birth, and written seldom enough to be kept for years', () => {
    const { directoryLookMs, directoryEveryMs } = limits;
    expect(directoryLookMs).toBeLessThanOrEqual(5_000);
    const recordsAYear = (365 * 86_400_000) / directoryEveryMs;
    expect(recordsAYear).toBeLessThan(110_000);
  });

  it('notes a log when it is born, and how long it is now and then [AUD-03]', async () => {
    const directory = await begin();
    logs = [log('a', 3)];
    await directory.look();
    expect(noted()).toEqual([log('a', 3)]);
    logs = [log('a', 9)];
    await directory.look();
    expect(noted()).toEqual([log('a', 3)]);
    clock.advance(limits.directoryEveryMs - 1);
    await directory.look();
    expect(noted()).toEqual([log('a', 3)]);
    clock.advance(1);
    await directory.look();
    expect(noted()).toEqual([log('a', 9)]);
    logs = [log('a', 10), log('b', 1)];
    await directory.look();
    expect(noted()).toEqual(logs);
    logs = [log('a', 11), log('b', 2)];
    await directory.look(true);
    expect(noted()).toEqual(logs);
  });

  it('says nothing where nothing grew', async () => {
    const directory = await begin();
    logs = [log('a', 3)];
    await directory.look();
    clock.advance(2 * limits.directoryEveryMs);
    await directory.look(true);
    expect(recordsOf('directory')).toHaveLength(1);
  });

  it('is itself on record in another log, once in each life', async () => {
    logs = [log('a', 3)];
    await (await begin()).look();
    const second = await begin();
    logs = [log('a', 5), log('b', 1)];
    await second.look();
    logs = [log('a', 6), log('b', 1), log('c', 1)];
    await second.look();
    expect(recordsOf('standard').map(({ type, details }) => ({ type, details }))).toEqual([
      {
        type: 'log.opened',
        details: { origin: 'audit.example.com/main/directory/control-1', is: 'directory' },
      },
      {
        type: 'log.opened',
        details: { origin: 'audit.example.com/main/directory/control-1', is: 'directory' },
      },
    ]);
  });

  it('is said in another log with its root each time it changed, at most once a minute and at the end [AUD-03]', async () => {
    const headed = (size: number): LogState => ({
      tenant: 'main',
      origin: 'audit.example.com/main/directory/control-1',
      size,
      root: rootOf(size),
    });
    const told = () =>
      recordsOf('standard').flatMap(({ type, details }) =>
        type === 'log.directory-head' ? [details?.['size']] : [],
      );
    const directory = await begin();
    logs = [log('a', 3)];
    directories = [headed(1), { ...headed(9), origin: 'of/another/life' }];
    await directory.look();
    expect(recordsOf('standard').at(-1)).toMatchObject({
      type: 'log.directory-head',
      details: { origin: headed(1).origin, size: 1, root: rootOf(1) },
    });
    directories = [headed(2)];
    clock.advance(headEveryMs - 1);
    await directory.look();
    expect(told()).toEqual([1]);
    clock.advance(1);
    await directory.look();
    await directory.look();
    directories = [headed(3)];
    await directory.lastHeads();
    expect(told()).toEqual([1, 2, 3]);
  });

  it('is not written for what it says of itself: a log that only grew by that has not grown', async () => {
    const directory = await begin();
    const own = (size: number): LogState => ({ ...log('d', size), origin: directoryOrigin });
    logs = [log('a', 3)];
    directories = [own(1)];
    await directory.look();
    logs = [log('a', 4)];
    for (let at = 0; at < 3; at += 1) {
      clock.advance(limits.directoryEveryMs);
      await directory.look();
    }
    expect(recordsOf('directory')).toHaveLength(1);
    logs = [log('a', 5)];
    await directory.look();
    expect(recordsOf('directory')).toHaveLength(2);
  });

  it('misses a log that is gone or shorter, by what an earlier life noted, until it is back', async () => {
    logs = [log('a', 30), log('b', 7), log('c', 2)];
    await (await begin()).look();
    const directory = await begin();
    logs = [log('a', 20), log('c', 2)];
    await directory.look();
    await directory.look();
    const missing = [
      { origin: log('a', 0).origin, noted: 30, found: 20 },
      { origin: log('b', 0).origin, noted: 7, found: undefined },
    ];
    expect(directory.missing('main')).toEqual(missing);
    expect(directory.missing('acme')).toEqual([]);
    const told = recordsOf('standard').filter(({ type }) => type === 'log.missing');
    expect(told.map(({ details }) => details)).toEqual(
      missing.map((one) => ({ ...one, found: one.found ?? null })),
    );
    // What is missed is not forgotten by going on.
    logs = [log('a', 20), log('c', 3)];
    await directory.look(true);
    expect(noted()).toEqual([log('a', 30), log('b', 7), log('c', 3)]);
    logs = [log('a', 31), log('b', 7), log('c', 3)];
    await directory.look();
    expect(directory.missing('main')).toEqual([]);
  });

  const accepting = (name: string, noted: number) => ({
    origin: log(name, 0).origin,
    by: 'maria',
    at: '2026-11-27T08:00:00.000Z',
    draft: {
      type: 'log.missing-accepted' as const,
      tenant: 'main',
      actors: [{ kind: 'human' as const, name: 'maria' }],
      details: { origin: log(name, 0).origin, noted, reason: 'disk lost' },
    },
  });

  it('misses no more what people accepted, also in lives to come, and says who did [AUD-03]', async () => {
    logs = [log('a', 30), log('b', 7)];
    await (await begin()).look();
    const directory = await begin();
    logs = [log('a', 30)];
    await directory.look();
    const id = await directory.accept('main', accepting('b', 7));
    expect(recordsOf('directory').find((one) => one.id === id)).toMatchObject({
      type: 'log.missing-accepted',
      details: { noted: 7 },
    });
    const later = await begin();
    for (const one of [directory, later]) {
      await one.look();
      expect(one.missing('main')).toEqual([]);
      expect(one.accepted('main')).toMatchObject([{ size: 7, accepted: { by: 'maria' } }]);
    }
    // One that is there again is looked at as any other.
    logs = [log('a', 30), log('b', 3)];
    await later.look();
    expect(later.missing('main')).toMatchObject([{ noted: 7, found: 3 }]);
    await expect(later.accept('main', accepting('never', 1))).rejects.toMatchObject({
      code: 'api/not-found',
    });
  });

  it('goes on from a life that ended between the record of that and its next words', async () => {
    logs = [log('a', 30), log('b', 7)];
    const directory = await begin();
    await directory.look();
    logs = [log('a', 30)];
    await directory.accept('main', accepting('b', 7));
    const last = recordsOf('directory').length - 1;
    const later = await begin(undefined, last);
    await later.look();
    expect(later.missing('main')).toEqual([]);
  });

  it('misses a log of the same length with other records, and goes on saying what it was', async () => {
    logs = [log('a', 5)];
    const directory = await begin();
    await directory.look();
    logs = [{ ...log('a', 5), root: rootOf(99) }];
    await directory.look(true);
    expect(directory.missing('main')).toMatchObject([{ noted: 5, found: 5 }]);
    expect(noted()).toEqual([log('a', 5)]);
  });

  it('of one tenant that cannot be written holds up no other', async () => {
    logs = [log('a', 3), log('b', 3, 'acme')];
    await (await begin()).look();
    const directory = await begin('main');
    logs = [log('a', 1), log('b', 3, 'acme'), log('c', 1, 'acme')];
    await expect(directory.look()).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(noted()).toContainEqual(log('c', 1, 'acme'));
  });

  it('misses a log whose head cannot be read, and looks at the others', () => {
    const readable = { tenant: 'main', retention: 'standard', origin: 'a' };
    const torn = { ...readable, origin: 'b' };
    const entry = () => Buffer.alloc(0);
    const states = logStates([
      {
        ...torn,
        reader: {
          entry,
          head: () => {
            throw new Error('torn');
          },
        },
      },
      {
        ...readable,
        reader: { entry, head: () => ({ origin: 'a', size: 2, root: Buffer.alloc(32) }) },
      },
    ]);
    expect(states.map(({ origin }) => origin)).toEqual(['a']);
    const directory = { ...torn, retention: 'directory' };
    const gone = () => {
      throw new Error('missing');
    };
    const head = () => ({ origin: 'd', size: 1, root: Buffer.alloc(32) });
    expect(notedLogs([{ ...directory, reader: { head, entry: gone } }])).toEqual([]);
  });

  it('keeps tenants apart, and hundreds of logs', async () => {
    const many = Array.from({ length: 450 }, (_, at) => log(`gateway-${1000 + at}`, at + 1));
    logs = [...many, log('a', 4, 'acme')];
    await (await begin()).look();
    expect(new Set(noted())).toEqual(new Set(logs));
    expect(
      recordsOf('directory').map(({ tenant, details }) => [tenant, details?.['part']]),
    ).toEqual([
      ['main', 1],
      ['main', 2],
      ['main', 3],
      ['acme', 1],
    ]);
  });

  it('that could not be written is written at the next look', async () => {
    const directory = await begin();
    logs = [log('a', 3)];
    journal.fill(0);
    await expect(directory.look()).rejects.toMatchObject({ code: 'audit/unavailable' });
    journal.makeRoom();
    await directory.look();
    expect(noted()).toEqual([log('a', 3)]);
  });
});
