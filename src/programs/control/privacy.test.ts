import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileKeyring } from '#adapters/keyring/file/index.ts';
import type { KeptHolds } from '#contracts/kept-holds.ts';
import type { Store } from '#contracts/store.ts';
import type { Tombstones } from '#contracts/tombstones.ts';
import { commitment } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Person, Role } from '#kernel/principal.ts';
import { systemClock as clock } from '#kernel/time.ts';
import {
  type AuditReader,
  createAuditReader,
  createPayloadSealer,
  type PrivacyDesk,
} from '#planes/audit/index.ts';
import { readLogBreaks } from '#storage/ratchet/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { parseVkey, verifyProofFile } from '#tlog/index.ts';
import { runCli } from '../../../test/e2e/cli.ts';
import { filesBelow, filesHolding } from '../../../test/e2e/files.ts';
import { draftOf } from '../../../test/fakes/record-drafts.ts';
import { openProgramLog, type ProgramLog } from '../program-log.ts';
import { keepHeld, openErased, openPrivacyDesk } from './privacy.ts';

const words = 'refund the order of Mrs Canary-4711';
let folder = '';
let store: Store;
let log: ProgramLog;
let reader: AuditReader;
let tombstones: Tombstones;
let keptHolds: KeptHolds;
let desk: PrivacyDesk;
let told: string[] = [];

const place = (...of: readonly string[]) => join(folder, ...of);

async function open(): Promise<void> {
  const keyring = await createFileKeyring({ folder: place('keys') });
  const data = place('data');
  const ratchetFolder = place('keys', 'ratchet');
  const plain = await openSqliteStore({ folder: join(data, 'store'), clock });
  ({ store, keptHolds } = await keepHeld(plain, ratchetFolder));
  const { payloadKeys } = store;
  const of = { data, writer: 'control-1', tenant: 'main', ratchetFolder };
  log = await openProgramLog({ ...of, keyring, clock, payloadKeys });
  reader = createAuditReader({ readers: () => log.readers(), sealer: log.sealer });
  told = [];
  tombstones = await openErased(store, log, ratchetFolder, (text) => told.push(text));
  desk = openPrivacyDesk({ store, log, tombstones, keptHolds });
}

