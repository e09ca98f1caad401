import { describe, expect, it } from 'vitest';
import { longestOutflowMs } from './outflow-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const hour = 3_600_000;

/** The promises of `contracts/outflow-book`. */
export function describeOutflowBook(name: string, make: MakeStore): void {
  describe(`the outflow contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().port.outflow;
    const now = () => store().clock.now();
    const moved = { rows: 3, bytes: 10, calls: 1 };
    const count = (tenant: string, keys: readonly string[] = ['mail']) =>
      book().count({ tenant, keys, moved, windowMs: 24 * hour, now: now() });

    it('shows each of fifty at once another sum, and the last one all of them [APR-11]', async () => {
      const tenant = newTenant();
      const all = await Promise.all(Array.from({ length: 50 }, () => count(tenant)));
      const sums = all.map(({ within }) => within.rows).sort((a, b) => a - b);
      expect(sums).toEqual(Array.from({ length: 50 }, (_, at) => 3 * (at + 1)));
      expect(all.map(({ within }) => within.calls).sort((a, b) => b - a)[0]).toBe(50);
    });

    it('lets a window slide: what is older counts no more, and never too early [APR-11]', async () => {
      const tenant = newTenant();
      // By the clock of the store: what a gateway says of the time does not count.
      await count(tenant);
      store().clock.advance(12 * hour);
      await count(tenant);
      store().clock.advance(12 * hour - 1);
      expect((await count(tenant)).within.rows).toBe(9);
      store().clock.advance(2 * hour);
      expect((await count(tenant)).within.rows).toBe(9);
      store().clock.advance(72 * hour);
      expect((await count(tenant)).within.rows).toBe(3);
    });

    it('counts each tenant and way by itself, and tells the most of those of one call [APR-11] [DAT-01]', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await count(tenant, ['mail']);
      await count(tenant, ['mail', 'outside']);
      expect((await count(tenant, ['web', 'outside'])).within.rows).toBe(6);
      expect((await count(tenant, ['mail', 'outside'])).within.rows).toBe(9);
      expect((await count(other, ['mail'])).within.rows).toBe(3);
    });

    it('takes back what did not happen, and no more than was counted [APR-11]', async () => {
      const tenant = newTenant();
      const { slot } = await count(tenant);
      await count(tenant);
      await book().giveBack({ tenant, keys: ['mail'], moved, slot });
      expect((await count(tenant)).within).toEqual({ rows: 6, bytes: 20, calls: 2 });
      const more = { rows: 7, bytes: 0, calls: 0 };
      await book().giveBack({ tenant, keys: ['mail'], moved: more, slot });
      expect((await count(tenant)).within.rows).toBe(9);
    });

    it('counts no fraction, nothing negative, and no window without an end [APR-11]', async () => {
      const tenant = newTenant();
      const ask = { tenant, keys: ['mail'], moved, windowMs: hour, now: now() };
      for (const wrong of [
        { ...ask, moved: { ...moved, rows: -1 } },
        { ...ask, moved: { ...moved, bytes: 0.5 } },
        { ...ask, windowMs: longestOutflowMs + 1 },
        { ...ask, keys: Array.from({ length: 9 }, (_, at) => `k${at}`) },
      ]) {
        await expect(book().count(wrong)).rejects.toMatchObject({ code: 'api/invalid' });
      }
    });
  });
}
