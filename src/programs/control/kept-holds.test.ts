import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import type { KeptHolds } from '#contracts/kept-holds.ts';
import type { Store } from '#contracts/store.ts';
import type { Person } from '#kernel/principal.ts';
import { systemClock as clock } from '#kernel/time.ts';
import { createAuditReader, type PrivacyDesk } from '#planes/audit/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import { keepHeld, openErased, openPrivacyDesk } from './privacy.ts';

let folder = '';
let plain: Store;
let store: Store;
let keptHolds: KeptHolds;
let log: ProgramLog;
let desk: PrivacyDesk;
let told: string[] = [];

const place = (...of: readonly string[]) => join(folder, ...of);
const person = (name: string): Person => ({ tenant: 'main', name, roles: ['privacy'] });
const petra = person('petra');
const paul = person('paul');

/** A whole control program, as far as what is sealed goes. */
async function open(): Promise<void> {
  const keyring = await createFileKeyring({ folder: place('keys') });
  const data = place('data');
  const ratchetFolder = place('keys', 'ratchet');
  plain = await openSqliteStore({ folder: join(data, 'store'), clock });
  ({ store, keptHolds } = await keepHeld(plain, ratchetFolder));
  const of = { data, writer: 'control-1', tenant: 'main', ratchetFolder };
  const { payloadKeys } = store;
  log = await openProgramLog({ ...of, keyring, clock, payloadKeys });
  told = [];
  const tombstones = await openErased(store, log, ratchetFolder, (text) => told.push(text));
  desk = openPrivacyDesk({ store, log, tombstones, keptHolds });
}

async function close(): Promise<void> {
  await log.close();
  await store.close();
}

async function whileDown(work: () => void): Promise<void> {
  await close();
  work();
  await open();
}

