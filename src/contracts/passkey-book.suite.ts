import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/passkey-book`. */
export function describePasskeyBook(name: string, make: MakeStore): void {
  describe(`the passkey book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.passkeys;
    const add = (tenant: string, credential: string, over: object = {}) =>
      book().add({
        credential,
        tenant,
        person: 'ann',
        name: 'key',
        publicKey: 'pk',
        counter: 0,
        transports: ['usb'],
        createdAt: 1,
        ...over,
      });
    const use = (credential: string, counter: number) =>
      book().use({ credential, counter, now: 7 });
    const conflict = { code: 'store/conflict' };

    it('keeps a key under its authenticator`s name of it, which is one person`s alone', async () => {
      const tenant = newTenant();
      await add(tenant, `${tenant}-a`);
      await expect(add(newTenant(), `${tenant}-a`)).rejects.toMatchObject(conflict);
      const kept = { person: 'ann', publicKey: 'pk', transports: ['usb'], usedAt: undefined };
      expect(await book().byCredential(`${tenant}-a`)).toMatchObject(kept);
      expect(await book().byCredential('another')).toBeUndefined();
      expect(await book().list(tenant, 'ann')).toMatchObject([kept]);
      expect(await book().list(tenant, 'bob')).toEqual([]);
    });

    it('takes a counter that goes on, or none at all, and of two at once that are the same one', async () => {
      const tenant = newTenant();
      await add(tenant, `${tenant}-a`);
      await add(tenant, `${tenant}-b`, { counter: 5 });
      expect([await use(`${tenant}-a`, 0), await use(`${tenant}-a`, 0)]).toEqual([true, true]);
      expect([await use(`${tenant}-b`, 5), await use(`${tenant}-b`, 0)]).toEqual([false, false]);
      const both = await Promise.all([use(`${tenant}-b`, 6), use(`${tenant}-b`, 6)]);
      expect(both.filter(Boolean)).toHaveLength(1);
      expect(await book().byCredential(`${tenant}-b`)).toMatchObject({ counter: 6, usedAt: 7 });
      expect(await use('another', 1)).toBe(false);
    });

    it('holds so many of a person and no more, and forgets one with what is owed', async () => {
      const tenant = newTenant();
      for (let at = 0; at < limits.passkeysPerPerson; at += 1) await add(tenant, `${tenant}-${at}`);
      await expect(add(tenant, `${tenant}-more`)).rejects.toMatchObject(conflict);
      const also = [{ id: `${tenant}-o`, tenant, kind: 'record', body: {}, at: 1 }];
      const removed = { tenant, credential: `${tenant}-0`, also };
      expect(await book().remove({ ...removed, person: 'bob' })).toBeUndefined();
      expect(await book().remove({ ...removed, person: 'ann' })).toMatchObject({ name: 'key' });
      expect(await book().byCredential(`${tenant}-0`)).toBeUndefined();
      const owed = await store().authority.outbox.due(10_000);
      expect(owed.filter((one) => one.tenant === tenant)).toHaveLength(1);
      await add(tenant, `${tenant}-more`);
    });
  });
}
