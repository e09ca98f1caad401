import { describe, expect, it } from 'vitest';
import type { ObservedTool } from './tool-catalogue.ts';
import { bothHalves, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/tool-catalogue`. */
export function describeToolCatalogue(name: string, make: MakeStore): void {
  describe(`the tool catalogue contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const catalogue = () => bothHalves(store()).catalogue;
    const seen = (
      tenant: string,
      tool: string,
      digest: string,
      server = 'billing',
    ): ObservedTool => ({
      tenant,
      server,
      tool,
      digest,
      definition: { name: tool, description: digest, inputSchema: { type: 'object' } },
      observedAt: store().clock.now(),
    });
    const report = (tenant: string, tools: readonly ObservedTool[], server = 'billing') =>
      catalogue().report({ tenant, server, tools });
    const approve = (tenant: string, tool: string, digest: string) =>
      store().authority.catalogue.approve({
        tenant,
        server: 'billing',
        tool,
        digest,
        by: 'ann',
        now: store().clock.now(),
      });
    const state = async (tenant: string, tool: string) =>
      (await catalogue().get(tenant, 'billing', tool))?.state;

    it('makes what is new wait for a human', async () => {
      const tenant = newTenant();
      const tool = seen(tenant, 'pay', 'd1');
      await report(tenant, [tool]);
      const entries = await catalogue().list(tenant);
      expect(entries).toMatchObject([{ tool: 'pay', state: 'waiting', observed: tool }]);
      expect(entries[0]?.pinned).toBeUndefined();
      expect(await catalogue().get(tenant, 'billing', 'pay')).toEqual(entries[0]);
      expect(await catalogue().list(tenant)).toEqual(entries);
    });

    it('pins exactly the definition that was approved, and no other', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      const refused = { code: 'store/conflict' };
      await expect(approve(tenant, 'pay', 'd2')).rejects.toMatchObject(refused);
      const entry = await approve(tenant, 'pay', 'd1');
      expect(entry).toMatchObject({ state: 'pinned', pinned: { digest: 'd1', approvedBy: 'ann' } });
      expect(entry.pinned?.definition).toEqual(seen(tenant, 'pay', 'd1').definition);
      expect(entry.observed).toBeUndefined();
      await expect(approve(tenant, 'no-such-tool', 'd1')).rejects.toMatchObject({
        code: 'api/not-found',
      });
    });

    it('quarantines what changed since, and keeps the pin [TOL-10]', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      await approve(tenant, 'pay', 'd1');
      await report(tenant, [seen(tenant, 'pay', 'd2')]);
      expect(await catalogue().get(tenant, 'billing', 'pay')).toMatchObject({
        state: 'quarantined',
        pinned: { digest: 'd1' },
        observed: { digest: 'd2' },
      });
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('pinned');
      await report(tenant, [seen(tenant, 'pay', 'd3')]);
      expect((await approve(tenant, 'pay', 'd3')).pinned?.digest).toBe('d3');
    });

    it('marks what a server shows no more as gone, of that server alone', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'refund', 'd1')]);
      await report(tenant, [seen(tenant, 'look', 'd1', 'other')], 'other');
      await approve(tenant, 'pay', 'd1');
      await report(tenant, [seen(tenant, 'refund', 'd1')]);
      expect(await catalogue().get(tenant, 'billing', 'pay')).toMatchObject({
        state: 'gone',
        pinned: { digest: 'd1' },
      });
      expect(await state(tenant, 'refund')).toBe('waiting');
      const servers = (await catalogue().list(tenant)).map(
        ({ server, tool }) => `${server}/${tool}`,
      );
      expect(servers.sort()).toEqual(['billing/pay', 'billing/refund', 'other/look']);
      expect(await catalogue().list(tenant, 'other')).toMatchObject([{ state: 'waiting' }]);
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'refund', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('pinned');
    });

    it('loses no approval to a report of another definition at the same time', async () => {
      for (let i = 0; i < 10; i += 1) {
        const tenant = newTenant();
        await report(tenant, [seen(tenant, 'pay', 'd1')]);
        const [said] = await Promise.allSettled([
          approve(tenant, 'pay', 'd1'),
          report(tenant, [seen(tenant, 'pay', 'd2')]),
        ]);
        const entry = await catalogue().get(tenant, 'billing', 'pay');
        expect(entry?.observed?.digest).toBe('d2');
        expect(entry?.pinned?.digest).toBe(said.status === 'fulfilled' ? 'd1' : undefined);
      }
    });

    it('loses no approval to a report that comes at the same time', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      const reports = Array.from({ length: 8 }, () => report(tenant, [seen(tenant, 'pay', 'd1')]));
      await Promise.all([...reports, approve(tenant, 'pay', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('pinned');
    });

    it('shows no other tenant [DAT-01]', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      const other = newTenant();
      expect(await catalogue().list(other)).toEqual([]);
      expect(await catalogue().get(other, 'billing', 'pay')).toBeUndefined();
    });
  });
}
