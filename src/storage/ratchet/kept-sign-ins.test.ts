import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersonSession } from '#contracts/person-session.ts';
import type { SessionRow, SignInBook } from '#contracts/sign-in-book.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { keepRights, type OpenKeptRights, readLogBreaks } from './index.ts';

let root = '';
let plain: Store;
let opened: OpenKeptRights;
let clock: ManualClock;
let keyring: FakeKeyring;
const at = (...parts: string[]) => join(root, ...parts);
const tenant = 'main';

async function keep(over: Partial<SignInBook> = {}): Promise<void> {
  const signer = await keyring.signer('person-session');
  const store = { ...plain, signIns: { ...plain.signIns, ...over } };
  opened = await keepRights(store, { folder: at('ratchet'), clock, signer });
}

async function open(): Promise<void> {
  plain = await openSqliteStore({ folder: at('store'), clock });
  await keep();
}

function edit(sql: string, ...of: string[]): void {
  const database = new DatabaseSync(at('store', 'system.sqlite'));
  expect(database.prepare(sql).run(...of).changes).toBe(1);
  database.close();
}

async function whileDown(sql: string, ...of: string[]): Promise<void> {
  await plain.close();
  edit(sql, ...of);
  await open();
}

const session = (id: string, over: Partial<PersonSession> = {}): PersonSession => ({
  tenant,
  id,
  person: 'ann@corp',
  user: { issuer: 'https://idp', subject: 'u-1', groups: [], amr: ['pwd'] },
  roles: ['auditor'],
  provider: 'corp',
  providerSession: undefined,
  by: 'browser',
  begunAt: clock.now(),
  expiresAt: clock.now() + 600_000,
  ...over,
});
const get = (id = 's-1') => opened.signIns.get(tenant, id, clock.now());
const byCookie = (cookie = 'c-1') =>
  opened.signIns.byCookie({ cookie, now: clock.now(), idleMs: 1_000_000 });
const seen = () => opened.kept.seen(tenant).map(({ what, id, why }) => [what, id, why]);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'kept-sign-ins-'));
  clock = new ManualClock();
  keyring = new FakeKeyring();
  await open();
  await opened.signIns.begin(session('s-1'), { cookie: 'c-1', footing: 'f-1' });
  await opened.signIns.begin(session('s-2', { person: 'bob@corp' }), { cookie: 'c-2' });
});
afterEach(async () => {
  await plain.close();
  rmSync(root, { recursive: true, force: true });
});

const said = 'UPDATE person_sessions SET session = json_set(session, ?, json(?)) WHERE id = ?';

