import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeskRecorder } from '#contracts/desk.ts';
import type { NewPersonSession } from '#contracts/person-session.ts';
import type { Store } from '#contracts/store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { createCookieBinding, createSignIns, sessionKey, type SignIns } from './index.ts';

let folder: string;
let clock: ManualClock;
let log: FakeLog;
let store: Store;
let signIns: SignIns;
let keys: ReturnType<typeof createCookieBinding>;
let url: string;
let told: number;
let gone: readonly string[];
let presenceFault: Error | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-sign-in-'));
  clock = new ManualClock();
  log = new FakeLog(clock);
  store = await openSqliteStore({ folder, clock });
  url = 'http://localhost:4011';
  told = 0;
  gone = [];
  presenceFault = undefined;
  keys = createCookieBinding(await new FakeKeyring().signer(sessionKey));
  signIns = opened();
});

const opened = (): SignIns =>
  createSignIns({
    book: store.signIns,
    recorder: createDeskRecorder(log, { outbox: store.outbox, clock }),
    clock,
    publicUrl: () => url,
    configured: { tenant: () => undefined },
    cookies: keys,
    isGone: async (_tenant, { subject }) => {
      if (presenceFault !== undefined) throw presenceFault;
      return gone.includes(subject);
    },
    onEnded: async () => {
      told += 1;
    },
  });

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const ann = (over: Partial<NewPersonSession> = {}): NewPersonSession => ({
  tenant: 'main',
  user: {
    issuer: 'https://idp.example',
    subject: 'u-1',
    name: 'Ann@corp.example',
    groups: ['fin'],
  },
  roles: ['approver'],
  provider: 'corp',
  providerSession: 'sid-1',
  by: 'browser',
  expiresAt: clock.now() + 1_000_000,
  ...over,
});

const by = { kind: 'human', name: 'ann@corp' } as const;

/** What a browser sends back of a `Set-Cookie`. */
const sent = (cookie: string): string => cookie.slice(0, cookie.indexOf(';'));

const owed = async (): Promise<readonly string[]> =>
  (await store.outbox.due(100)).map(({ kind }) => kind).sort();

describe('a sign-in that somebody edits in the store', () => {
  async function edited(sql: string, ...of: string[]): Promise<void> {
    await store.close();
    const database = new DatabaseSync(join(folder, 'system.sqlite'));
    expect(database.prepare(sql).run(...of).changes).toBe(1);
    database.close();
    store = await openSqliteStore({ folder, clock });
    signIns = opened();
  }

  it.each([
    ['with more roles', '$.roles', `["admin"]`],
    ['as another person', '$.person', `"root"`],
    ['for longer', '$.expiresAt', '99999999999999'],
    ['stronger than it was', '$.user.acr', `"mfa"`],
  ])('is nobody`s: %s [AUD-03] [IDN-13]', async (_, path, value) => {
    const { session, cookie } = await signIns.begin(ann(), '::1');
    expect(await signIns.ofCookie(sent(cookie))).toEqual(session);
    await edited('UPDATE person_sessions SET session = json_set(session, ?, json(?))', path, value);
    expect(await signIns.ofCookie(sent(cookie))).toBeUndefined();
  });

  it('is nobody`s by a cookie of their own either', async () => {
    await signIns.begin(ann(), '::1');
    const mine = 'a'.repeat(44);
    await edited('UPDATE person_sessions SET cookie = ?', sha256Hex(mine));
    expect(await signIns.ofCookie(`bailiwick_session=${mine}`)).toBeUndefined();
  });
});

