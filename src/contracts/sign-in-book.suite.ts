import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { oweSessionEnded } from './owed.ts';
import type { PersonSession } from './person-session.ts';
import { endedByTime, type SessionGround, type SignInAttempt } from './sign-in-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/sign-in-book`. */
export function describeSignInBook(name: string, make: MakeStore): void {
  describe(`the sign-in book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.signIns;
    const now = () => store().clock.now();
    let made = 0;

    const attempt = (over: Partial<SignInAttempt> = {}): SignInAttempt => ({
      tenant: 'main',
      state: `state-${(made += 1)}`,
      browser: 'browser',
      provider: 'corp',
      nonce: 'nonce',
      verifier: 'verifier',
      returnTo: '/',
      source: `source-${made}`,
      require: { acr: [], maxAgeMs: undefined },
      begunAt: now(),
      expiresAt: now() + limits.signInAttemptMs,
      ...over,
    });

    const session = (tenant: string, over: Partial<PersonSession> = {}): PersonSession => ({
      tenant,
      id: `session-${(made += 1)}`,
      person: 'ann@corp',
      user: { issuer: 'https://idp', subject: 'ann', groups: ['finance'] },
      roles: ['approver'],
      provider: 'corp',
      providerSession: undefined,
      by: 'browser',
      begunAt: now(),
      expiresAt: now() + 10_000,
      ...over,
    });

    const endAll = (tenant: string, ground: SessionGround) =>
      book().end({ tenant, ground, by: 'ann', reason: 'enough', now: now() }, () => []);

    it('begins no session by a token that its provider ended before anybody came by it, while that is remembered [IDN-04]', async () => {
      const tenant = newTenant();
      const exchanged = (providerSession: string, at = now()) =>
        book().begin(session(tenant, { by: 'exchange', providerSession, begunAt: at }), {});
      const until = now() + 1_000;
      const ended = { tenant, provider: 'corp', until, now: now() };
      await book().rememberEnded({ ...ended, session: 'gone' });
      await expect(exchanged('gone')).rejects.toMatchObject({ code: 'identity/delegation-ended' });
      await exchanged('there');
      await book().rememberEnded({ ...ended, provider: 'other', session: 'elsewhere' });
      await exchanged('elsewhere');
      // A browser that comes back from its provider has just been signed in there.
      await book().begin(session(tenant, { providerSession: 'gone' }), {});
      await exchanged('gone', until);
    });

    it('begins no session of a provider anew by a token, once somebody ended it', async () => {
      const tenant = newTenant();
      const exchanged = (providerSession: string | undefined) =>
        book().begin(session(tenant, { by: 'exchange', providerSession }), {});
      await exchanged('s1');
      await exchanged('s2');
      const ground = { kind: 'provider-session', provider: 'corp', session: 's1' } as const;
      await endAll(tenant, { ...ground, subject: undefined });
      await expect(exchanged('s1')).rejects.toMatchObject({ code: 'identity/delegation-ended' });
      await exchanged('s2');
      await exchanged(undefined);
      await book().begin(session(tenant, { providerSession: 's1' }), {});
      const byTime = { ...ground, session: 's2', subject: undefined };
      await book().end(
        { tenant, ground: byTime, by: endedByTime, reason: 'over', now: now() },
        () => [],
      );
      await exchanged('s2');
    });

    describe('an attempt', () => {
      it('is answered once, however many come with its state', async () => {
        const begun = attempt();
        await book().addAttempt(begun);
        expect(await book().takeAttempt('another', now())).toBeUndefined();
        const taken = await Promise.all(
          Array.from({ length: 5 }, () => book().takeAttempt(begun.state, now())),
        );
        const answered = taken.filter((one) => one !== undefined);
        expect(answered).toHaveLength(1);
        expect(answered[0]).toMatchObject({ ...begun, require: { acr: [] } });
      });

      it('is worth nothing when its time is over', async () => {
        const begun = attempt({ expiresAt: Number.MAX_SAFE_INTEGER });
        await book().addAttempt(begun);
        store().clock.advance(limits.signInAttemptMs);
        expect(await book().takeAttempt(begun.state, now())).toBeUndefined();
      });
    });

    describe('a name', () => {
      const names = (tenant: string, subject: string, ...proposed: readonly string[]) =>
        book().nameOf({ tenant, issuer: 'https://idp', subject, proposed });

      it('is one human for ever: the next of the same name gets another', async () => {
        const tenant = newTenant();
        const proposed = ['ann@corp', 'ann.1@corp'];
        expect(await names(tenant, 'first', ...proposed)).toBe('ann@corp');
        expect(await names(tenant, 'second', ...proposed)).toBe('ann.1@corp');
        expect(await names(tenant, 'first', 'eve@corp')).toBe('ann@corp');
        await expect(names(tenant, 'third', ...proposed)).rejects.toMatchObject({
          code: 'store/conflict',
        });
        expect(await names(newTenant(), 'second', ...proposed)).toBe('ann@corp');
      });

      it('of a person of ours is nobody else’s, and the other way round', async () => {
        const tenant = newTenant();
        const add = (person: string) =>
          store().authority.people.addPerson({
            person: { tenant, name: person, roles: ['admin'] },
            credentialDigest: `${tenant} ${person}`,
            now: now(),
          });
        await add('bob@corp');
        expect(await names(tenant, 'bob', 'bob@corp', 'bob.1@corp')).toBe('bob.1@corp');
        await expect(add('bob.1@corp')).rejects.toMatchObject({ code: 'store/conflict' });
      });

      it('is given once to each, however many come at once', async () => {
        const tenant = newTenant();
        const given = await Promise.all(
          ['a', 'b', 'a', 'b'].map((subject) => names(tenant, subject, 'x@corp', 'y@corp')),
        );
        expect(new Set(given)).toEqual(new Set(['x@corp', 'y@corp']));
        expect([given[0], given[1]]).toEqual([given[2], given[3]]);
      });
    });

    describe('a session', () => {
      it('is found by its id and by its cookie, as it was begun, until its time is over', async () => {
        const tenant = newTenant();
        const begun = session(tenant, { providerSession: 'sid' });
        const cookie = `cookie of ${begun.id}`;
        const byCookie = () => book().byCookie({ cookie, now: now(), idleMs: 60_000 });
        await book().begin(begun, { cookie });
        expect(await book().get(tenant, begun.id, now())).toEqual(begun);
        expect(await byCookie()).toEqual(begun);
        expect(await book().get(newTenant(), begun.id, now())).toBeUndefined();
        store().clock.advance(9_999);
        expect(await byCookie()).toEqual(begun);
        store().clock.advance(1);
        expect(await book().get(tenant, begun.id, now())).toBeUndefined();
        expect(await byCookie()).toBeUndefined();
        expect(await book().overdue(now(), 10)).toContainEqual(begun);
      });

      it('is not found by a cookie that was away for too long, and lasts all the same', async () => {
        const tenant = newTenant();
        const begun = session(tenant, { expiresAt: now() + 1_000_000 });
        const cookie = `cookie of ${begun.id}`;
        const byCookie = () => book().byCookie({ cookie, now: now(), idleMs: 100_000 });
        await book().begin(begun, { cookie });
        for (const gone of [99_999, 99_999]) {
          store().clock.advance(gone);
          expect(await byCookie()).toEqual(begun);
        }
        store().clock.advance(100_000);
        expect(await byCookie()).toBeUndefined();
        expect(await book().get(tenant, begun.id, now())).toEqual(begun);
      });

      it('tells its row to whoever judges it, with what it stands on, also when it is over', async () => {
        const tenant = newTenant();
        const begun = session(tenant);
        await book().begin(begun, { footing: 'f', seal: 's' });
        const row = { tenant, id: begun.id, person: begun.person, session: begun };
        const stand = { footing: 'f', seal: 's', endedAt: undefined };
        expect(await book().row(tenant, begun.id)).toEqual({ ...row, ...stand });
        expect(await book().row(tenant, 'another')).toBeUndefined();
        const lasting = async () =>
          (await book().lastingRows(now())).filter((one) => one.tenant === tenant);
        expect(await lasting()).toEqual([{ ...row, ...stand }]);
        await endAll(tenant, { kind: 'session', id: begun.id });
        const over = { ...row, ...stand, endedAt: now() };
        expect([await lasting(), await book().row(tenant, begun.id)]).toEqual([[over], over]);
        store().clock.advance(10_000);
        expect(await lasting()).toEqual([]);
      });

      it('has no two of one cookie', async () => {
        const tenant = newTenant();
        await book().begin(session(tenant), { cookie: `${tenant} c` });
        await expect(book().begin(session(tenant), { cookie: `${tenant} c` })).rejects.toThrow();
      });

      it('ends once, with what the end owes, and is listed as it ended', async () => {
        const tenant = newTenant();
        const begun = session(tenant);
        await book().begin(begun, {});
        const end = () =>
          book().end(
            {
              tenant,
              ground: { kind: 'session', id: begun.id },
              by: 'ann',
              reason: 'out',
              now: now(),
            },
            ({ id }) => [oweSessionEnded(tenant, id, now())],
          );
        const ended = { ...begun, endedAt: now(), endedBy: 'ann', reason: 'out' };
        expect(await end()).toMatchObject([ended]);
        expect(await end()).toEqual([]);
        const owed = (await store().authority.outbox.due(1_000)).filter(
          (one) => one.tenant === tenant,
        );
        expect(owed).toMatchObject([{ kind: 'session-ended', body: { session: begun.id } }]);
        expect(await book().get(tenant, begun.id, now())).toBeUndefined();
        const list = (open: boolean) => book().list({ tenant, open, now: now(), limit: 10 });
        expect(await list(true)).toEqual([]);
        expect(await list(false)).toMatchObject([ended]);
        const behind = { at: begun.begunAt, id: begun.id };
        const all = { tenant, open: false, now: now(), limit: 10 };
        expect(await book().list({ ...all, before: behind })).toEqual([]);
        const later = { at: begun.begunAt + 1, id: '' };
        expect(await book().list({ ...all, before: later })).toMatchObject([ended]);
        const found = (q: string) => book().list({ ...all, q });
        expect(await found(begun.person.toUpperCase())).toMatchObject([ended]);
        expect(await found(begun.provider)).toMatchObject([ended]);
        expect(await found('nobody')).toEqual([]);
        const oldest = { ...all, oldestFirst: true };
        expect(await book().list(oldest)).toMatchObject([ended]);
        expect(await book().list({ ...oldest, before: later })).toEqual([]);
      });

      it('that is over is forgotten after a while', async () => {
        const tenant = newTenant();
        await book().begin(session(tenant), {});
        await endAll(tenant, { kind: 'all' });
        const count = async () =>
          (await book().list({ tenant, open: false, now: now(), limit: 10 })).length;
        store().clock.advance(limits.endedSignInMs - 1);
        await book().begin(session(newTenant()), {});
        expect(await count()).toBe(1);
        store().clock.advance(1);
        await book().begin(session(newTenant()), {});
        expect(await count()).toBe(0);
      });
    });

    describe('an end', () => {
      const grounds: readonly [string, SessionGround, readonly string[]][] = [
        ['a user', { kind: 'user', issuer: 'https://idp', subject: 'ann' }, ['a1', 'a2', 'a3']],
        [
          'a session of the provider',
          { kind: 'provider-session', provider: 'corp', session: 's1', subject: undefined },
          ['a1', 'b1'],
        ],
        [
          'a session of the provider and its subject, with those of that subject whose session is not known',
          { kind: 'provider-session', provider: 'corp', session: 's1', subject: 'ann' },
          ['a1', 'a3'],
        ],
        ['a person', { kind: 'person', person: 'ann@corp' }, ['a1', 'a2', 'a3', 'b1', 'o1', 'o2']],
        ['a person who is not there', { kind: 'person', person: 'zoe@corp' }, []],
        [
          'a provider whose document said something else',
          { kind: 'footing', provider: 'other', footing: 'before' },
          ['o1'],
        ],
        ['all', { kind: 'all' }, ['a1', 'a2', 'a3', 'b1', 'o1', 'o2']],
      ];

      it.each(grounds)('takes those of %s, of this tenant', async (_what, ground, expected) => {
        const tenant = newTenant();
        const begin = (
          id: string,
          subject: string,
          over: Partial<PersonSession> = {},
          footing?: string,
        ) =>
          book().begin(
            session(tenant, {
              id,
              user: { issuer: 'https://idp', subject, groups: [] },
              ...over,
            }),
            footing === undefined ? {} : { footing },
          );
        await begin('a1', 'ann', { providerSession: 's1' });
        await begin('a2', 'ann', { providerSession: 's2' });
        await begin('a3', 'ann');
        await begin('b1', 'bob', { providerSession: 's1' });
        await begin('o1', 'zoe', { provider: 'other', providerSession: 's1' }, 'before');
        await begin('o2', 'zoe', { provider: 'other' }, 'now');
        const own = async () =>
          (await book().footings())
            .filter((one) => one.tenant === tenant)
            .map((one) => one.footing);
        expect((await own()).sort()).toEqual(['before', 'now']);
        expect(await endAll(newTenant(), ground)).toEqual([]);
        const ended = await endAll(tenant, ground);
        expect(ended.map(({ id }) => id).sort()).toEqual(expected);
      });
    });

    it('remembers a used token of an issuer until its time is over', async () => {
      const tenant = newTenant();
      const use = (issuer: string, jti: string) =>
        book().useOnce({ tenant, issuer, jti, until: now() + 1_000, now: now() });
      // Which of two that come at once is the first, the store decides.
      const both = await Promise.all([use('a', '1'), use('a', '1')]);
      expect(both.filter((first) => first)).toHaveLength(1);
      expect([await use('b', '1'), await use('a', '2')]).toEqual([true, true]);
      store().clock.advance(999);
      expect(await use('a', '1')).toBe(false);
      store().clock.advance(1);
      expect(await use('a', '1')).toBe(true);
    });

    it('has whoever begins too many from one address push out their own, and no one else`s', async () => {
      const honest = attempt({ begunAt: now() - 2 });
      const first = attempt({ begunAt: now() - 1, source: 'flood' });
      await book().addAttempt(honest);
      await book().addAttempt(first);
      const one = () => attempt({ source: 'flood' });
      const more = Array.from({ length: limits.signInAttemptsPerSource }, one);
      for (let at = 0; at < more.length; at += 64) {
        await Promise.all(more.slice(at, at + 64).map((each) => book().addAttempt(each)));
      }
      await book().addAttempt(one());
      expect(await book().takeAttempt(first.state, now())).toBeUndefined();
      expect(await book().takeAttempt(honest.state, now())).toMatchObject({ state: honest.state });
      // Those that are left are over before the next test.
      store().clock.advance(limits.signInAttemptMs);
    }, 60_000);

    // Last: nothing that was begun before it is left.
    it('keeps the newest attempts where there are too many', async () => {
      const first = attempt({ begunAt: now() - 2 });
      const second = attempt({ begunAt: now() - 1 });
      await book().addAttempt(first);
      await book().addAttempt(second);
      const more = Array.from({ length: limits.signInAttempts - 2 }, () => attempt());
      for (let at = 0; at < more.length; at += 64) {
        await Promise.all(more.slice(at, at + 64).map((one) => book().addAttempt(one)));
      }
      // Those that are added at the same moment may not see each other; the next one does.
      await book().addAttempt(attempt());
      expect(await book().takeAttempt(first.state, now())).toBeUndefined();
      expect(await book().takeAttempt(second.state, now())).toMatchObject({ state: second.state });
    }, 60_000);
  });
}