describe('a sign-in that somebody edits in the store', () => {
  it.each([
    ['with more roles', said, ['$.roles', '["admin"]', 's-1']],
    ['stronger', said, ['$.user.acr', '"mfa"', 's-1']],
    ['in another way', said, ['$.user.amr', '["hwk"]', 's-1']],
    ['later', said, ['$.user.signedInAt', '99999999999999', 's-1']],
    ['by nobody`s document', `UPDATE person_sessions SET footing = 'f' WHERE id = ?`, ['s-1']],
    ['for longer', 'UPDATE person_sessions SET expires_at = 99999999999999 WHERE id = ?', ['s-1']],
    ['ended as another`s', `UPDATE person_sessions SET person = 'eve' WHERE id = ?`, ['s-1']],
    ['with another`s seal', sealOfOther(), ['s-1']],
    ['without a seal', 'UPDATE person_sessions SET seal = NULL WHERE id = ?', ['s-1']],
    ['that is no text of ours', `UPDATE person_sessions SET session = '{' WHERE id = ?`, ['s-1']],
  ])('signs in nobody, and is told: %s [AUD-03] [IDN-13]', async (_, sql, values) => {
    expect([await get(), await byCookie()]).toEqual([session('s-1'), session('s-1')]);
    await whileDown(sql, ...values);
    expect(await get()).toBeUndefined();
    expect(seen()).toMatchObject([['sign-in', 's-1', expect.stringMatching(/changed|unknown/)]]);
    // The others go on, and it is so after one more start.
    expect([await get('s-2'), await byCookie('c-2')]).toMatchObject([{ id: 's-2' }, { id: 's-2' }]);
    await plain.close();
    await open();
    expect([await get(), seen().length]).toEqual([undefined, 1]);
    const ground = { kind: 'session', id: 's-1' } as const;
    const now = clock.now();
    await opened.signIns.end({ tenant, ground, by: 'pia', reason: 'edited', now }, () => []);
    expect([(await opened.kept.differences()).length, seen()]).toEqual([0, []]);
  });

  function sealOfOther(): string {
    return `UPDATE person_sessions SET seal =
      (SELECT seal FROM person_sessions WHERE id = 's-2') WHERE id = ?`;
  }

  it('while control runs is told as soon as somebody comes by it, or a minute after', async () => {
    // SQLite lets nobody else write meanwhile; PostgreSQL would.
    let isEdited = false;
    const read = (one: SessionRow): SessionRow => (isEdited ? { ...one, footing: 'x' } : one);
    const { signIns } = plain;
    await keep({
      row: async (...of) => {
        const found = await signIns.row(...of);
        return found && read(found);
      },
      lastingRows: async (now) => (await signIns.lastingRows(now)).map(read),
    });
    isEdited = true;
    expect([seen(), await byCookie(), seen()]).toEqual([
      [],
      undefined,
      [['sign-in', 's-1', 'changed']],
    ]);
    expect(await opened.kept.differences()).toHaveLength(1);
    clock.advance(60_000);
    expect(await opened.kept.differences()).toHaveLength(2);
  });

  it('is none that somebody wrote whole, nor one of another row', async () => {
    await whileDown(`INSERT INTO person_sessions
      SELECT tenant, 's-3', 'c-3', person, issuer, subject, provider, provider_session,
        json_set(session, '$.id', 's-3'), begun_at, expires_at, footing, seen_at, ended_at,
        ended_by, reason, seal FROM person_sessions WHERE id = 's-1'`);
    await whileDown(`UPDATE person_sessions SET session =
      (SELECT session FROM person_sessions WHERE id = 's-1') WHERE id = 's-2'`);
    expect([await get('s-3'), await get('s-2'), await byCookie('c-3')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(seen().map(([, id]) => id)).toEqual(['s-2', 's-3']);
  });
});

describe('a sign-in that has ended', () => {
  const end = () =>
    opened.signIns.end(
      { tenant, ground: { kind: 'session', id: 's-1' }, by: 'ann', reason: 'x', now: clock.now() },
      () => [],
    );
  const openAgain = `UPDATE person_sessions SET ended_at = NULL WHERE id = 's-1'`;

  it('is not opened again in the store, and is told until it ends once more [AUD-03] [IDN-13]', async () => {
    await end();
    await whileDown(openAgain);
    expect([await get(), await byCookie(), seen()]).toEqual([
      undefined,
      undefined,
      [['sign-in', 's-1', 'changed']],
    ]);
    expect(await get('s-2')).toBeDefined();
    await end();
    expect([await opened.kept.differences(), seen()]).toEqual([[], []]);
    // What stands there is of no writer of logs.
    expect(readLogBreaks(at('ratchet'))).toEqual([]);
  });

  it('is remembered from the store where a crash came between, and until its time is over', async () => {
    const now = clock.now();
    const ground = { kind: 'session', id: 's-1' } as const;
    await plain.signIns.end({ tenant, ground, by: 'ann', reason: 'x', now }, () => []);
    await keep();
    await whileDown(openAgain);
    expect(await get()).toBeUndefined();
    const kept = () => readFileSync(at('ratchet', 'sign-ins.ratchet'), 'utf8');
    expect(kept()).toContain('s-1');
    clock.advance(600_000);
    await opened.signIns.begin(session('s-4'), {});
    const four = { kind: 'session', id: 's-4' } as const;
    const at4 = clock.now();
    await opened.signIns.end({ tenant, ground: four, by: 'a', reason: 'x', now: at4 }, () => []);
    expect([kept().includes('s-1'), kept().includes('s-4')]).toEqual([false, true]);
  });

  it('has ended also while that cannot be remembered, which is made up for', async () => {
    rmSync(at('ratchet'), { recursive: true });
    writeFileSync(at('ratchet'), 'no folder');
    expect(await end()).toHaveLength(1);
    expect(await get()).toBeUndefined();
    rmSync(at('ratchet'));
    await opened.kept.differences();
    expect(readFileSync(at('ratchet', 'sign-ins.ratchet'), 'utf8')).toContain('s-1');
  });
});

describe('a sign-in of an earlier version', () => {
  it('signs in once more, and is no alarm', async () => {
    await whileDown(`UPDATE person_sessions SET seal = 'of an earlier version' WHERE id = 's-1'`);
    expect([await get(), await byCookie(), seen()]).toEqual([undefined, undefined, []]);
    expect(await get('s-2')).toBeDefined();
  });
});