async function close(): Promise<void> {
  await log.close();
  await store.close();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-erased-'));
  await open();
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const person = (name: string, ...roles: readonly Role[]): Person => ({
  tenant: 'main',
  name,
  roles,
});
const petra = person('petra', 'privacy');
const paul = person('paul', 'privacy');

async function begun(subject: string, tenant = 'main'): Promise<string> {
  const draft = draftOf('task.begun', { task: 't', tenant });
  const { id } = await log.recorder.record(draft, Buffer.from(words), { subject });
  await log.flush();
  return id;
}

const revealed = (id: string, by = petra, purpose = 'case 17') => desk.reveal({ by, id, purpose });
const eraseOf = (subject: string, by = petra) =>
  desk.erase({ by, subject, basis: 'GDPR Art. 17(1)(b)', request: 'DSR-204' });

/** As a person does it, while nothing runs. */
async function backedUp(name: string): Promise<Buffer> {
  const asked = ['backup', 'take', place(name), '--keys', place('keys')];
  expect(await runCli({ home: folder, data: place('data') }, asked)).toMatchObject({ code: 0 });
  return readFileSync(place(name));
}

async function recordsOf(type: string) {
  await log.flush();
  const found = await reader.tail({ tenant: 'main', limit: 100, type });
  return found.map(({ record }) => record);
}

function filesThatSay(text: string): readonly string[] {
  expect(filesBelow(folder).length).toBeGreaterThan(5);
  return filesHolding(folder, [text]);
}

describe('what is sealed with a record', () => {
  it('is shown to the role privacy, and who looked, at what and what for is on record [AUD-10] [AUD-21]', async () => {
    const id = await begun('ann@corp');
    const shown = await revealed(id);
    expect(shown.body.toString()).toBe(words);
    const handle = (await store.payloadKeys.of('main', 'ann@corp'))?.handle;
    const [record] = await recordsOf('log.revealed');
    expect(record).toMatchObject({
      actors: [{ kind: 'human', name: 'petra' }],
      details: { record: id, of: 'task.begun', key: handle, purpose: 'case 17', shown: 'whole' },
    });
    expect(JSON.stringify(record)).not.toContain('ann@corp');
  });

  it('is proved by its commitment, whose salt is sealed with it and is gone when the key is [AUD-10] [DAT-10]', async () => {
    const given = Buffer.from('{"iban":"DE02"}');
    const draft = draftOf('gateway.refused', { arguments: log.recorder.commit(given) });
    const whose = { subject: 'ann@corp' };
    const { id } = await log.recorder.record(draft, given, whose);
    const alone = await log.recorder.record(draft, undefined, whose);
    await log.flush();
    const shown = await revealed(id);
    const [opened] = shown.commitments;
    const { salt, sha256 } = opened ?? { salt: '', sha256: '-' };
    expect(shown.proves).toBe('arguments');
    expect(commitment(Buffer.from(salt, 'hex'), given)).toBe(sha256);
    // Where the words are not kept, whoever has them proves them all the same.
    const bare = await revealed(alone.id);
    expect(bare).toMatchObject({ proves: undefined, commitments: [{ of: 'arguments', salt }] });
    expect(bare.body.length).toBe(0);
    expect(filesThatSay(sha256)).not.toEqual([]);
    expect(filesHolding(folder, [salt, Buffer.from(salt, 'hex')])).toEqual([]);
    await desk.erase({ by: petra, subject: 'ann@corp', basis: 'GDPR 17', request: 'case 17' });
    for (const one of [id, alone.id]) {
      await expect(revealed(one)).rejects.toMatchObject({ code: 'audit/erased' });
    }
  });

  it('is shown to nobody else, for no purpose, to no token, and of no record without it [AUD-10]', async () => {
    const id = await begun('ann@corp');
    for (const role of ['owner', 'auditor', 'approver', 'analyst', 'operator', 'admin'] as const) {
      await expect(revealed(id, person('eve', role))).rejects.toMatchObject({
        code: 'api/forbidden',
      });
    }
    const token = { ...petra, through: { kind: 'token', id: 't' } } as const;
    await expect(revealed(id, token)).rejects.toMatchObject({ code: 'api/forbidden' });
    await expect(revealed(id, petra, ' ')).rejects.toMatchObject({ code: 'api/reason-required' });
    const { id: bare } = await log.recorder.record(draftOf('task.begun', { task: 't' }));
    await log.flush();
    await expect(revealed(bare)).rejects.toMatchObject({ code: 'audit/nothing-sealed' });
    await expect(revealed('x')).rejects.toMatchObject({ code: 'audit/record-unknown' });
    expect(await recordsOf('log.revealed')).toEqual([]);
  });

  it('is not shown where that cannot be recorded first [AUD-21]', async () => {
    const id = await begun('ann@corp');
    await log.journal.close();
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/unavailable' });
  });
});

describe('whoever is forgotten', () => {
  it('is so for good: nothing opens, every proof holds, and the tombstone names no one [DAT-10] [SYS-095]', async () => {
    const [ann, bob] = [await begun('ann@corp'), await begun('bob@corp')];
    const more = await begun('ann@corp');
    const leaves = async () => Promise.all([ann, bob, more].map((id) => reader.show('main', id)));
    const before = await leaves();
    const key = await store.payloadKeys.of('main', 'ann@corp');
    const erased = await eraseOf('ann@corp');
    expect(erased).toMatchObject({ handle: key?.handle, bodies: 2, isWhole: true });
    for (const id of [ann, more]) {
      await expect(revealed(id)).rejects.toMatchObject({
        code: 'audit/erased',
        details: { record: erased.record, handle: key?.handle },
      });
    }
    expect((await revealed(bob)).body.toString()).toBe(words);
    expect(await leaves()).toEqual(before);
    for (const id of [ann, bob, more]) expect(await reader.proof('main', id)).toBeDefined();
    const [tombstone] = await recordsOf('privacy.erased');
    expect(tombstone).toMatchObject({
      id: erased.record,
      actors: [{ kind: 'human', name: 'petra' }],
      details: { handle: key?.handle, basis: 'GDPR Art. 17(1)(b)', request: 'DSR-204', bodies: 2 },
    });
    expect(filesThatSay('ann@corp')).toEqual([]);
    expect(filesThatSay(key?.wrappedKey ?? 'x')).toEqual([]);
    for (const plain of [words, 'Canary-4711']) expect(filesThatSay(plain)).toEqual([]);
  });

  it('is certified by the log: each fact is in a leaf that its proof is of [DAT-10]', async () => {
    await begun('ann@corp');
    const { record, handle } = await eraseOf('ann@corp');
    await log.flush();
    const told = await desk.certificate('main', record);
    expect(told).toMatchObject({ handle, by: 'petra', request: 'DSR-204', bodies: 1 });
    expect(JSON.stringify(told)).not.toContain('ann@corp');
    const { evidence } = told;
    const leaf = Buffer.from(evidence.leaf);
    const trust = { log: parseVkey(evidence.vkey ?? '') };
    expect(verifyProofFile(Buffer.from(evidence.proof), leaf, trust).index).toBe(evidence.index);
    const other = await begun('bob@corp');
    await expect(desk.certificate('main', other)).rejects.toMatchObject({ code: 'api/not-found' });
    await expect(desk.certificate('main', 'unknown')).rejects.toMatchObject({
      code: 'audit/not-proven-yet',
    });
  });

  it('is forgotten by nobody without the role, and not when it cannot be recorded [DAT-10]', async () => {
    const id = await begun('ann@corp');
    await expect(eraseOf('ann@corp', person('eve', 'admin'))).rejects.toMatchObject({
      code: 'api/forbidden',
    });
    await expect(eraseOf('nobody')).rejects.toMatchObject({ code: 'audit/subject-unknown' });
    await log.journal.close();
    await expect(eraseOf('ann@corp')).rejects.toMatchObject({ code: 'audit/unavailable' });
    const found = await reader.show('main', id);
    expect(found && (await reader.payload(found))?.toString()).toBe(words);
  });

  it('stays so when the store is put back from a backup [DAT-10]', async () => {
    const id = await begun('ann@corp');
    await close();
    cpSync(place('data', 'store'), place('backup'), { recursive: true });
    await open();
    const { record, handle } = await eraseOf('ann@corp');
    await close();
    rmSync(place('data', 'store'), { recursive: true });
    cpSync(place('backup'), place('data', 'store'), { recursive: true });
    await open();
    await expect(revealed(id)).rejects.toMatchObject({
      code: 'audit/erased',
      details: { record },
    });
    expect(await recordsOf('privacy.erased-again')).toMatchObject([
      { actors: [{ kind: 'system' }], details: { keys: 1, handles: [handle] } },
    ]);
    // What is kept of it beside the keys is taken for no ratchet of a writer.
    expect(readLogBreaks(place('keys', 'ratchet'))).toEqual([]);
    // Once: the next start finds nothing to do.
    await close();
    await open();
    expect(await recordsOf('privacy.erased-again')).toHaveLength(1);
  });

  it('stays so when the tombstones are lost with it, however long ago it was; damaged, they end a start [DAT-10]', async () => {
    const id = await begun('ann@corp');
    await close();
    cpSync(place('data', 'store'), place('backup'), { recursive: true });
    await open();
    await eraseOf('ann@corp');
    // More than a start looks through where there are tombstones.
    const many = Array.from({ length: 2_100 }, () => draftOf('gateway.noticed'));
    await log.recorder.recordAll(many);
    await close();
    rmSync(place('data', 'store'), { recursive: true });
    cpSync(place('backup'), place('data', 'store'), { recursive: true });
    const kept = place('keys', 'ratchet', 'tombstones.ratchet');
    const whole = readFileSync(kept);
    writeFileSync(kept, whole.subarray(0, whole.length - 9));
    await expect(open()).rejects.toMatchObject({
      code: 'store/keys-unreadable',
      suggestedAction: expect.stringContaining('move it aside'),
    });
    await close();
    rmSync(kept);
    await open();
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
    expect(tombstones.isMissing).toBe(false);
    expect(tombstones.all()).toHaveLength(1);
  });

  it('stays so when nothing but the row of its key is put back [DAT-10]', async () => {
    const id = await begun('ann@corp');
    await close();
    const file = place('data', 'store', 'tenants', 'main.sqlite');
    const rows = () => {
      const database = new DatabaseSync(file);
      const all = database.prepare('SELECT * FROM payload_keys').all();
      database.close();
      return all;
    };
    const before = rows();
    expect(before).toHaveLength(1);
    await open();
    const { record } = await eraseOf('ann@corp');
    await close();
    expect(rows()).toEqual([]);
    const database = new DatabaseSync(file);
    for (const row of before) {
      const { tenant, handle, wrapped_key: key, made_at: at } = row;
      database
        .prepare(
          'INSERT INTO payload_keys (tenant, subject, handle, wrapped_key, made_at) VALUES (?, ?, ?, ?, ?)',
        )
        .run(tenant ?? null, 'somebody-else', handle ?? null, key ?? null, at ?? null);
    }
    database.close();
    await open();
    await expect(revealed(id)).rejects.toMatchObject({
      code: 'audit/erased',
      details: { record },
    });
    expect(await recordsOf('privacy.erased-again')).toHaveLength(1);
  });

  it.each(['tombstone', 'key'] as const)(
    'is so after a crash just before the %s, once it is on record [DAT-10]',
    async (what) => {
      const id = await begun('ann@corp');
      const crash = () => {
        throw new Error('the power went');
      };
      const crashing = openPrivacyDesk({
        keptHolds,
        log,
        store:
          what === 'key'
            ? { ...store, payloadKeys: { ...store.payloadKeys, destroy: crash } }
            : store,
        tombstones: what === 'tombstone' ? { ...tombstones, add: crash } : tombstones,
      });
      const asked = { by: petra, subject: 'ann@corp', basis: 'law', request: '1' };
      await expect(crashing.erase(asked)).rejects.toThrow('the power went');
      expect(await store.payloadKeys.of('main', 'ann@corp')).toBeDefined();
      await close();
      await open();
      expect(await store.payloadKeys.of('main', 'ann@corp')).toBeUndefined();
      await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
    },
  );
});

describe('a start over what failed or was damaged before', () => {
  const crash = () => {
    throw new Error('the power went');
  };
  const erasure = { by: petra, basis: 'law', request: '1' };
  const reopened = async () => {
    await close();
    await open();
  };
  it.each([
    ['a checkpoint that is torn', 'checkpoint', 'torn', 'no signatures'],
    ['no bundle', 'tile/entries', undefined, '`tile/entries/000.p/1` is missing'],
  ] as const)(
    'passes over a log of another with %s, and says so [DAT-10]',
    async (_, part, left, why) => {
      await begun('ann@corp');
      // Of a program that is gone, before its own in every list: its folder stays.
      const keyring = await createFileKeyring({ folder: place('keys') });
      const ratchetFolder = place('keys', 'ratchet');
      const of = { data: place('data'), writer: 'a-gone-1', tenant: 'main', ratchetFolder };
      await (await openProgramLog({ ...of, keyring, clock })).close();
      const foreign = place('data', 'log', 'main', 'standard', 'a-gone-1');
      const crashing = openPrivacyDesk({
        keptHolds,
        log,
        store,
        tombstones: { ...tombstones, add: crash },
      });
      const failed = crashing.erase({ ...erasure, subject: 'ann@corp' });
      await expect(failed).rejects.toThrow('the power went');
      rmSync(join(foreign, part), { recursive: true });
      if (left !== undefined) writeFileSync(join(foreign, part), left);
      await reopened();
      expect(told.join()).toMatch(/standard\/a-gone-1` is not read whole/u);
      expect(told.join()).toContain(why);
      // What is in the log behind it is found all the same.
      expect(await store.payloadKeys.of('main', 'ann@corp')).toBeUndefined();
    },
  );

  it('leaves a key that does not unwrap, says so, and wraps the others anew [DAT-02]', async () => {
    const keyring = await createFileKeyring({ folder: place('keys') });
    const keys = store.payloadKeys;
    const earlier = await createPayloadSealer({ keyring, clock, keys });
    await earlier.sealFor('main', 'bob@corp', Buffer.from(words));
    for (const [handle, wrappedKey] of [
      ['0'.repeat(32), 'AAAA'],
      ['f'.repeat(32), Buffer.alloc(60).toString('base64')],
    ] as const) {
      await keys.keep({ tenant: 'main', subject: handle, key: { handle, wrappedKey }, now: 0 });
    }
    await reopened();
    expect(told).toEqual([
      `the key ${'0'.repeat(32)} of \`main\` does not unwrap; it is left as it is`,
      `the key ${'f'.repeat(32)} of \`main\` does not unwrap; it is left as it is`,
    ]);
    const kept = await store.payloadKeys.of('main', '0'.repeat(32));
    expect(kept?.wrappedKey).toBe('AAAA');
    const bob = await store.payloadKeys.of('main', 'bob@corp');
    expect(bob?.wrappedKey).toMatch(/^tenant:/u);
  });

  it('does not finish what is held since, until that is released; a tombstone stands [DAT-10]', async () => {
    const id = await begun('ann@corp');
    const crashing = openPrivacyDesk({
      keptHolds,
      log,
      store,
      tombstones: { ...tombstones, add: crash },
    });
    const failed = crashing.erase({ ...erasure, subject: 'ann@corp' });
    await expect(failed).rejects.toThrow('the power went');
    const hold = await desk.hold({ by: petra, subject: 'ann@corp', matter: 'm' });
    await desk.hold({ by: petra, subject: 'bob@corp', matter: 'm', force: true });
    await reopened();
    expect(told).toEqual([expect.stringContaining(`is held now by ${hold.id}: it is not done`)]);
    expect((await revealed(id)).body.toString()).toBe(words);
    const key = await store.payloadKeys.of('main', 'ann@corp');
    tombstones.add({ tenant: 'main', handle: key?.handle ?? '', record: 'r', at: 0 });
    await reopened();
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
  });

  it('does not erase a tenant that is held since [DAT-02]', async () => {
    const id = await begun('ann@corp');
    const tenants = { ...log.tenants, destroy: crash };
    const crashing = openPrivacyDesk({ keptHolds, store, tombstones, log: { ...log, tenants } });
    const asked = await crashing.eraseTenant(erasure);
    await expect(crashing.agree({ by: paul, id: asked.id })).rejects.toThrow('the power went');
    const hold = await desk.hold({ by: petra, subject: 'bob@corp', matter: 'm', force: true });
    await reopened();
    expect(told).toEqual([expect.stringContaining(`is held now by ${hold.id}: it is not done`)]);
    expect((await revealed(id)).body.toString()).toBe(words);
  });

  it('does not do what was refused: neither of a subject nor of a tenant [DAT-10] [DAT-02]', async () => {
    const id = await begun('ann@corp');
    const refuse = () => {
      throw new BailiwickError('store/conflict');
    };
    const refusing = openPrivacyDesk({
      keptHolds,
      store,
      log: { ...log, tenants: { ...log.tenants, destroy: refuse } },
      tombstones: { ...tombstones, add: refuse },
    });
    const conflict = { code: 'store/conflict' };
    const failed = refusing.erase({ ...erasure, subject: 'ann@corp' });
    await expect(failed).rejects.toMatchObject(conflict);
    const asked = await refusing.eraseTenant(erasure);
    await expect(refusing.agree({ by: paul, id: asked.id })).rejects.toMatchObject(conflict);
    const notApplied = { details: { applied: 'no', erasure: expect.any(String) } };
    expect(await recordsOf('act.reconciled')).toMatchObject([notApplied, notApplied]);
    await reopened();
    expect((await revealed(id)).body.toString()).toBe(words);
    // Asked for again, it is done.
    await eraseOf('ann@corp');
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
  });

  it('finds no record of a tenant that is erased without the second yes [DAT-02]', async () => {
    await begun('ann@corp');
    const asked = await desk.eraseTenant(erasure);
    const agreements = { ...store.agreements, agree: crash };
    const refusing = openPrivacyDesk({
      keptHolds,
      store: { ...store, agreements },
      log,
      tombstones,
    });
    await expect(refusing.agree({ by: paul, id: asked.id })).rejects.toThrow('the power went');
    expect(await recordsOf('privacy.tenant-erased')).toEqual([]);
  });
});

