import { describe, expect, it } from 'vitest';
import type { RegisteredClient } from './client-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/client-book`. */
export function describeClientBook(name: string, make: MakeStore): void {
  describe(`the client book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.clients;
    const of = (tenant: string, id: string, document = 'anybody'): RegisteredClient => ({
      tenant,
      id,
      document,
      name: 'Cursor',
      redirectUris: ['http://127.0.0.1/callback', 'cursor://callback'],
      source: '10.0.0.1',
      registeredAt: 10,
      usedAt: 10,
    });

    it('keeps a client as it registered itself, for its tenant alone', async () => {
      const tenant = newTenant();
      expect(await book().register(of(tenant, 'a'), 5)).toBe(true);
      expect(await book().get(tenant, 'a')).toEqual(of(tenant, 'a'));
      expect(await book().get(newTenant(), 'a')).toBeUndefined();
      expect(await book().list(tenant, 10)).toEqual([of(tenant, 'a')]);
    });

    it('takes no more of one document than it may have, however many come at once', async () => {
      const tenant = newTenant();
      const ids = Array.from({ length: 12 }, (_, at) => `c-${at}`);
      const taken = await Promise.all(ids.map((id) => book().register(of(tenant, id), 5)));
      expect(taken.filter(Boolean)).toHaveLength(5);
      expect(await book().register(of(tenant, 'other', 'second'), 5)).toBe(true);
    });

    it('forgets who was not used for long, and nobody else', async () => {
      const tenant = newTenant();
      await book().register(of(tenant, 'idle'), 5);
      await book().register(of(tenant, 'busy'), 5);
      await book().used(tenant, 'busy', 50);
      expect(await book().forget(tenant, 50)).toBe(1);
      expect((await book().list(tenant, 10)).map(({ id }) => id)).toEqual(['busy']);
    });
  });
}
