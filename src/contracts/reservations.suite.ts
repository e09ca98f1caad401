import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bothHalves, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/reservations`. */
export function describeReservations(name: string, make: MakeStore): void {
  describe(`the reservations contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => bothHalves(store()).reservations;
    const reserve = (tenant: string, amount: number, limit: number, period = '2026-11-21') =>
      book().reserve({
        tenant,
        key: 'calls/bot',
        amount,
        period,
        limit,
        now: store().clock.now(),
        expiresAt: store().clock.now() + 60_000,
      });
    const used = (tenant: string, period = '2026-11-21') =>
      book().used(tenant, 'calls/bot', period);

    it('never gives more than the limit to fifty at once [APR-07]', async () => {
      const tenant = newTenant();
      expect(await reserve(tenant, 21, 20)).toBeUndefined();
      const taken = await Promise.all(Array.from({ length: 50 }, () => reserve(tenant, 3, 20)));
      expect(taken.filter((one) => one !== undefined)).toHaveLength(6);
      expect(await used(tenant)).toBe(18);
      expect(await reserve(tenant, 3, 20)).toBeUndefined();
      expect(await reserve(tenant, 2, 20)).toBeDefined();
      expect(await reserve(tenant, 1, 20)).toBeUndefined();
    });

    it('counts what is in flight and what is committed, and gives back what is released, once', async () => {
      const tenant = newTenant();
      const one = await reserve(tenant, 4, 10);
      const two = await reserve(tenant, 5, 10);
      expect(await used(tenant)).toBe(9);
      await book().commit(tenant, one?.id ?? '');
      await book().release(tenant, one?.id ?? '');
      expect(await used(tenant)).toBe(9);
      const id = two?.id ?? '';
      await Promise.all([book().release(tenant, id), book().release(tenant, id)]);
      expect(await used(tenant)).toBe(4);
    });

    it('counts each tenant, key and period for itself [DAT-01]', async () => {
      const tenant = newTenant();
      const other = newTenant();
      const mine = await reserve(tenant, 5, 5);
      expect(await reserve(other, 5, 5)).toBeDefined();
      expect(await reserve(tenant, 5, 5, '2026-11-22')).toBeDefined();
      await book().release(other, mine?.id ?? '');
      expect(await used(tenant)).toBe(5);
      expect(await used(other)).toBe(5);
      expect(await used(tenant, '2026-11-23')).toBe(0);
    });

    it('counts as used what its holder never settled', async () => {
      const tenant = newTenant();
      const lost = await reserve(tenant, 5, 10);
      await store().authority.reservations.settleExpired(store().clock.now());
      store().clock.advance(60_000);
      const settled = await store().authority.reservations.settleExpired(store().clock.now());
      expect(settled).toBeGreaterThanOrEqual(1);
      await book().release(tenant, lost?.id ?? '');
      expect(await used(tenant)).toBe(5);
    });

    it('takes no amount that is negative or a fraction', async () => {
      const tenant = newTenant();
      for (const amount of [-1, 0.5, Number.MAX_SAFE_INTEGER + 1]) {
        await expect(reserve(tenant, amount, 10)).rejects.toMatchObject({ code: 'api/invalid' });
      }
      expect(await used(tenant)).toBe(0);
    });

    it('never exceeds the limit, in any order of takes, releases and commits', async () => {
      const act = fc.record({
        amount: fc.integer({ min: 0, max: 7 }),
        next: fc.constantFrom('keep', 'release', 'commit'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 20 }), async (acts) => {
          const tenant = newTenant();
          let held = 0;
          await Promise.all(
            acts.map(async ({ amount, next }) => {
              const taken = await reserve(tenant, amount, 15);
              if (taken === undefined) return;
              held += amount;
              expect(held).toBeLessThanOrEqual(15);
              if (next === 'commit') await book().commit(tenant, taken.id);
              if (next !== 'release') return;
              // Given back no later than the book hears of it.
              held -= amount;
              await book().release(tenant, taken.id);
            }),
          );
          expect(await used(tenant)).toBe(held);
        }),
        { numRuns: 25 },
      );
    });
  });
}