describe('what a stranger said in an error', () => {
  it('is revealed with its commitment, which proves the words, and goes with the key [AUD-10] [D-16]', async () => {
    const heard = Buffer.from('no invoice of ann@corp');
    const draft = draftOf('policy.outcome', { tenant: 'main', heard: log.recorder.commit(heard) });
    const { id } = await log.recorder.record(draft, heard, { subject: 'ann@corp' });
    await log.flush();
    const told = await revealed(id);
    expect([told.proves, told.body.toString()]).toEqual(['heard', heard.toString()]);
    expect(filesThatSay('no invoice of')).toEqual([]);
    await eraseOf('ann@corp');
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
  });
});

describe('a backup that is made after somebody was forgotten', () => {
  it('has neither their words nor the key of them; one from before has the key, wrapped [DAT-02] [DAT-10]', async () => {
    await begun('ann@corp');
    const key = (await store.payloadKeys.of('main', 'ann@corp'))?.wrappedKey ?? '';
    expect(key.length).toBeGreaterThan(30);
    await close();
    // What is looked for is found where it is.
    expect((await backedUp('before.tar')).includes(key)).toBe(true);
    await open();
    await eraseOf('ann@corp');
    await close();
    const after = await backedUp('after.tar');
    expect(after.length).toBeGreaterThan(10_000);
    for (const canary of [key, 'Canary-4711', 'ann@corp']) {
      expect(after.includes(canary)).toBe(false);
    }
    await open();
  }, 60_000);
});

