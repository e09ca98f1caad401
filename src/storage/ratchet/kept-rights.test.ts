import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeopleBook } from '#contracts/people-book.ts';
import type { Store } from '#contracts/store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Role } from '#kernel/principal.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { keepRights, type OpenKeptRights } from './index.ts';

let root = '';
let plain: Store;
let opened: OpenKeptRights;
let clock: ManualClock;
const signer = await new FakeKeyring().signer('person-session');
const at = (...parts: string[]) => join(root, ...parts);
const tenant = 'main';
const differs = { code: 'identity/rights-differ' };
const seen = () => opened.kept.seen(tenant).map(({ what, person, why }) => [what, person, why]);

const keep = (over: Partial<Store> = {}, folder = 'ratchet') =>
  keepRights({ ...plain, ...over }, { folder: at(folder), clock, signer });

async function open(): Promise<void> {
  plain = await openSqliteStore({ folder: at('store'), clock });
  opened = await keep();
}

async function whileDown(...statements: readonly string[]): Promise<void> {
  await plain.close();
  const database = new DatabaseSync(at('store', 'system.sqlite'));
  for (const sql of statements) expect(database.prepare(sql).run().changes).toBe(1);
  database.close();
  await open();
}

const add = (name: string, roles: readonly Role[], eligible: readonly Role[] = []) =>
  opened.people.addPerson({
    person: { tenant, name, roles, eligible },
    credentialDigest: `digest-${name}`,
    now: clock.now(),
  });
const passkeyOf = (person: string) => ({
  credential: `key-${person}`,
  tenant,
  person,
  name: 'key',
  publicKey: 'pk',
  counter: 0,
  transports: ['usb'],
  createdAt: clock.now(),
});
const tokenOf = (person: string) => ({
  tenant,
  id: `token-${person}`,
  name: 'ci',
  person,
  roles: ['auditor'] as const,
  session: undefined,
  attended: false,
  createdAt: clock.now(),
  expiresAt: clock.now() + 60_000,
});

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'kept-rights-'));
  clock = new ManualClock();
  await open();
  await add('ann', ['admin']);
  await add('bob', ['auditor'], ['approver']);
  await opened.passkeys.add(passkeyOf('bob'));
  await opened.apiTokens.add({ token: tokenOf('bob'), digest: 'digest-token' });
});
afterEach(async () => {
  await plain.close();
  rmSync(root, { recursive: true, force: true });
});

const bobComes = () => opened.people.byCredential('digest-bob');
const bobsKey = () => opened.passkeys.byCredential('key-bob');
const bobsToken = () => opened.apiTokens.use('digest-token', clock.now());

