import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/payload-keys`. */
export function describePayloadKeys(name: string, make: MakeStore): void {
  describe(`the payload key contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.payloadKeys;
    const keyOf = (handle: string) => ({ handle, wrappedKey: `w of ${handle}` });
    const keep = (tenant: string, subject: string, handle: string) =>
      book().keep({ tenant, subject, key: keyOf(handle), now: store().clock.now() });

    it('keeps one key for each subject, whoever offers another later or at once', async () => {
      const tenant = newTenant();
      const both = await Promise.all([keep(tenant, 'ann', 'h1'), keep(tenant, 'ann', 'h2')]);
      expect(both[0]).toEqual(both[1]);
      expect(await keep(tenant, 'ann', 'h3')).toEqual(both[0]);
      expect(await book().of(tenant, 'ann')).toEqual(both[0]);
      expect(await book().byHandle(tenant, both[0].handle)).toEqual(both[0]);
      expect(await keep(tenant, 'bob', 'h4')).toEqual(keyOf('h4'));
    });

    it('shows no key to another tenant, by name or by handle', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await keep(tenant, 'ann', 'h1');
      expect(await book().of(other, 'ann')).toBeUndefined();
      expect(await book().byHandle(other, 'h1')).toBeUndefined();
      expect(await book().destroy(other, 'ann')).toBe(false);
      expect(await book().byHandle(tenant, 'h1')).toEqual(keyOf('h1'));
    });

    it('destroys a key for good, and that of nobody else', async () => {
      const tenant = newTenant();
      await keep(tenant, 'ann', 'h1');
      await keep(tenant, 'bob', 'h2');
      expect(await book().destroy(tenant, 'ann')).toBe(true);
      expect(await book().destroy(tenant, 'ann')).toBe(false);
      expect(await book().of(tenant, 'ann')).toBeUndefined();
      expect(await book().byHandle(tenant, 'h1')).toBeUndefined();
      expect(await book().of(tenant, 'bob')).toEqual(keyOf('h2'));
      expect(await keep(tenant, 'ann', 'h3')).toEqual(keyOf('h3'));
    });
  });
}
