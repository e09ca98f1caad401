import { describe, expect, it } from 'vitest';
import type { Role } from '#kernel/principal.ts';
import type { DocumentReview } from './document-change.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `ReviewBook` in `contracts/document-change`. */
export function describeReviewBook(name: string, make: MakeStore): void {
  describe(`the review contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.documentReviews;
    const now = () => store().clock.now();
    const asked = (id: string, over: Partial<DocumentReview> = {}): DocumentReview => ({
      id,
      owner: 'api',
      steps: [
        { kind: 'Agent', name: 'bot', before: undefined, spec: { purpose: 'x' } },
        { kind: 'Policy', name: 'p', before: 'abc', spec: undefined },
      ],
      askedBy: 'ann',
      reason: 'ticket 12',
      askedAt: now(),
      until: now() + 1_000,
      state: 'open',
      seal: 'sealed',
      ...over,
    });
    const decide = (
      tenant: string,
      id: string,
      by: string,
      state: 'applied' | 'rejected' = 'applied',
    ) => book().decide({ tenant, id, by, state, why: 'looked', now: now() });

    it('is decided once, by anybody but whoever asked [LIF-04]', async () => {
      const tenant = newTenant();
      await book().ask(tenant, asked('a'));
      expect(await book().get(tenant, 'a')).toEqual(asked('a'));
      for (const by of ['ann', 'Ann', ' ANN', 'ａｎｎ', 'an\u200bn']) {
        await expect(decide(tenant, 'a', by), by).rejects.toMatchObject({
          code: 'config/second-person',
        });
      }
      const both = await Promise.allSettled([
        decide(tenant, 'a', 'bob'),
        decide(tenant, 'a', 'cy'),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      for (const by of ['ann', 'bob', 'dan']) {
        await expect(decide(tenant, 'a', by)).rejects.toMatchObject({ code: 'api/not-found' });
      }
      const [kept] = await book().list(tenant);
      expect(kept).toMatchObject({ state: 'applied', why: 'looked', askedBy: 'ann' });
    });

    it('lists which documents it is about without what they would say, and counts what waits', async () => {
      const tenant = newTenant();
      await book().ask(tenant, asked('late', { until: now() }));
      await book().ask(tenant, asked('a', { askedAt: now() + 1 }));
      const odd = { kind: 'Agent', name: 'bött 😀 "', before: undefined, spec: { purpose: 'ü' } };
      await book().ask(tenant, asked('odd', { steps: [odd], askedAt: now() + 2 }));
      expect(await book().get(tenant, 'odd')).toMatchObject({ steps: [odd] });
      expect(await book().countOpen(tenant, now())).toBe(2);
      await decide(tenant, 'a', 'bob');
      expect(await book().countOpen(tenant, now())).toBe(1);
      expect(await book().countOpen(newTenant(), now())).toBe(0);
      expect((await book().open(tenant)).map(({ id }) => id)).toEqual(['odd', 'late']);
      const list = await book().list(tenant);
      expect(list.map(({ id, documents }) => [id, documents])).toEqual([
        ['odd', ['Agent/bött 😀 "']],
        ['a', ['Agent/bot', 'Policy/p']],
        ['late', ['Agent/bot', 'Policy/p']],
      ]);
      for (const one of list) expect(one).not.toHaveProperty('steps');
      const pages = await Promise.all(
        list.map((one) =>
          book().list(tenant, { limit: 1, before: { at: one.askedAt, id: one.id } }),
        ),
      );
      expect(pages.map((page) => page.map(({ id }) => id))).toEqual([['a'], ['late'], []]);
      const ids = async (page: object) =>
        (await book().list(tenant, { limit: 10, ...page })).map(({ id }) => id);
      expect(await ids({ state: 'applied' })).toEqual(['a']);
      expect(await ids({ state: 'decided' })).toEqual(['a']);
      expect(await ids({ oldestFirst: true })).toEqual(['late', 'a', 'odd']);
      expect(await ids({ q: 'ANN', state: 'open' })).toEqual(['odd', 'late']);
      expect(await ids({ q: 'nobody' })).toEqual([]);
    });

    it('may be taken back by whoever asked', async () => {
      const tenant = newTenant();
      await book().ask(tenant, asked('a'));
      expect(await decide(tenant, 'a', 'ann', 'rejected')).toMatchObject({ state: 'rejected' });
      await expect(decide(tenant, 'a', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
    });

    it('is over in time, once, and of no other tenant', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await book().ask(tenant, asked('late', { until: now() }));
      await book().ask(tenant, asked('open'));
      await expect(decide(tenant, 'late', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
      await expect(decide(other, 'open', 'bob')).rejects.toMatchObject({ code: 'api/not-found' });
      expect((await book().expire(tenant, now())).map(({ id }) => id)).toEqual(['late']);
      expect(await book().expire(tenant, now())).toEqual([]);
      expect(await book().list(other)).toEqual([]);
      expect((await book().list(tenant)).map(({ state }) => state).sort()).toEqual([
        'expired',
        'open',
      ]);
    });

    it('lets one person alone review themselves for a day, until there is a second, and never again', async () => {
      const tenant = newTenant();
      const { people } = store().authority;
      const add = (who: string, role: Role = 'admin') =>
        people.addPerson({
          person: { tenant, name: who, roles: [role] },
          credentialDigest: `${tenant} ${who}`,
          now: now(),
        });
      await add('ann');
      const begun = await book().bootstrap(tenant, now());
      expect(begun).toEqual({ begunAt: now(), until: now() + 86_400_000, endedAt: undefined });
      expect(await book().bootstrap(tenant, now() + 5)).toEqual(begun);
      // Who can say yes to nothing is no second person.
      for (const role of ['auditor', 'approver', 'privacy'] as const) await add(role, role);
      expect(await book().bootstrap(tenant, now() + 5)).toEqual(begun);
      await add('bob');
      await people.removePerson({ tenant, name: 'bob' });
      expect(await book().bootstrap(tenant, now() + 9)).toEqual({ ...begun, endedAt: now() });
    });

    it('has a second person also in who may take such a role for a time, however they came by it', async () => {
      const { people } = store().authority;
      for (const role of ['operator', 'admin'] as const) {
        for (const how of ['added', 'changed'] as const) {
          const tenant = newTenant();
          const add = (name: string, eligible: readonly Role[]) =>
            people.addPerson({
              person: { tenant, name, roles: name === 'ann' ? ['admin'] : ['auditor'], eligible },
              credentialDigest: `${tenant} ${name}`,
              now: now(),
            });
          await add('ann', ['operator']);
          const begun = await book().bootstrap(tenant, now());
          await add('bob', how === 'added' ? [role] : ['privacy', 'approver']);
          if (how === 'changed') {
            expect(await book().bootstrap(tenant, now())).toEqual(begun);
            await people.setRoles({ tenant, name: 'bob', roles: ['auditor'], eligible: [role] });
          } else await people.removePerson({ tenant, name: 'bob' });
          expect(await book().bootstrap(tenant, now())).toEqual({ ...begun, endedAt: now() });
        }
      }
    });
  });
}