describe('what is held', () => {
  it('of a name that nobody has is refused, and no key is made for it; beforehand it is held by force [DAT-10] [AUD-06]', async () => {
    await begun('ann@corp');
    const hold = (subject: string, more: object = {}) =>
      desk.hold({ by: petra, subject, matter: 'm', ...more });
    const unknown = { code: 'audit/subject-unknown' };
    await expect(hold('anm@corp')).rejects.toMatchObject({
      ...unknown,
      details: { nearest: 'ann@corp' },
    });
    const far = hold('zoe@corp');
    await expect(far).rejects.toMatchObject(unknown);
    await expect(far).rejects.not.toHaveProperty('details.nearest');
    expect(await store.payloadKeys.of('main', 'anm@corp')).toBeUndefined();
    expect(await recordsOf('privacy.asked')).toEqual([]);
    const person = { tenant: 'main', name: 'zoe@corp', roles: ['auditor'] } as const;
    await store.people.addPerson({ person, credentialDigest: 'd', now: clock.now() });
    await hold('zoe@corp');
    await hold('new@corp', { force: true });
    const asked = (await recordsOf('privacy.asked')).map(({ details }) => details?.['beforehand']);
    expect(asked).toEqual([undefined, true]);
  });

  it('of a name that nobody has is no erasure: what there is says that nothing was there [DAT-10]', async () => {
    await begun('ann@corp');
    await expect(eraseOf('anm@corp')).rejects.toMatchObject({
      code: 'audit/subject-unknown',
      message: expect.stringContaining('nothing was there') as string,
      details: { nearest: 'ann@corp' },
    });
    const asked = await desk.hold({ by: petra, subject: 'new@corp', matter: 'm', force: true });
    await desk.agree({ by: paul, id: asked.id });
    const hold = (await desk.holds('main')).holds[0]?.id ?? '';
    const release = await desk.release({ by: paul, hold, reason: 'settled' });
    await desk.agree({ by: petra, id: release.id });
    expect(await eraseOf('new@corp')).toMatchObject({ nothing: true, bodies: 0 });
    expect(await store.payloadKeys.of('main', 'new@corp')).toBeUndefined();
    expect(await eraseOf('ann@corp')).toMatchObject({ nothing: false, bodies: 1 });
  });

  it('is not said to be held by an agreement that comes after its release', async () => {
    const asked = await desk.hold({ by: petra, subject: 'ann@corp', matter: 'm', force: true });
    const hold = (await desk.holds('main')).holds[0]?.id ?? '';
    const release = await desk.release({ by: paul, hold, reason: 'settled' });
    await desk.agree({ by: petra, id: release.id });
    const late = desk.agree({ by: paul, id: asked.id });
    await expect(late).rejects.toMatchObject({ code: 'api/not-found' });
    expect(await recordsOf('privacy.held')).toEqual([]);
    // The name goes with the key of whom it is, from the holds that are over too.
    await begun('ann@corp');
    await eraseOf('ann@corp');
    expect(filesThatSay('ann@corp')).toEqual([]);
    expect((await desk.holds('main')).holds).toMatchObject([{ scope: { subject: '' } }]);
  });

  it('is not erased, until two people agreed to release it', async () => {
    const id = await begun('ann@corp');
    const asked = await desk.hold({ by: petra, subject: 'ann@corp', matter: 'Doe v. Corp' });
    const held = { code: 'audit/held', details: { holds: [expect.any(String)] } };
    // From the moment on that one person asked.
    await expect(eraseOf('ann@corp')).rejects.toMatchObject(held);
    await expect(desk.agree({ by: petra, id: asked.id })).rejects.toMatchObject({
      code: 'audit/second-person',
    });
    await desk.agree({ by: paul, id: asked.id });
    const hold = (await desk.holds('main')).holds[0]?.id ?? '';
    await expect(eraseOf('ann@corp')).rejects.toMatchObject(held);
    const release = await desk.release({ by: paul, hold, reason: 'settled' });
    await expect(eraseOf('ann@corp')).rejects.toMatchObject(held);
    await expect(desk.agree({ by: paul, id: release.id })).rejects.toMatchObject({
      code: 'audit/second-person',
    });
    expect(await desk.agree({ by: petra, id: release.id })).toEqual({ did: 'released', hold });
    await expect(desk.agree({ by: petra, id: release.id })).rejects.toMatchObject({
      code: 'api/not-found',
    });
    await eraseOf('ann@corp');
    await expect(revealed(id)).rejects.toMatchObject({ code: 'audit/erased' });
    for (const [type, count] of Object.entries({
      'privacy.asked': 2,
      'privacy.held': 1,
      'privacy.hold-released': 1,
    })) {
      const records = await recordsOf(type);
      expect([type, records.length]).toEqual([type, count]);
      expect(JSON.stringify(records)).not.toContain('ann@corp');
    }
  });

  it('since a time holds whatever it may be of, and nothing of another subject is held by one', async () => {
    await begun('ann@corp');
    await begun('bob@corp');
    await desk.hold({ by: petra, subject: 'ann@corp', matter: 'm' });
    await eraseOf('bob@corp');
    await begun('bob@corp');
    const asked = await desk.hold({ by: petra, since: 0, matter: 'inquiry 9' });
    await desk.agree({ by: paul, id: asked.id });
    await expect(eraseOf('bob@corp')).rejects.toMatchObject({ code: 'audit/held' });
    expect((await desk.holds('main')).holds).toHaveLength(2);
  });

  it('is asked for and released by the role privacy alone, with words', async () => {
    const eve = person('eve', 'admin');
    const forbidden = { code: 'api/forbidden' };
    await expect(desk.hold({ by: eve, since: 0, matter: 'm' })).rejects.toMatchObject(forbidden);
    await expect(desk.agree({ by: eve, id: 'x' })).rejects.toMatchObject(forbidden);
    const release = desk.release({ by: eve, hold: 'x', reason: 'r' });
    await expect(release).rejects.toMatchObject(forbidden);
    await expect(desk.hold({ by: petra, since: 0, matter: ' ' })).rejects.toMatchObject({
      code: 'api/reason-required',
    });
    expect((await desk.holds('main')).holds).toEqual([]);
  });
});

