import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { type RecordDraft, type RecordType, recordTypes } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { openLogReader, openLogWriter } from '#storage/tiles/index.ts';
import { logVkey, parseVkey, verifyProofFile } from '#tlog/index.ts';
import { FakeJournal } from '../../../test/fakes/fake-journal.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { draftOf, without } from '../../../test/fakes/record-drafts.ts';
import type { AuditFilter } from './door.ts';
import { createPayloadSealer } from './payload-sealer.ts';
import { createAuditReader, type ReadableLog } from './reader.ts';
import { createRecorder } from './recorder.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Two writers, as after a call that came through one gateway and a verdict given in control. */
async function setUp(tenant = 'main') {
  const root = mkdtempSync(join(tmpdir(), 'audit-'));
  folders.push(root);
  const keyring = new FakeKeyring();
  const clock = new ManualClock();
  const signer = await keyring.signer('log');
  const sealer = await createPayloadSealer({ keyring, clock });
  const writers = ['gateway-1', 'control'].map((writer) => {
    const journal = new FakeJournal();
    const origin = `audit.example.com/${tenant}/standard/${writer}`;
    const folder = join(root, writer);
    const vkey = logVkey(origin, signer.publicKey);
    const publish = () => {
      const log = openLogWriter({ folder, origin, signer });
      log.append('ab'.repeat(16), journal.frames);
      log.publish();
    };
    return {
      recorder: createRecorder({ journal, clock, writer, sealer }),
      publish,
      log: (): ReadableLog => ({ tenant, origin, reader: openLogReader({ folder, vkey }) }),
      vkey,
    };
  });
  const [gateway, control] = writers;
  if (gateway === undefined || control === undefined) throw new Error('two writers');
  const reader = createAuditReader({
    readers: () => {
      for (const writer of writers) writer.publish();
      return writers.map((writer) => writer.log());
    },
    sealer,
  });
  const tail = async (filter: Partial<AuditFilter> = {}) => {
    const found = await reader.tail({ tenant, limit: 100, ...filter });
    return found.map(({ record }) => record.call);
  };
  return { clock, gateway, control, reader, tail };
}

const intent = (call: string, over: Partial<RecordDraft> = {}): RecordDraft =>
  draftOf('policy.intent', { call, ...over });

/** Records of which nothing but the id matters. */
function plainLog(ids: readonly string[]): ReadableLog {
  const origin = 'audit.example.com/main/standard/plain';
  const actors = [{ kind: 'system', name: 'test' }];
  const entry = (index: number) =>
    canonicalBytes({
      actors,
      id: ids[index] ?? '',
      schema: 1,
      sequence: 1,
      tenant: 'main',
      time: '2026-11-26T00:00:00.000Z',
      type: 'gateway.noticed',
      writer: 'plain',
    });
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ index: from + i, bytes: entry(from + i) }));
  return {
    tenant: 'main',
    origin,
    reader: {
      begins: () => 0,
      leaves: () => [],
      head: () => ({ origin, size: ids.length, root: new Uint8Array(32) }),
      entry,
      range,
      provenEntries: (indices) => indices.map((index) => ({ index, bytes: entry(index) })),
      find: () => undefined,
      proof: entry,
      payload: () => undefined,
    },
  };
}

