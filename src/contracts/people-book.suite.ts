import type { Role } from '#kernel/principal.ts';
import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/people-book`. */
export function describePeopleBook(name: string, make: MakeStore): void {
  describe(`the people book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.people;
    const now = () => store().clock.now();
    const invalid = { code: 'api/setup-link-invalid' };
    const redeem = (digest: string, person: string) =>
      book().redeemSetupLink({
        digest,
        person: { tenant: 'main', name: person, roles: ['admin'] },
        credentialDigest: `credential-${person}`,
        now: now(),
      });

    it('says whether a setup link would serve, and spends nothing by it', async () => {
      const is = (digest: string) => book().isSetupLink({ digest, now: now() });
      await book().addSetupLink({ digest: 'asked', expiresAt: now() + 1_000 });
      expect([await is('asked'), await is('asked'), await is('no')]).toEqual([true, true, false]);
      store().clock.advance(1_000);
      expect(await is('asked')).toBe(false);
    });

    it('makes the first admin with a setup link, once, however many try', async () => {
      await book().addSetupLink({ digest: 'old', expiresAt: now() + 600_000 });
      await book().addSetupLink({ digest: 'late', expiresAt: now() + 600_000 });
      await expect(redeem('old', 'eve')).rejects.toMatchObject(invalid);
      await expect(redeem('no-such-link', 'eve')).rejects.toMatchObject(invalid);
      store().clock.advance(600_000);
      await expect(redeem('late', 'eve')).rejects.toMatchObject(invalid);
      const links = Array.from({ length: 10 }, (_, i) => `link-${i}`);
      await Promise.all(
        links.map((digest) => book().addSetupLink({ digest, expiresAt: now() + 600_000 })),
      );
      const results = await Promise.allSettled(
        [...links, ...links].map((link, i) => redeem(link, `ann-${i}`)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await book().list('main')).toHaveLength(1);
    });

    it('makes nobody with a link once there is somebody', async () => {
      await book().addSetupLink({ digest: 'second', expiresAt: now() + 600_000 });
      expect(await book().isSetupLink({ digest: 'second', now: now() })).toBe(false);
      await expect(redeem('second', 'eve')).rejects.toMatchObject(invalid);
    });

    it('gives a person another credential in place of the one before, and nobody to nobody', async () => {
      const tenant = newTenant();
      const person = { tenant, name: 'bob', roles: ['admin'] } as const;
      await book().addPerson({ person, credentialDigest: `${tenant}-old`, now: now() });
      const renewed = { tenant, name: 'bob', credentialDigest: `${tenant}-new` };
      expect(await book().renewCredential(renewed)).toMatchObject(person);
      expect(await book().byCredential(`${tenant}-old`)).toBeUndefined();
      expect(await book().byCredential(`${tenant}-new`)).toMatchObject(person);
      const nobody = { ...renewed, name: 'eve' };
      await expect(book().renewCredential(nobody)).rejects.toMatchObject({ code: 'api/not-found' });
    });

    it('keeps a set of roles, takes no last admin, and forgets whom it removes, with what is owed', async () => {
      const tenant = newTenant();
      const add = (person: string, roles: readonly Role[]) =>
        book().addPerson({
          person: { tenant, name: person, roles },
          credentialDigest: `${tenant}-${person}`,
          now: now(),
        });
      await add('ann', ['admin']);
      await add('bob', ['auditor', 'operator']);
      const set = (person: string, roles: readonly Role[]) =>
        book().setRoles({ tenant, name: person, roles, eligible: [] });
      const lastAdmin = { code: 'api/last-admin' };
      await expect(set('ann', ['auditor'])).rejects.toMatchObject(lastAdmin);
      await expect(book().removePerson({ tenant, name: 'ann' })).rejects.toMatchObject(lastAdmin);
      await expect(set('eve', ['admin'])).rejects.toMatchObject({ code: 'api/not-found' });
      expect(await set('bob', ['approver', 'admin'])).toMatchObject({
        roles: ['approver', 'admin'],
      });
      const also = [{ id: `${tenant}-o`, tenant, kind: 'record', body: {}, at: now() }];
      await book().removePerson({ tenant, name: 'ann', also });
      expect(await book().byCredential(`${tenant}-ann`)).toBeUndefined();
      expect((await book().list(tenant)).map(({ name: left }) => left)).toEqual(['bob']);
      const owed = await store().authority.outbox.due(10_000);
      expect(owed.filter((one) => one.tenant === tenant)).toMatchObject([{ kind: 'record' }]);
      await expect(book().removePerson({ tenant, name: 'ann' })).rejects.toMatchObject({
        code: 'api/not-found',
      });
    });

    it('leaves one admin when two take each other`s right at once', async () => {
      const tenant = newTenant();
      for (const person of ['ann', 'bob']) {
        await book().addPerson({
          person: { tenant, name: person, roles: ['admin'] },
          credentialDigest: `${tenant}-${person}`,
          now: now(),
        });
      }
      const done = await Promise.allSettled([
        book().removePerson({ tenant, name: 'ann' }),
        book().setRoles({ tenant, name: 'bob', roles: ['auditor'], eligible: [] }),
      ]);
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('finds a person by the digest of a credential, and takes name and credential once', async () => {
      const tenant = newTenant();
      const add = (person: string, credentialDigest: string) =>
        book().addPerson({
          person: { tenant, name: person, roles: ['approver'] },
          credentialDigest,
          now: now(),
        });
      const stored = await add('bob', `${tenant}-c`);
      expect(stored).toEqual({ tenant, name: 'bob', roles: ['approver'], createdAt: now() });
      expect(await book().byCredential(`${tenant}-c`)).toEqual(stored);
      expect(await book().byCredential('another')).toBeUndefined();
      const conflict = { code: 'store/conflict' };
      await expect(add('bob', `${tenant}-d`)).rejects.toMatchObject(conflict);
      await expect(add('carl', `${tenant}-c`)).rejects.toMatchObject(conflict);
      expect(await book().list(tenant)).toEqual([stored]);
      expect(await book().list(newTenant())).toEqual([]);
    });
  });
}
