import { describe, expect, it } from 'vitest';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/repeat-book`. */
export function describeRepeatBook(name: string, make: MakeStore): void {
  describe(`the contract of repeated acts, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.repeats;
    const begin = (tenant: string, over: object = {}) =>
      book().begin({
        tenant,
        person: 'ann',
        key: 'k',
        request: 'r',
        now: 10,
        until: 100,
        most: 3,
        ...over,
      });
    const key = (tenant: string) => ({ tenant, person: 'ann', key: 'k' });

    it('begins each once, however many ask at a time', async () => {
      const tenant = newTenant();
      const all = await Promise.all(Array.from({ length: 6 }, () => begin(tenant)));
      expect(all.filter(({ kind }) => kind === 'begun')).toHaveLength(1);
      const act = { request: 'r', begunAt: 10, doneAt: undefined, answer: undefined };
      expect(all.filter(({ kind }) => kind === 'known')).toEqual(
        Array.from({ length: 5 }, () => ({ kind: 'known', act })),
      );
    });

    it('keeps what came of it, and is of one person and one tenant', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await begin(tenant);
      await book().finish({ ...key(tenant), answer: 'sealed', now: 20 });
      await book().drop(key(tenant));
      expect(await begin(tenant, { request: 'another' })).toEqual({
        kind: 'known',
        act: { request: 'r', begunAt: 10, doneAt: 20, answer: 'sealed' },
      });
      expect(await begin(tenant, { person: 'bob' })).toEqual({ kind: 'begun' });
      expect(await begin(other)).toEqual({ kind: 'begun' });
      await book().finish({ ...key(other), answer: undefined, now: 20 });
      expect(await begin(other)).toMatchObject({ act: { doneAt: 20, answer: undefined } });
    });

    it('is begun again where nothing was done', async () => {
      const tenant = newTenant();
      await begin(tenant);
      await book().drop(key(tenant));
      expect(await begin(tenant)).toEqual({ kind: 'begun' });
    });

    it('is forgotten in time, at the next one and by whoever sweeps', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await begin(tenant);
      await begin(other);
      expect(await begin(tenant, { now: 99 })).toMatchObject({ kind: 'known' });
      expect(await begin(tenant, { now: 100, until: 200 })).toEqual({ kind: 'begun' });
      expect(await book().forget(100)).toBeGreaterThanOrEqual(1);
      expect(await begin(other, { now: 50 })).toEqual({ kind: 'begun' });
    });

    it('is so many of one person and no more', async () => {
      const tenant = newTenant();
      for (const name of ['a', 'b', 'c']) await begin(tenant, { key: name });
      expect(await begin(tenant, { key: 'd' })).toEqual({ kind: 'full' });
      expect(await begin(tenant, { key: 'a' })).toMatchObject({ kind: 'known' });
      expect(await begin(tenant, { key: 'd', person: 'bob' })).toEqual({ kind: 'begun' });
      expect(await begin(tenant, { key: 'd', now: 100, until: 200 })).toEqual({ kind: 'begun' });
    });
  });
}