describe('all that is sealed of a tenant', () => {
  const erasure = { basis: 'end of contract', request: 'C-9' };
  /** As a gateway seals: under a key of tenant and process. */
  async function called(tenant = 'main'): Promise<string> {
    const draft = draftOf('task.begun', { task: 't', tenant });
    const { id } = await log.recorder.record(draft, Buffer.from(words));
    await log.flush();
    return id;
  }
  const opened = async (tenant: string, id: string) => {
    const found = await reader.show(tenant, id);
    if (found === undefined) throw new Error('the record is not there');
    return (await reader.payload(found))?.toString();
  };
  const erased = { code: 'audit/erased' };

  it('is unreadable for good once two agreed, in the store and in copies; that of others is not [DAT-02]', async () => {
    const [own, call] = [await begun('ann@corp'), await called()];
    const [other, otherCall] = [await begun('ann@corp', 'other'), await called('other')];
    await close();
    cpSync(place('data'), place('backup'), { recursive: true });
    await open();
    const asked = await desk.eraseTenant({ by: petra, ...erasure });
    expect(await opened('main', own)).toBe(words);
    for (const name of [petra.name, petra.name.toUpperCase()])
      await expect(
        desk.agree({ by: { ...petra, name }, id: asked.id }),
        name,
      ).rejects.toMatchObject({
        code: 'audit/second-person',
      });
    const done = await desk.agree({ by: paul, id: asked.id });
    for (const id of [own, call]) await expect(opened('main', id)).rejects.toMatchObject(erased);
    for (const id of [other, otherCall]) expect(await opened('other', id)).toBe(words);
    expect(await reader.proof('main', own)).toBeDefined();
    await expect(begun('bob@corp')).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(await recordsOf('privacy.tenant-erased')).toMatchObject([
      { actors: [{ name: 'paul' }], details: { ...erasure, askedBy: 'petra' } },
    ]);
    expect(done).toMatchObject({ did: 'erased' });
    // A copy of all data from before, with the keys as they are now.
    await close();
    rmSync(place('data'), { recursive: true });
    cpSync(place('backup'), place('data'), { recursive: true });
    rmSync(place('keys', 'ratchet'), { recursive: true });
    await open();
    for (const id of [own, call]) await expect(opened('main', id)).rejects.toMatchObject(erased);
    // Not because a mark says so: there is no key.
    rmSync(place('keys', 'tenants', 'main.destroyed'));
    for (const id of [own, call]) {
      await expect(opened('main', id)).rejects.toMatchObject({ code: 'credentials/unwrap-failed' });
    }
    expect(await opened('other', other)).toBe(words);
  });

  it('is unreadable in a file of `backup take` from before too, once its key went; that of others is not [DAT-02]', async () => {
    const [own, other] = [await begun('ann@corp'), await begun('ann@corp', 'other')];
    await close();
    await backedUp('before.tar');
    await open();
    const asked = await desk.eraseTenant({ by: petra, ...erasure });
    await desk.agree({ by: paul, id: asked.id });
    await close();
    rmSync(place('data'), { recursive: true });
    const restored = [
      'restore',
      place('before.tar'),
      '--keys',
      place('keys'),
      '--reason',
      'a fire',
    ];
    expect(await runCli({ home: folder, data: place('data') }, restored)).toMatchObject({
      code: 0,
    });
    await open();
    await expect(opened('main', own)).rejects.toMatchObject(erased);
    // Not because a mark says so: there is no key.
    rmSync(place('keys', 'tenants', 'main.destroyed'));
    await expect(opened('main', own)).rejects.toMatchObject({ code: 'credentials/unwrap-failed' });
    expect(await opened('other', other)).toBe(words);
  }, 60_000);

  it('is not erased while anything of it is held', async () => {
    const id = await begun('ann@corp');
    const asked = await desk.eraseTenant({ by: petra, ...erasure });
    await desk.hold({ by: petra, subject: 'ann@corp', matter: 'm' });
    await expect(desk.agree({ by: paul, id: asked.id })).rejects.toMatchObject({
      code: 'audit/held',
    });
    await expect(desk.eraseTenant({ by: petra, ...erasure })).rejects.toMatchObject({
      code: 'audit/held',
    });
    expect(await opened('main', id)).toBe(words);
  });

  it('is so after a crash before the key went, once it is on record [DAT-02]', async () => {
    const id = await begun('ann@corp');
    const crash = () => {
      throw new Error('the power went');
    };
    const tenants = { ...log.tenants, destroy: crash };
    const crashing = openPrivacyDesk({
      keptHolds,
      store,
      tombstones,
      log: { ...log, tenants, readers: () => log.readers() },
    });
    const asked = await crashing.eraseTenant({ by: petra, ...erasure });
    await expect(crashing.agree({ by: paul, id: asked.id })).rejects.toThrow('the power went');
    expect(await opened('main', id)).toBe(words);
    await close();
    await open();
    await expect(opened('main', id)).rejects.toMatchObject(erased);
  });
});

