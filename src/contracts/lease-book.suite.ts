import { describe, expect, it } from 'vitest';
import { bothHalves, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/lease-book`. */
export function describeLeaseBook(name: string, make: MakeStore): void {
  describe(`the lease book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const open = (tenant: string, id: string, instance = 'i-1', agent = 'bot') =>
      store().port.leases.open({
        id,
        tenant,
        agent,
        instance,
        target: 'tool:billing',
        secret: 'billing-key',
        bound: 'process',
        openedAt: store().clock.now(),
      });

    it('knows every open lease, oldest first, until it ends', async () => {
      const { leases } = bothHalves(store());
      const tenant = newTenant();
      const first = await open(tenant, 'b');
      store().clock.advance(1);
      const second = await open(tenant, 'a');
      expect(first.bound).toBe('process');
      expect(first.endedAt).toBeUndefined();
      expect(await leases.listOpen({ tenant })).toEqual([first, second]);
      await leases.end(tenant, 'b', 'system/exit', store().clock.now());
      expect(await leases.listOpen({ tenant })).toEqual([second]);
      await leases.end(tenant, 'b', 'someone else', store().clock.now());
      await leases.end(tenant, 'no-such-lease', 'x', store().clock.now());
      expect(await leases.listOpen({ tenant })).toEqual([second]);
    });

    it('finds them by agent and by instance', async () => {
      const { leases } = bothHalves(store());
      const tenant = newTenant();
      await open(tenant, '1', 'i-1', 'bot');
      await open(tenant, '2', 'i-2', 'bot');
      await open(tenant, '3', 'i-3', 'other');
      const ids = async (filter: object) =>
        (await leases.listOpen({ tenant, ...filter })).map(({ id }) => id);
      expect(await ids({ agent: 'bot' })).toEqual(['1', '2']);
      expect(await ids({ instance: 'i-2' })).toEqual(['2']);
      expect(await ids({ agent: 'other', instance: 'i-2' })).toEqual([]);
    });

    it('opens an id once, and shows no other tenant [DAT-01]', async () => {
      const tenant = newTenant();
      const other = newTenant();
      await open(tenant, 'same');
      await expect(open(tenant, 'same')).rejects.toMatchObject({ code: 'store/conflict' });
      await open(other, 'same');
      await store().port.leases.end(other, 'same', 'x', store().clock.now());
      expect(await store().authority.leases.listOpen({ tenant })).toHaveLength(1);
      expect(await store().authority.leases.listOpen({ tenant: other })).toHaveLength(0);
    });
  });
}