describe('a row of rights that somebody edits in the store', () => {
  it.each([
    ['a role', `UPDATE people SET roles = '["admin"]' WHERE name = 'bob'`, bobComes],
    ['a role to take', `UPDATE people SET eligible = '["admin"]' WHERE name = 'bob'`, bobComes],
    ['a time', `UPDATE people SET created_at = 7 WHERE name = 'bob'`, bobComes],
    ['a key of another', `UPDATE passkeys SET public_key = 'mine' WHERE person = 'bob'`, bobsKey],
    ['a key for another', `UPDATE passkeys SET person = 'ann' WHERE person = 'bob'`, bobsKey],
    ['a wider token', `UPDATE api_tokens SET roles = '["admin"]' WHERE person = 'bob'`, bobsToken],
    ['a token for another', `UPDATE api_tokens SET person = 'ann' WHERE person = 'bob'`, bobsToken],
    ['a token for longer', 'UPDATE api_tokens SET expires_at = expires_at + 1', bobsToken],
  ] as const)('lets nobody in: %s [AUD-03] [IDN-19]', async (_, sql, comes) => {
    expect(await comes()).toBeDefined();
    await whileDown(sql);
    await expect(comes()).rejects.toMatchObject(differs);
    expect(seen()).toHaveLength(1);
    // It is still so after one more start, and mended it is what was given.
    await whileDown();
    await expect(comes()).rejects.toMatchObject(differs);
    await opened.kept.mend(tenant);
    expect([seen(), await comes()]).toEqual([[], expect.anything()]);
    expect((await bobComes())?.roles).toEqual(['auditor']);
    expect(await bobsKey()).toMatchObject({ person: 'bob', publicKey: 'pk' });
    expect(await bobsToken()).toMatchObject({ person: 'bob', roles: ['auditor'] });
  });

  it('lets nobody in by another credential, and the one before neither', async () => {
    await whileDown(`UPDATE people SET credential = 'digest-eve' WHERE name = 'bob'`);
    expect(seen()).toEqual([['person', 'bob', 'changed']]);
    await expect(opened.people.byCredential('digest-eve')).rejects.toMatchObject(differs);
    expect(await bobComes()).toBeUndefined();
    await opened.kept.mend(tenant);
    expect(await bobComes()).toMatchObject({ name: 'bob' });
    expect(await opened.people.byCredential('digest-eve')).toBeUndefined();
  });

  it('makes nobody who was not added, and their keys go with them [AUD-03]', async () => {
    await whileDown(
      `INSERT INTO people (tenant, name, roles, eligible, credential, created_at)
        VALUES ('main', 'eve', '["admin"]', '[]', 'digest-eve', 1)`,
      `INSERT INTO passkeys (credential, tenant, person, name, public_key, counter, transports, created_at)
        VALUES ('key-eve', 'main', 'eve', 'k', 'pk', 0, '[]', 1)`,
      `INSERT INTO api_tokens (tenant, id, person, name, roles, digest, created_at, expires_at, attended)
        VALUES ('main', 't', 'eve', 'ci', '["admin"]', 'digest-t', 1, ${clock.now() + 9_000}, 0)`,
    );
    await expect(opened.people.byCredential('digest-eve')).rejects.toMatchObject(differs);
    await expect(opened.people.byName(tenant, 'eve')).rejects.toMatchObject(differs);
    await expect(opened.passkeys.byCredential('key-eve')).rejects.toMatchObject(differs);
    await expect(opened.apiTokens.use('digest-t', clock.now())).rejects.toMatchObject(differs);
    expect((await opened.people.list(tenant)).map(({ name }) => name)).toEqual(['ann', 'bob']);
    expect(seen()).toEqual(['person', 'passkey', 'token'].map((what) => [what, 'eve', 'unknown']));
    await opened.kept.mend(tenant);
    expect([seen(), await opened.people.byCredential('digest-eve')]).toEqual([[], undefined]);
    expect(await plain.people.byName(tenant, 'eve')).toBeUndefined();
  });

  it('gives nobody a role for a time that they did not take', async () => {
    await whileDown(
      `INSERT INTO elevations (tenant, person, role, reason, begun_at, until)
        VALUES ('main', 'bob', 'approver', 'r', 1, ${clock.now() + 9_000})`,
    );
    const taken = () => opened.people.elevations(tenant, 'bob', clock.now());
    await expect(taken()).rejects.toMatchObject(differs);
    await opened.kept.mend(tenant);
    expect(await taken()).toEqual([]);
    const until = clock.now() + 1_000;
    const own = { role: 'approver', reason: 'ticket', at: clock.now(), until } as const;
    await opened.people.elevate({ tenant, name: 'bob', ...own });
    expect(await taken()).toEqual([own]);
    await whileDown(`UPDATE elevations SET until = until + 60000`);
    await expect(taken()).rejects.toMatchObject(differs);
    clock.advance(1_000);
    await expect(taken()).rejects.toMatchObject(differs);
  });

  it('makes no first admin where the people were taken out, and an admin comes by the keys [AUD-03]', async () => {
    await whileDown(
      `DELETE FROM people WHERE name = 'ann'`,
      `DELETE FROM people WHERE name = 'bob'`,
      `INSERT INTO setup_links (digest, expires_at) VALUES ('mine', ${clock.now() + 60_000})`,
    );
    const invalid = { code: 'api/setup-link-invalid' };
    const link = { digest: 'mine', expiresAt: clock.now() + 60_000 };
    const person = { tenant, name: 'eve', roles: ['admin'] } as const;
    const redeem = { digest: 'mine', person, credentialDigest: 'digest-eve', now: clock.now() };
    expect(await opened.people.isSetupLink({ digest: 'mine', now: clock.now() })).toBe(false);
    await expect(opened.people.redeemSetupLink(redeem)).rejects.toMatchObject(invalid);
    await expect(opened.people.addSetupLink(link)).rejects.toMatchObject(invalid);
    expect((await opened.people.list(tenant)).map(({ name }) => name)).toEqual(['ann', 'bob']);
    const renewed = { tenant, name: 'ann', credentialDigest: 'digest-new' };
    expect(await opened.people.renewCredential(renewed)).toMatchObject({ roles: ['admin'] });
    expect(await opened.people.byCredential('digest-new')).toMatchObject({ name: 'ann' });
    expect(seen()).toEqual([['person', 'bob', 'gone']]);
  });

  it('is no admin who is left when the last one goes', async () => {
    await whileDown(`UPDATE people SET roles = '["admin"]' WHERE name = 'bob'`);
    const lastAdmin = { code: 'api/last-admin' };
    const nothing = { tenant, name: 'ann', roles: ['auditor'], eligible: [] } as const;
    await expect(opened.people.removePerson({ tenant, name: 'ann' })).rejects.toMatchObject(
      lastAdmin,
    );
    await expect(opened.people.setRoles(nothing)).rejects.toMatchObject(lastAdmin);
  });
});

