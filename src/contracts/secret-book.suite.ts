import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/secret-book`. */
export function describeSecretBook(name: string, make: MakeStore): void {
  describe(`the secret book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.secrets;
    const put = (tenant: string, secret: string, version: number) =>
      book().put({
        tenant,
        secret: { name: secret, version, wrappedKey: `w${version}`, sealed: `s${version}` },
        by: 'ann',
        now: store().clock.now(),
      });

    it('gives back the newest version of each secret, as it was sealed', async () => {
      const tenant = newTenant();
      await put(tenant, 'b', 1);
      await put(tenant, 'a', 1);
      await put(tenant, 'b', 2);
      expect(await book().list(tenant)).toEqual([
        { name: 'a', version: 1, wrappedKey: 'w1', sealed: 's1' },
        { name: 'b', version: 2, wrappedKey: 'w2', sealed: 's2' },
      ]);
      expect(await book().list(newTenant())).toEqual([]);
    });

    it('forgets a secret for good, of this tenant alone, and begins anew with its name', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await put(tenant, 'a', 3);
      await put(tenant, 'b', 1);
      await put(other, 'a', 1);
      const remove = () => book().remove({ tenant, name: 'a', now: store().clock.now() });
      expect([await remove(), await remove()]).toEqual([true, false]);
      expect(await book().list(tenant)).toMatchObject([{ name: 'b' }]);
      expect(await book().list(other)).toHaveLength(1);
      await put(tenant, 'a', 1);
      expect(await book().list(tenant)).toMatchObject([{ name: 'a', version: 1 }, { name: 'b' }]);
    });

    it('has the same version under another key, where it is still the one that was read', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await put(tenant, 'a', 1);
      await put(other, 'a', 1);
      const anew = { name: 'a', version: 1, wrappedKey: 'anew', sealed: 's1' };
      await book().rewrap(tenant, anew, 'w1');
      expect(await book().list(tenant)).toEqual([anew]);
      expect(await book().list(other)).toMatchObject([{ wrappedKey: 'w1' }]);
      await book().rewrap(tenant, { ...anew, wrappedKey: 'late' }, 'w1');
      await put(tenant, 'a', 2);
      await book().rewrap(tenant, { ...anew, wrappedKey: 'late' }, 'anew');
      expect(await book().list(tenant)).toMatchObject([{ version: 2, wrappedKey: 'w2' }]);
    });

    it('never puts an older version, or the same one twice, in the place of a newer', async () => {
      const tenant = newTenant();
      await put(tenant, 'a', 3);
      await expect(put(tenant, 'a', 2)).rejects.toMatchObject({ code: 'store/conflict' });
      const results = await Promise.allSettled([put(tenant, 'a', 4), put(tenant, 'a', 4)]);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await book().list(tenant)).toMatchObject([{ version: 4 }]);
    });
  });
}