describe('keys that an earlier version wrapped under the key of all tenants', () => {
  it('are under that of their tenant after a start, and what they sealed opens [DAT-02]', async () => {
    const keyring = await createFileKeyring({ folder: place('keys') });
    const keys = store.payloadKeys;
    const earlier = await createPayloadSealer({ keyring, clock, keys });
    const { bytes } = await earlier.sealFor('main', 'ann@corp', Buffer.from(words));
    const before = (await keys.of('main', 'ann@corp'))?.wrappedKey ?? '';
    expect(before).not.toContain(':');
    expect((await log.sealer.open('main', bytes)).toString()).toBe(words);
    await close();
    await open();
    const after = (await store.payloadKeys.of('main', 'ann@corp'))?.wrappedKey;
    expect(after).toMatch(/^tenant:/);
    expect((await log.sealer.open('main', bytes)).toString()).toBe(words);
    expect(filesThatSay(before)).toEqual([]);
    log.tenants.destroy({ tenant: 'main', record: 'r', at: 0 });
    await expect(log.sealer.open('main', bytes)).rejects.toMatchObject({ code: 'audit/erased' });
    // As it is of bodies whose blob has its key itself.
    const { bytes: blob } = earlier.seal('main', Buffer.from(words));
    await expect(log.sealer.open('main', blob)).rejects.toMatchObject({ code: 'audit/erased' });
  });
});
