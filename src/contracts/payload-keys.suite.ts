import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/payload-keys`. */
export function describePayloadKeys(name: string, make: MakeStore): void {
  describe(`the payload key contract, kept by ${name}`, () => {
    const store = openedStore(make);
    /** What a gateway may ask, through the port. */
    const lent = () => store().port.payloadKeys;
    const book = () => store().authority.payloadKeys;
    const keyOf = (handle: string) => ({ handle, wrappedKey: `w of ${handle}` });
    const keep = (tenant: string, subject: string, handle: string) =>
      lent().keep({ tenant, subject, key: keyOf(handle), now: store().clock.now() });

    const destroy = (tenant: string, handle: string) =>
      book().destroy({ tenant, handle, record: 'record', now: store().clock.now() });

    it('keeps one key for each subject, whoever offers another later or at once', async () => {
      const tenant = newTenant();
      const both = await Promise.all([keep(tenant, 'ann', 'h1'), keep(tenant, 'ann', 'h2')]);
      expect(both[0]).toEqual(both[1]);
      expect(await keep(tenant, 'ann', 'h3')).toEqual(both[0]);
      expect(await lent().of(tenant, 'ann')).toEqual(both[0]);
      expect(await lent().byHandle(tenant, both[0].handle)).toEqual(both[0]);
      expect(await keep(tenant, 'bob', 'h4')).toEqual(keyOf('h4'));
    });

    it('tells names that begin alike, of this tenant alone and so many', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      for (const [at, subject] of ['ann@corp', 'Anna', 'bob', 'amy'].entries()) {
        await keep(tenant, subject, `l${at}`);
      }
      await keep(other, 'andy', 'l9');
      const like = async (most: number) => [...(await book().like(tenant, 'anm', most))].sort();
      expect(await like(10)).toEqual(['Anna', 'amy', 'ann@corp']);
      expect(await like(1)).toHaveLength(1);
    });

    it('shows no key to another tenant, by name or by handle', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await keep(tenant, 'ann', 'h1');
      expect(await lent().of(other, 'ann')).toBeUndefined();
      expect(await lent().byHandle(other, 'h1')).toBeUndefined();
      expect(await destroy(other, 'h1')).toBe(false);
      expect(await lent().byHandle(tenant, 'h1')).toEqual(keyOf('h1'));
    });

    it('destroys a key for good, and that of nobody else [DAT-10]', async () => {
      const tenant = newTenant();
      await keep(tenant, 'ann', 'h1');
      await keep(tenant, 'bob', 'h2');
      expect(await destroy(tenant, 'h1')).toBe(true);
      expect(await destroy(tenant, 'h1')).toBe(false);
      expect(await lent().of(tenant, 'ann')).toBeUndefined();
      expect(await lent().byHandle(tenant, 'h1')).toBeUndefined();
      expect(await lent().of(tenant, 'bob')).toEqual(keyOf('h2'));
      expect(await keep(tenant, 'ann', 'h3')).toEqual(keyOf('h3'));
    });

    it('gives each key that is not of a form another wrapping, once', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await keep(tenant, 'ann', 'h1');
      await keep(other, 'ann', 'h2');
      const anew = (of: string, { wrappedKey }: { readonly wrappedKey: string }) =>
        `new: ${of} ${wrappedKey}`;
      expect(await book().rewrap('new:', anew)).toBeGreaterThanOrEqual(2);
      expect(await book().of(tenant, 'ann')).toEqual({
        handle: 'h1',
        wrappedKey: `new: ${tenant} w of h1`,
      });
      expect(await book().byHandle(other, 'h2')).toMatchObject({
        wrappedKey: `new: ${other} w of h2`,
      });
      expect(await book().rewrap('new:', anew)).toBe(0);
    });

    it('takes no key under a handle that was destroyed, of whomever [DAT-10]', async () => {
      const tenant = newTenant();
      await keep(tenant, 'ann', 'h1');
      await destroy(tenant, 'h1');
      for (const subject of ['ann', 'bob']) {
        await expect(keep(tenant, subject, 'h1')).rejects.toMatchObject({ code: 'store/conflict' });
        expect(await lent().of(tenant, subject)).toBeUndefined();
      }
    });

    it('tells which were destroyed, each once, in their order, also those that were not there', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const heard: string[] = [];
      const stop = book().onDestroyed((of, { handle }) => void heard.push(`${of} ${handle}`));
      await keep(tenant, 'ann', 'h1');
      for (const handle of ['h1', 'h2', 'h1', 'h3']) await destroy(tenant, handle);
      stop();
      await destroy(tenant, 'h4');
      const at = store().clock.now();
      const row = (number: number) => ({ number, handle: `h${number}`, record: 'record', at });
      expect(await lent().destroyedSince(tenant, 0, 9)).toEqual([1, 2, 3, 4].map(row));
      expect(await lent().destroyedSince(tenant, 1, 2)).toEqual([2, 3].map(row));
      expect(await lent().destroyedSince(tenant, 4, 9)).toEqual([]);
      expect(await lent().destroyed(tenant, 'h2')).toEqual(row(2));
      expect(await lent().destroyed(other, 'h2')).toBeUndefined();
      expect(await lent().destroyedSince(other, 0, 9)).toEqual([]);
      expect(heard).toContain(`${tenant} h1`);
      expect(heard).not.toContain(`${tenant} h4`);
    });
  });
}
