import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/api-token-book`, and of roles that are taken for a time. */
export function describeApiTokenBook(name: string, make: MakeStore): void {
  describe(`the API token book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.apiTokens;
    const now = () => store().clock.now();
    const add = (tenant: string, id: string, over: object = {}) =>
      book().add({
        token: {
          tenant,
          id,
          name: `name-${id}`,
          person: 'ann',
          roles: ['auditor'],
          session: undefined,
          attended: false,
          createdAt: now(),
          expiresAt: now() + 600_000,
          ...over,
        },
        digest: `${tenant}-${id}`,
      });

    it('finds a token by its digest until its time is over, and knows to the minute when it was used', async () => {
      const tenant = newTenant();
      await add(tenant, 'a', { session: 's', attended: true, roles: ['auditor', 'operator'] });
      expect(await book().use('another', now())).toBeUndefined();
      const found = await book().use(`${tenant}-a`, now());
      expect(found).toMatchObject({
        id: 'a',
        roles: ['auditor', 'operator'],
        session: 's',
        attended: true,
      });
      expect(await book().list(tenant, now())).toMatchObject([{ id: 'a', usedAt: now() }]);
      const first = now();
      store().clock.advance(30_000);
      await book().use(`${tenant}-a`, now());
      expect(await book().list(tenant, now())).toMatchObject([{ usedAt: first }]);
      store().clock.advance(30_000);
      await book().use(`${tenant}-a`, now());
      expect(await book().list(tenant, now())).toMatchObject([{ usedAt: now() }]);
      store().clock.advance(540_000);
      expect(await book().use(`${tenant}-a`, now())).toBeUndefined();
      expect(await book().list(tenant, now())).toEqual([]);
    });

    it('takes a name once, as many as there may be, and again when one is over', async () => {
      const tenant = newTenant();
      for (let at = 0; at < limits.apiTokensPerPerson; at += 1) await add(tenant, `${at}`);
      const conflict = { code: 'store/conflict' };
      await expect(add(tenant, 'more')).rejects.toMatchObject(conflict);
      await add(tenant, 'bob', { person: 'bob' });
      await expect(add(tenant, 'x', { person: 'bob', name: 'name-bob' })).rejects.toMatchObject(
        conflict,
      );
      store().clock.advance(600_000);
      await add(tenant, 'more');
    });

    it('forgets one with what is owed for it, and those of a person who is removed', async () => {
      const tenant = newTenant();
      await add(tenant, 'a');
      await add(tenant, 'b');
      const also = [{ id: `${tenant}-o`, tenant, kind: 'record', body: {}, at: now() }];
      expect(await book().remove({ tenant: newTenant(), id: 'a', also })).toBe(false);
      expect(await book().remove({ tenant, id: 'a', also })).toBe(true);
      expect(await book().use(`${tenant}-a`, now())).toBeUndefined();
      const owed = await store().authority.outbox.due(10_000);
      expect(owed.filter((one) => one.tenant === tenant)).toHaveLength(1);
      const { people } = store().authority;
      for (const person of ['ann', 'bob']) {
        await people.addPerson({
          person: { tenant, name: person, roles: ['admin'] },
          credentialDigest: `${tenant}-${person}-c`,
          now: now(),
        });
      }
      await people.removePerson({ tenant, name: 'ann' });
      expect(await book().use(`${tenant}-b`, now())).toBeUndefined();
    });

    it('keeps a role that is taken for a time as long as it may be taken, and no longer', async () => {
      const tenant = newTenant();
      const { people } = store().authority;
      await people.addPerson({
        person: { tenant, name: 'ann', roles: ['admin'], eligible: ['approver'] },
        credentialDigest: `${tenant}-ann-c`,
        now: now(),
      });
      expect(await people.byName(tenant, 'ann')).toMatchObject({ eligible: ['approver'] });
      expect(await people.byName(tenant, 'eve')).toBeUndefined();
      const taken = { tenant, name: 'ann', reason: 'x', at: now(), until: now() + 1_000 };
      await people.elevate({ ...taken, role: 'approver' });
      await people.elevate({ ...taken, role: 'operator' });
      const roles = async () =>
        (await people.elevations(tenant, 'ann', now())).map(({ role }) => role);
      expect(await roles()).toEqual(['approver']);
      await people.setRoles({ tenant, name: 'ann', roles: ['admin'], eligible: [] });
      expect(await roles()).toEqual([]);
      await people.setRoles({ tenant, name: 'ann', roles: ['admin'], eligible: ['approver'] });
      store().clock.advance(1_000);
      expect(await roles()).toEqual([]);
    });
  });
}