describe('the reading side', () => {
  it('merges the logs of all writers by time, newest last, and keeps the order inside a log', async () => {
    const { clock, gateway, control, tail } = await setUp();
    await gateway.recorder.record(intent('1'));
    clock.advance(5);
    await control.recorder.record(intent('2'));
    clock.advance(5);
    for (const call of ['3', '4', '5', '6']) await gateway.recorder.record(intent(call));
    expect(await tail()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await tail({ limit: 3 })).toEqual(['4', '5', '6']);
    expect(await tail({ limit: 0 })).toEqual([]);
  });

  it('filters by type, agent, decision, call and time', async () => {
    const { clock, gateway, control, tail } = await setUp();
    const deny = { ...draftOf('policy.intent').decision, effect: 'deny' } as never;
    await gateway.recorder.record(intent('1', { decision: deny }));
    clock.advance(1_000);
    const since = clock.now();
    await gateway.recorder.record(intent('2', { actors: [{ kind: 'agent', name: 'other' }] }));
    await control.recorder.record(draftOf('approval.approved', { call: '3' }));
    expect(await tail({ type: 'approval.approved' })).toEqual(['3']);
    expect(await tail({ agent: 'other' })).toEqual(['2']);
    expect(await tail({ decision: 'deny' })).toEqual(['1']);
    expect(await tail({ call: '2' })).toEqual(['2']);
    expect(await tail({ since, type: 'policy.intent' })).toEqual(['2']);
    expect(await tail({ since: since + 1 })).toEqual([]);
  });

  it('finds the refusals of every gate by their decision, whichever stage gave them', async () => {
    const { gateway, tail } = await setUp();
    const refused = (type: RecordType) =>
      gateway.recorder.record(without(draftOf(type, { call: type }), 'decision'));
    // A tool that somebody rejected is no call that was refused.
    const types = recordTypes.filter(
      (type) => /refused|rejected/.test(type) && type !== 'tool.rejected',
    );
    for (const type of types) await refused(type);
    await gateway.recorder.record(draftOf('policy.outcome', { call: 'withheld' }));
    await gateway.recorder.record(without(draftOf('policy.outcome'), 'refusal'));
    expect(await tail({ decision: 'deny' })).toEqual([...types, 'withheld']);
  });

  it('leaves out looks, handshakes and chores of programs when actions are asked for', async () => {
    const { gateway, tail } = await setUp();
    const quiet = [
      'api.read',
      'log.read',
      'gateway.greeted',
      'policy.listed',
      'log.marked',
    ] as const;
    for (const type of quiet) await gateway.recorder.record(draftOf(type, { call: type }));
    const loud = ['policy.outcome', 'gateway.refused', 'stop.set', 'tool.approved'] as const;
    for (const type of loud) await gateway.recorder.record(draftOf(type, { call: type }));
    const refresh = [{ kind: 'system', name: 'system/refresh' }] as const;
    await gateway.recorder.record(draftOf('policy.intent', { call: 'look', actors: refresh }));
    expect(await tail({ actions: true })).toEqual([...loud]);
    expect(await tail()).toEqual([...quiet, ...loud, 'look']);
  });

  it('finds what is recent behind a clock that was set back', async () => {
    const { clock, gateway, tail } = await setUp();
    const since = clock.now();
    for (let at = 0; at < 600; at += 1) await gateway.recorder.record(intent(`${at}`));
    clock.advance(-50_000);
    await gateway.recorder.record(intent('set back'));
    clock.advance(50_000);
    expect(await tail({ since, limit: 1_000 })).toHaveLength(600);
    expect(await tail({ limit: 300 })).toHaveLength(300);
  });

  it('finds a record by its id after a clock that had jumped ahead for hours', async () => {
    const { clock, gateway, reader } = await setUp();
    const ids: string[] = [];
    const record = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        ids.push((await gateway.recorder.record(intent(`${ids.length}`))).id);
      }
    };
    await record(300);
    clock.advance(5 * 3_600_000);
    await record(300);
    clock.advance(-5 * 3_600_000);
    await record(300);
    for (const at of [0, 299, 300, 599, 600, 899]) {
      expect((await reader.show('main', ids[at] ?? ''))?.index).toBe(at);
    }
  });

  it('finds what stands out of order, as an older version left it', async () => {
    const times = [1_000, 9_000_000, 2_000].flatMap((start) =>
      Array.from({ length: 300 }, (_, i) => start + i),
    );
    const ids = times.map((time) => newId(time));
    const log = plainLog(ids);
    const reader = createAuditReader({
      sealer: { open: async () => Buffer.alloc(0) },
      readers: () => [log],
    });
    for (const at of [0, 450, 899]) {
      expect((await reader.show('main', ids[at] ?? ''))?.index).toBe(at);
    }
    expect(await reader.show('main', newId(5))).toBeUndefined();
  });

  it('finds what a clock that had jumped ahead wrote, behind what is newer and older by its word', async () => {
    const { clock, gateway, tail } = await setUp();
    clock.advance(3_600_000);
    const since = clock.now();
    await gateway.recorder.record(intent('ahead'));
    clock.advance(-3_600_000);
    for (let at = 0; at < 700; at += 1) await gateway.recorder.record(intent('right again'));
    expect(await tail({ since })).toEqual(['ahead']);
  });

  it('stops looking when nobody waits for the answer any more', async () => {
    const log = plainLog(Array.from({ length: 20_000 }, (_, i) => newId(i)));
    let pages = 0;
    const gone = new AbortController();
    const counted = {
      ...log,
      reader: {
        ...log.reader,
        range: (from: number, to: number) => {
          pages += 1;
          if (pages === 3) gone.abort();
          return log.reader.range(from, to);
        },
      },
    };
    const reader = createAuditReader({
      sealer: { open: async () => Buffer.alloc(0) },
      readers: () => [counted],
    });
    const filter = { tenant: 'main', limit: 10, type: 'policy.intent', signal: gone.signal };
    expect(await reader.tail(filter)).toEqual([]);
    expect(pages).toBe(3);
  });

  it('shows one record with its place, and proves it to a stranger', async () => {
    const { gateway, control, reader } = await setUp();
    await control.recorder.record(intent('1'));
    await gateway.recorder.record(intent('2'));
    const { id } = await gateway.recorder.record(intent('3'));
    const shown = await reader.show('main', id);
    expect(shown).toMatchObject({
      origin: 'audit.example.com/main/standard/gateway-1',
      index: 1,
      record: { id, call: '3' },
    });
    const proof = Buffer.from((await reader.proof('main', id)) ?? '');
    const entry = gateway.log().reader.entry(1);
    expect(await reader.leaf('main', id)).toEqual(entry);
    const trust = { log: parseVkey(gateway.vkey) };
    expect(verifyProofFile(proof, entry, trust)).toMatchObject({ index: 1 });
    const forged = Buffer.from(Buffer.from(entry).toString().replace('"3"', '"4"'));
    expect(() => verifyProofFile(proof, forged, trust)).toThrow();
  });

  it('knows nothing of another tenant and of ids that are not there', async () => {
    const { gateway, reader } = await setUp();
    const { id } = await gateway.recorder.record(intent('1'));
    const unknown = '0199c0de-0000-7000-8000-000000000000';
    for (const [tenant, one] of [['other', id] as const, ['main', unknown] as const]) {
      expect(await reader.show(tenant, one)).toBeUndefined();
      expect(await reader.proof(tenant, one)).toBeUndefined();
      expect(await reader.leaf(tenant, one)).toBeUndefined();
    }
    expect(await reader.tail({ tenant: 'other', limit: 10 })).toEqual([]);
  });

  it('opens the sealed body of a record, and of no other place', async () => {
    const { gateway, reader } = await setUp();
    const body = Buffer.from('{"amount":5}');
    const withBody = await gateway.recorder.record(intent('1'), body);
    const bare = await gateway.recorder.record(intent('2'));
    const found = await reader.show('main', withBody.id);
    const other = await reader.show('main', bare.id);
    if (found === undefined || other === undefined) throw new Error('records are there');
    expect(await reader.payload(found)).toEqual(body);
    expect(await reader.payload(other)).toBeUndefined();
    expect(await reader.payload({ ...found, origin: 'elsewhere' })).toBeUndefined();
  });

  it('says which record it cannot read instead of passing over it', async () => {
    const origin = 'audit.example.com/main/standard/future';
    const leaf = Buffer.from('{"schema":2}');
    const reader = createAuditReader({
      sealer: { open: async () => Buffer.alloc(0) },
      readers: () => [
        {
          tenant: 'main',
          origin,
          reader: {
            begins: () => 0,
            leaves: () => [],
            head: () => ({ origin, size: 1, root: new Uint8Array(32) }),
            entry: () => leaf,
            range: () => [{ index: 0, bytes: leaf }],
            provenEntries: () => [{ index: 0, bytes: leaf }],
            find: () => 0,
            proof: () => leaf,
            payload: () => undefined,
          },
        },
      ],
    });
    const unreadable = { code: 'audit/unreadable-record', details: { origin, index: 0 } };
    await expect(
      reader.tail({ tenant: 'main', limit: 5, type: 'policy.intent' }),
    ).rejects.toMatchObject(unreadable);
    await expect(reader.show('main', 'x')).rejects.toMatchObject(unreadable);
  });
});