describe('what control itself decides', () => {
  it('counts at once and after a start, whatever it was, and nothing differs', async () => {
    const { people, passkeys, apiTokens } = opened;
    await people.setRoles({ tenant, name: 'bob', roles: ['operator', 'auditor'], eligible: [] });
    await people.renewCredential({ tenant, name: 'bob', credentialDigest: 'digest-bob-2' });
    await passkeys.use({ credential: 'key-bob', counter: 4, now: clock.now() });
    await passkeys.remove({ tenant, person: 'bob', credential: 'key-bob', also: [] });
    await apiTokens.remove({ tenant, id: 'token-bob', also: [] });
    await add('carl', ['auditor']);
    await opened.passkeys.add(passkeyOf('carl'));
    await people.removePerson({ tenant, name: 'carl' });
    await whileDown();
    expect(seen()).toEqual([]);
    const bob = await opened.people.byCredential('digest-bob-2');
    expect(bob).toMatchObject({ roles: ['auditor', 'operator'] });
    expect(bob).not.toHaveProperty('eligible');
    expect(await opened.people.byName(tenant, 'carl')).toBeUndefined();
    // What is gone for good is named no more.
    expect(readFileSync(at('ratchet', 'rights.ratchet'), 'utf8')).not.toContain('carl');
  });

  it('ends by its time without a word, and is missed before', async () => {
    await whileDown('DELETE FROM api_tokens');
    expect(seen()).toEqual([['token', 'bob', 'gone']]);
    clock.advance(60_000);
    expect(await opened.kept.differences()).toEqual([]);
  });

  it('is what both say when two ask at once', async () => {
    const renew = (digest: string) =>
      opened.people.renewCredential({ tenant, name: 'bob', credentialDigest: digest });
    const asking = Array.from({ length: 20 }, () => opened.people.byName(tenant, 'bob'));
    const roles = { tenant, name: 'bob', roles: ['approver'], eligible: [] } as const;
    await Promise.all([renew('a'), opened.people.setRoles(roles), renew('b'), ...asking]);
    expect(await opened.kept.differences()).toEqual([]);
    expect(await opened.people.byCredential('b')).toMatchObject({ roles: ['approver'] });
  });
});

describe('a store of an earlier version', () => {
  it('is believed once, which is told, and from then on an edit is missed', async () => {
    rmSync(at('ratchet'), { recursive: true });
    await whileDown();
    const counts = { people: 2, elevations: 0, passkeys: 1, tokens: 1, admins: ['ann'] };
    expect([...opened.kept.takenOver]).toEqual([[tenant, counts]]);
    expect(await bobComes()).toMatchObject({ roles: ['auditor'] });
    await whileDown(`UPDATE people SET roles = '["admin"]' WHERE name = 'bob'`);
    expect([...opened.kept.takenOver]).toEqual([]);
    await expect(bobComes()).rejects.toMatchObject(differs);
  });

  it('that has nobody is nobody`s word', async () => {
    await plain.close();
    rmSync(root, { recursive: true });
    await open();
    expect([opened.kept.takenOver.size, await opened.people.list(tenant)]).toEqual([0, []]);
  });
});