describe('a sign-in', () => {
  it('is on record before it is there: who, from where, how, for how long [IDN-13]', async () => {
    const user = { ...ann().user, acr: 'mfa', amr: ['pwd', 'otp'], signedInAt: clock.now() };
    const { session } = await signIns.begin(ann({ user }), '10.0.0.7');
    expect(session).toMatchObject({ person: 'ann@corp', user, roles: ['approver'] });
    expect(log.drafts).toMatchObject([
      {
        type: 'identity.signed-in',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ann@corp' }],
        source: '10.0.0.7',
        details: {
          session: session.id,
          issuer: 'https://idp.example',
          subject: 'u-1',
          provider: 'corp',
          providerSession: 'sid-1',
          roles: ['approver'],
          groups: ['fin'],
          acr: 'mfa',
          amr: ['pwd', 'otp'],
          by: 'browser',
        },
      },
    ]);
    expect(await signIns.get('main', session.id)).toEqual(session);
  });

  it('that cannot be recorded is none, and neither is one whose time is over', async () => {
    log.failing = true;
    await expect(signIns.begin(ann(), '::1')).rejects.toMatchObject({ code: 'audit/unavailable' });
    log.failing = false;
    await expect(signIns.open(ann({ expiresAt: clock.now() }))).rejects.toMatchObject({
      code: 'identity/expired-token',
    });
    expect(await signIns.list({ tenant: 'main', open: false, now: clock.now(), limit: 9 })).toEqual(
      [],
    );
  });

  it('is none of somebody whom the directory does not know any more [IDN-07]', async () => {
    gone = ['u-1'];
    await expect(signIns.open(ann())).rejects.toMatchObject({ code: 'identity/user-gone' });
    expect(log.drafts).toEqual([]);
  });

  it('ends at once when they left while it was begun, or nobody can say that they are there', async () => {
    const listed = (open: boolean) =>
      signIns.list({ tenant: 'main', open, now: clock.now(), limit: 9 });
    // It is on record after they were looked for, and before it is there.
    log.before = async () => void (gone = ['u-1']);
    await expect(signIns.begin(ann(), '::1')).rejects.toMatchObject({ code: 'identity/user-gone' });
    expect([(await listed(true)).length, (await listed(false)).length, told]).toEqual([0, 1, 1]);
    gone = [];
    log.before = async () => void (presenceFault = new Error('the directory is away'));
    await expect(signIns.begin(ann(), '::1')).rejects.toThrow('away');
    expect([(await listed(true)).length, told]).toEqual([0, 2]);
  });

  it('lasts as long as the provider says, and never longer than its bound', async () => {
    const { expiresAt } = await signIns.open(ann());
    expect(expiresAt).toBe(clock.now() + 1_000_000);
    const long = await signIns.open(ann({ expiresAt: Number.MAX_SAFE_INTEGER }));
    expect(long.expiresAt).toBe(clock.now() + limits.personSessionMs);
    clock.advance(limits.personSessionMs - 1);
    expect(await signIns.get('main', long.id)).toEqual(long);
    clock.advance(1);
    expect(await signIns.get('main', long.id)).toBeUndefined();
  });

  it('whose time is over ends on record, and what stands on it is told', async () => {
    const { id } = await signIns.open(ann({ expiresAt: clock.now() + 1_000 }));
    await signIns.expire();
    expect(told).toBe(0);
    clock.advance(1_000);
    await signIns.expire();
    await signIns.expire();
    expect(told).toBe(1);
    const drafts = await store.outbox.due(100);
    expect(drafts.toSorted((a, b) => a.kind.localeCompare(b.kind))).toMatchObject([
      {
        kind: 'record',
        body: {
          type: 'identity.session-ended',
          actors: [{ kind: 'system', name: 'system/sign-in' }],
          details: { session: id, reason: 'its time is over' },
        },
      },
      { kind: 'session-ended', body: { session: id } },
    ]);
  });

  it('that ends is over at once, owes its record and the end of what stands on it [IDN-04]', async () => {
    const { session, cookie } = await signIns.begin(ann(), '::1');
    const ground = { kind: 'session', id: session.id } as const;
    const end = () => signIns.end({ tenant: 'main', ground, by, reason: 'signed out' });
    expect([await end(), await end()]).toEqual([1, 0]);
    expect(await signIns.get('main', session.id)).toBeUndefined();
    expect(await signIns.ofCookie(sent(cookie))).toBeUndefined();
    expect(await owed()).toEqual(['record', 'session-ended']);
    expect(told).toBe(1);
  });

  it('that somebody ends themselves is told at once too', async () => {
    const { id } = await signIns.open(ann());
    const own = { name: 'ann@corp', tenant: 'main', roles: ['approver'] } as const;
    expect(await signIns.endBy({ by: own, id, reason: 'on a borrowed machine' })).toBe(1);
    expect(told).toBe(1);
  });
});