/** What whoever can write the data folder can do, and nothing of it is beside the keys. */
function edit(sql: string, ...values: readonly (string | number | null)[]): void {
  const database = new DatabaseSync(place('data', 'store', 'tenants', 'main.sqlite'));
  expect(database.prepare(sql).run(...values).changes).toBe(1);
  database.close();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-held-'));
  await open();
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

async function begun(subject = 'ann@corp'): Promise<void> {
  const draft = draftOf('task.begun', { task: 't', tenant: 'main' });
  await log.recorder.record(draft, Buffer.from('words'), { subject });
  await log.flush();
}

/** Held by petra and paul. */
async function held(subject = 'ann@corp'): Promise<string> {
  const asked = await desk.hold({ by: petra, subject, matter: 'Doe v. Corp', force: true });
  const agreed = await desk.agree({ by: paul, id: asked.id });
  return agreed.did === 'held' ? agreed.hold : '';
}

async function released(hold: string): Promise<void> {
  const asked = await desk.release({ by: paul, hold, reason: 'settled' });
  await desk.agree({ by: petra, id: asked.id });
}

const eraseOf = (subject = 'ann@corp') =>
  desk.erase({ by: petra, subject, basis: 'law', request: 'DSR-1' });

async function recordsOf(type: string) {
  await log.flush();
  const reader = createAuditReader({ readers: () => log.readers(), sealer: log.sealer });
  const found = await reader.tail({ tenant: 'main', limit: 100, type });
  return found.map(({ record }) => record);
}

const differ = (what: string, id: string, why: string) => ({
  code: 'audit/holds-differ',
  details: { differ: [{ what, id, why }] },
});

describe('a legal hold, while whoever edits the store cannot write beside the keys', () => {
  it('is missed where it is taken out: nothing is erased or pruned, until both keep it [DAT-10] [AUD-10]', async () => {
    const why = 'gone';
    await begun();
    await begun('bob@corp');
    const hold = await held();
    await whileDown(() => edit('DELETE FROM legal_holds WHERE id = ?', hold));
    expect(keptHolds.seen('main')).toEqual([{ what: 'hold', id: hold, why }]);
    const asDiffers = differ('hold', hold, why);
    await expect(eraseOf()).rejects.toMatchObject(asDiffers);
    await expect(eraseOf('bob@corp')).rejects.toMatchObject(asDiffers);
    const tenant = desk.eraseTenant({ by: petra, basis: 'law', request: '1' });
    await expect(tenant).rejects.toMatchObject(asDiffers);
    const pruning = store.holds.over('main', { olderThan: 1 }, clock.now());
    await expect(pruning).rejects.toMatchObject(asDiffers);
    expect(await recordsOf('privacy.erased')).toEqual([]);
    // It is still so after one more start.
    await whileDown(() => undefined);
    await expect(eraseOf()).rejects.toMatchObject(asDiffers);

    await desk.mendHolds({ by: petra, reason: 'somebody edited the store' });
    expect(await recordsOf('privacy.holds-mended')).toMatchObject([
      {
        actors: [{ name: 'petra' }],
        details: { differ: [{ what: 'hold', id: hold, why }], reason: 'somebody edited the store' },
      },
    ]);
    await expect(eraseOf()).rejects.toMatchObject({
      code: 'audit/held',
      details: { holds: [hold] },
    });
    await eraseOf('bob@corp');
    // And it is released by two, as any.
    await released(hold);
    await eraseOf();
    expect(keptHolds.seen('main')).toEqual([]);
  });

  it('is mended by the role privacy alone, in person, with words, and by nobody where nothing differs', async () => {
    const reason = 'r';
    const eve: Person = { tenant: 'main', name: 'eve', roles: ['admin'] };
    const token = { ...petra, through: { kind: 'token', id: 't' } } as const;
    for (const by of [eve, token]) {
      await expect(desk.mendHolds({ by, reason })).rejects.toMatchObject({ code: 'api/forbidden' });
    }
    await expect(desk.mendHolds({ by: petra, reason: ' ' })).rejects.toMatchObject({
      code: 'api/reason-required',
    });
    expect(await desk.mendHolds({ by: petra, reason })).toEqual([]);
    expect(await recordsOf('privacy.holds-mended')).toEqual([]);
  });
});

describe('the yes of a second person', () => {
  it('is not taken for what nobody asked, however the store says that somebody did [DAT-10]', async () => {
    await begun();
    const hold = await held();
    const [id, until] = ['forged', clock.now() + 60_000];
    await whileDown(() => {
      edit(
        'INSERT INTO agreements (tenant, id, act, asked_by, reason, asked_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        'main',
        id,
        JSON.stringify({ kind: 'release', hold }),
        'paul',
        'settled',
        1,
        until,
      );
    });
    const asDiffers = differ('agreement', id, 'unknown');
    await expect(desk.agree({ by: petra, id })).rejects.toMatchObject(asDiffers);
    await expect(eraseOf()).rejects.toMatchObject(asDiffers);
    expect(await recordsOf('privacy.hold-released')).toEqual([]);
    await desk.mendHolds({ by: petra, reason: 'forged' });
    // It is over, and what is held stays held.
    const late = desk.agree({ by: petra, id });
    await expect(late).rejects.toMatchObject({ code: 'api/not-found' });
    await expect(eraseOf()).rejects.toMatchObject({ code: 'audit/held' });
  });

  it('is not that of the first one under another name [DAT-02]', async () => {
    const { id } = await desk.eraseTenant({ by: petra, basis: 'law', request: '1' });
    await whileDown(() => edit("UPDATE agreements SET asked_by = 'nobody' WHERE id = ?", id));
    const agreed = desk.agree({ by: petra, id });
    await expect(agreed).rejects.toMatchObject(differ('agreement', id, 'changed'));
    expect(await recordsOf('privacy.tenant-erased')).toEqual([]);
  });

  it('counts once: what was agreed to does not wait again', async () => {
    await held();
    await whileDown(() =>
      edit('UPDATE agreements SET agreed_at = NULL, agreed_by = NULL WHERE tenant = ?', 'main'),
    );
    expect(keptHolds.seen('main')).toMatchObject([{ what: 'agreement', why: 'unknown' }]);
  });
});

describe('a store that was put back', () => {
  const backUp = () => cpSync(place('data', 'store'), place('older'), { recursive: true });
  const restore = () => {
    rmSync(place('data', 'store'), { recursive: true });
    cpSync(place('older'), place('data', 'store'), { recursive: true });
  };

  it('misses a hold that was placed since [AUD-10]', async () => {
    await begun();
    await whileDown(backUp);
    const hold = await held();
    await whileDown(restore);
    await expect(eraseOf()).rejects.toMatchObject(differ('hold', hold, 'gone'));
    await desk.mendHolds({ by: petra, reason: 'put back' });
    await expect(eraseOf()).rejects.toMatchObject({ code: 'audit/held' });
    expect((await desk.holds('main')).holds).toMatchObject([{ id: hold, heldBy: 'paul' }]);
  });

  it('has a hold that was released since, which is to be released again', async () => {
    await begun();
    const hold = await held();
    await whileDown(backUp);
    await released(hold);
    await whileDown(restore);
    // What waited then counts for nothing either: nobody is on record as having asked.
    await expect(eraseOf()).rejects.toMatchObject(differ('hold', hold, 'unknown'));
    await desk.mendHolds({ by: petra, reason: 'put back' });
    await expect(eraseOf()).rejects.toMatchObject({ code: 'audit/held' });
    await released(hold);
    await eraseOf();
  });
});

describe('a start over an edited store', () => {
  it('goes on over an erasure that a crash left, and does not do it while the holds differ [DAT-10]', async () => {
    await begun();
    const crashing = openPrivacyDesk({
      store,
      log,
      keptHolds,
      tombstones: {
        isMissing: false,
        settle: () => undefined,
        add: () => {
          throw new Error('the power went');
        },
        all: () => [],
      },
    });
    const failed = crashing.erase({ by: petra, subject: 'ann@corp', basis: 'law', request: '1' });
    await expect(failed).rejects.toThrow('the power went');
    const hold = await held();
    await whileDown(() => edit('DELETE FROM legal_holds WHERE id = ?', hold));
    expect(told).toEqual([expect.stringContaining('are not those that are kept')]);
    expect(await store.payloadKeys.of('main', 'ann@corp')).toBeDefined();
  });
});