describe('a store that was put back', () => {
  it('gives no role back that was taken away since, and lacks nobody for ever [AUD-03]', async () => {
    await plain.close();
    const backup = readFileSync(at('store', 'system.sqlite'));
    await open();
    await opened.people.setRoles({ tenant, name: 'bob', roles: ['owner'], eligible: [] });
    await add('carl', ['auditor']);
    await plain.close();
    for (const more of ['-wal', '-shm'])
      rmSync(at('store', `system.sqlite${more}`), { force: true });
    writeFileSync(at('store', 'system.sqlite'), backup);
    await open();
    expect(seen()).toEqual([
      ['person', 'bob', 'changed'],
      ['person', 'carl', 'gone'],
    ]);
    await expect(bobComes()).rejects.toMatchObject(differs);
    expect(await opened.people.byCredential('digest-ann')).toMatchObject({ roles: ['admin'] });
    await opened.kept.mend(tenant);
    expect(await bobComes()).toMatchObject({ roles: ['owner'] });
    expect(await opened.people.byCredential('digest-carl')).toMatchObject({ name: 'carl' });
  });
});

describe('two controls on one store, one after the other', () => {
  it('that share the keys know the same, and one with other keys lets in nobody it did not hear of', async () => {
    const [shared, other] = [await keep(), await keep({}, 'another')];
    expect(shared.kept.seen(tenant)).toEqual([]);
    await other.people.addPerson({
      person: { tenant, name: 'dan', roles: ['admin'] },
      credentialDigest: 'digest-dan',
      now: clock.now(),
    });
    const again = await keep();
    await expect(again.people.byCredential('digest-dan')).rejects.toMatchObject(differs);
    expect(again.kept.seen(tenant)).toMatchObject([{ person: 'dan', why: 'unknown' }]);
    expect(await (await keep({}, 'another')).people.byCredential('digest-dan')).toBeDefined();
  });
});

describe('a crash between the store and what is kept', () => {
  const roles = { tenant, name: 'bob', roles: ['operator'], eligible: [] } as const;
  const crashing = (isDone: boolean): PeopleBook => ({
    ...plain.people,
    async setRoles(change) {
      if (isDone) await plain.people.setRoles(change);
      throw new Error('the power went');
    },
  });

  it.each([
    ['before', false, 'auditor'],
    ['behind', true, 'operator'],
  ] as const)('%s the store is no alarm: what the store says counts', async (_, isDone, role) => {
    const whole = await keep({ people: crashing(isDone) });
    // Nobody looks any more either.
    Object.assign(plain.rights, { all: () => Promise.reject(new Error('the power went')) });
    await expect(whole.people.setRoles(roles)).rejects.toThrow('the power went');
    await whileDown();
    expect([seen(), (await bobComes())?.roles]).toEqual([[], [role]]);
    await whileDown(`UPDATE people SET roles = '["admin"]' WHERE name = 'bob'`);
    await expect(bobComes()).rejects.toMatchObject(differs);
  });

  it('of which the store says plainly that it did not happen leaves what was', async () => {
    const refusing = {
      ...plain.people,
      setRoles: () => Promise.reject(new BailiwickError('api/last-admin')),
    };
    opened = await keep({ people: refusing });
    await expect(opened.people.setRoles(roles)).rejects.toMatchObject({ code: 'api/last-admin' });
    // At once, not at the next start only: what was asked for then is an edit now.
    await plain.people.setRoles(roles);
    await expect(bobComes()).rejects.toMatchObject(differs);
  });
});

describe('the file of it', () => {
  it('is not guessed at where it is damaged, and says what it is', async () => {
    await plain.close();
    writeFileSync(at('ratchet', 'rights.ratchet'), 'x');
    await expect(open()).rejects.toMatchObject({
      code: 'store/keys-unreadable',
      message: expect.stringContaining('who may what') as string,
    });
    rmSync(at('ratchet', 'rights.ratchet'));
    await plain.close();
    await open();
  });

  it('refuses the act that it cannot keep, and nothing is half done', async () => {
    rmSync(at('ratchet'), { recursive: true });
    writeFileSync(at('ratchet'), 'no folder');
    const given = { tenant, name: 'bob', roles: ['admin'], eligible: [] } as const;
    await expect(opened.people.setRoles(given)).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect([(await bobComes())?.roles, await opened.kept.differences()]).toEqual([['auditor'], []]);
    expect((await plain.people.byName(tenant, 'bob'))?.roles).toEqual(['auditor']);
  });
});