describe('the name of a human', () => {
  const nameOf = async (
    subject: string,
    name: string | undefined,
    issuer = 'https://idp.example',
  ) =>
    (
      await signIns.open(
        ann({ user: { issuer, subject, groups: [], ...(name === undefined ? {} : { name }) } }),
      )
    ).person;

  it('is of plain letters and says the provider, whatever the provider calls them', async () => {
    expect(await nameOf('1', 'Ann Smith')).toBe('ann-smith@corp');
    expect(await nameOf('2', 'ÄnnЯ@corp.example')).toBe('nn@corp');
    expect(await nameOf('3', '@@')).toBe('3@corp');
    expect(await nameOf('…', undefined)).toBe('user@corp');
    expect(await nameOf('5', 'admin-main@corp@other')).toBe('admin-main@corp');
    expect((await nameOf('6', 'x'.repeat(500))).length).toBeLessThan(100);
  });

  it('is one human’s for ever: nobody becomes somebody else by calling themselves so', async () => {
    expect(await nameOf('u-1', 'ann')).toBe('ann@corp');
    const second = await nameOf('u-2', 'ann');
    expect(second).toMatch(/^ann\.[0-9a-f]{12}@corp$/);
    expect(await nameOf('u-2', 'bob')).toBe(second);
    expect(await nameOf('u-1', 'ann', 'https://other.example')).not.toBe('ann@corp');
  });

  it('is never that of a person of ours, who may come in under their own', async () => {
    const person = { tenant: 'main', name: 'zoe@corp', roles: ['admin'] } as const;
    await store.people.addPerson({ person, credentialDigest: 'zoe', now: clock.now() });
    expect(await nameOf('u-9', 'zoe')).not.toBe('zoe@corp');
    const own = await signIns.open(ann({ provider: 'passkey', person: 'zoe@corp' }));
    expect(own.person).toBe('zoe@corp');
  });
});

describe('the cookie of a sign-in', () => {
  it('is a capability of which only the digest is kept', async () => {
    const { cookie } = await signIns.begin(ann(), '::1');
    expect(cookie).toMatch(/^bailiwick_session=[\w-]{44}; Path=\/; HttpOnly; SameSite=Lax$/);
    const value = sent(cookie).split('=')[1] ?? '';
    const kept = await signIns.list({ tenant: 'main', open: true, now: clock.now(), limit: 9 });
    expect(JSON.stringify([kept, log.drafts])).not.toContain(value);
  });

  it('belongs to this host alone, and comes over https alone, where people come by https', async () => {
    url = 'https://bailiwick.example';
    const { session, cookie } = await signIns.begin(ann(), '::1');
    expect(cookie).toMatch(/^__Host-bailiwick=.*; Secure$/);
    expect(cookie).not.toContain('Domain');
    expect(await signIns.ofCookie(sent(cookie))).toEqual(session);
    const plain = sent(cookie).replace('__Host-bailiwick', 'bailiwick_session');
    expect(await signIns.ofCookie(plain)).toBeUndefined();
    expect(signIns.noCookie()).toMatch(/^__Host-bailiwick=; .*Max-Age=0$/);
  });

  it('is found among others, and is worth nothing twice, misspelt, unknown or not there', async () => {
    const { session, cookie } = await signIns.begin(ann(), '::1');
    const mine = sent(cookie);
    expect(await signIns.ofCookie(`a=b; ${mine}; c=d`)).toEqual(session);
    const other = `bailiwick_session=${'A'.repeat(44)}`;
    for (const header of [undefined, '', 'a', `${mine}; ${other}`, `${mine}x`, other]) {
      expect(await signIns.ofCookie(header)).toBeUndefined();
    }
  });

  it('is worth nothing once its browser was away for too long; the sign-in lasts on', async () => {
    const { session, cookie } = await signIns.begin(
      ann({ expiresAt: clock.now() + limits.personSessionMs }),
      '::1',
    );
    clock.advance(limits.personIdleMs - 1);
    expect(await signIns.ofCookie(sent(cookie))).toEqual(session);
    clock.advance(limits.personIdleMs);
    expect(await signIns.ofCookie(sent(cookie))).toBeUndefined();
    expect(await signIns.get('main', session.id)).toEqual(session);
  });
});
