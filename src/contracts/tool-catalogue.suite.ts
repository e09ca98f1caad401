import { describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
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
    const report = async (tenant: string, tools: readonly ObservedTool[], server = 'billing') => {
      const now = store().clock.now();
      const look = { tenant, server, look: newId(now), now };
      const shown = tools.map(({ tool }) => tool);
      let from = 0;
      for (; from + limits.toolsPerReport < tools.length; from += limits.toolsPerReport) {
        const part = tools.slice(from, from + limits.toolsPerReport);
        await catalogue().report({ ...look, tools: part, shown: undefined });
      }
      await catalogue().report({ ...look, tools: tools.slice(from), shown });
    };
    const changes = async (tenant: string) =>
      (await catalogue().changes(tenant, 'billing', 100)).map(({ tool, state }) => [tool, state]);
    const judgeAll = async (tenant: string) =>
      catalogue().judged(tenant, 'billing', await catalogue().changes(tenant, 'billing', 100));
    const owed = async (tenant: string) =>
      (await store().authority.outbox.due(10_000)).filter((one) => one.tenant === tenant);
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

    it('keeps a no to exactly what was looked at, until it is another or somebody approves it [TOL-07]', async () => {
      const tenant = newTenant();
      const said = (digest: string) =>
        store().authority.catalogue.reject({
          tenant,
          server: 'billing',
          tool: 'pay',
          digest,
          by: 'bob',
          reason: 'nobody asked for it',
          now: store().clock.now(),
        });
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'look', 'd1')]);
      await expect(said('d2')).rejects.toMatchObject({ code: 'store/conflict' });
      const no = { digest: 'd1', by: 'bob', reason: 'nobody asked for it' };
      expect(await said('d1')).toMatchObject({ state: 'rejected', rejected: no });
      const wanted = { tenant, states: ['rejected'] as const, limit: 9 };
      expect(await catalogue().page(wanted)).toMatchObject([{ tool: 'pay', state: 'rejected' }]);
      expect(await catalogue().get(tenant, 'billing', 'pay')).toMatchObject({
        state: 'rejected',
        rejected: no,
      });
      const counts = { pinned: 0, waiting: 1, quarantined: 0, rejected: 1, gone: 0 };
      expect(await catalogue().counts(tenant)).toEqual(counts);
      expect(await catalogue().countsByServer(tenant)).toEqual(new Map([['billing', counts]]));
      // A server that is pinned as it shows itself first is not pinned over a no.
      const tools = [{ tool: 'pay', digest: 'd1' }];
      const first = { tenant, server: 'billing', tools, by: 'first-seen' };
      await store().authority.catalogue.pinSeen({ ...first, now: store().clock.now() });
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'look', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('rejected');
      await report(tenant, [seen(tenant, 'pay', 'd2'), seen(tenant, 'look', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('waiting');
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'look', 'd1')]);
      expect(await state(tenant, 'pay')).toBe('rejected');
      expect(await approve(tenant, 'pay', 'd1')).not.toHaveProperty('rejected');
      expect(await state(tenant, 'pay')).toBe('pinned');
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

    it('owes each look one judgement, and nothing when nothing changed', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      const first = await owed(tenant);
      expect(first).toMatchObject([
        { kind: 'tools-seen', body: { server: 'billing', passedOver: 0 } },
      ]);
      await store().authority.outbox.done(first);
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      // Not judged yet, but that is owed by the look that saw it first.
      expect(await owed(tenant)).toEqual([]);
      expect(await changes(tenant)).toEqual([['pay', 'waiting']]);
      await report(tenant, []);
      expect(await owed(tenant)).toMatchObject([{ kind: 'tools-seen' }]);
      expect(await changes(tenant)).toEqual([['pay', 'gone']]);
    });

    it('owes the judgement of a look whose last part never came, a little later', async () => {
      const tenant = newTenant();
      const part = { tenant, server: 'billing', look: newId(1), now: store().clock.now() };
      const tools = [seen(tenant, 'pay', 'd1')];
      await catalogue().report({ ...part, tools, shown: undefined });
      expect(await owed(tenant)).toEqual([]);
      store().clock.advance(5_000);
      expect(await owed(tenant)).toMatchObject([{ id: part.look }]);
      // The rest comes after all: it is the same judgement, due now.
      const more = [seen(tenant, 'refund', 'd1')];
      const now = store().clock.now();
      await catalogue().report({ ...part, tools: more, shown: ['pay', 'refund'], now });
      expect(await owed(tenant)).toMatchObject([{ id: part.look }]);
      expect(await changes(tenant)).toEqual([
        ['pay', 'waiting'],
        ['refund', 'waiting'],
      ]);
    });

    it('forgets what is gone and was never pinned once that was judged, and nothing else', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'refund', 'd1')]);
      await approve(tenant, 'pay', 'd1');
      await judgeAll(tenant);
      expect(await changes(tenant)).toEqual([]);
      expect(await state(tenant, 'refund')).toBe('waiting');
      await report(tenant, []);
      expect(await state(tenant, 'refund')).toBe('gone');
      await judgeAll(tenant);
      expect(await changes(tenant)).toEqual([]);
      expect(await state(tenant, 'refund')).toBeUndefined();
      expect(await state(tenant, 'pay')).toBe('gone');
    });

    it('takes no judgement of what has changed again in the meantime', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      const old = await catalogue().changes(tenant, 'billing', 100);
      await report(tenant, [seen(tenant, 'pay', 'd2')]);
      await catalogue().judged(tenant, 'billing', old);
      expect(await changes(tenant)).toEqual([['pay', 'waiting']]);
      await judgeAll(tenant);
      expect(await changes(tenant)).toEqual([]);
    });

    it('keeps no more of one server than a server may have', async () => {
      const tenant = newTenant();
      const name = (at: number) => `tool-${String(at).padStart(6, '0')}`;
      const some = (from: number, count: number) =>
        Array.from({ length: count }, (_, at) => seen(tenant, name(from + at), 'd1'));
      await report(tenant, some(0, limits.toolsPerServer));
      await approve(tenant, name(0), 'd1');
      await approve(tenant, name(1), 'd1');
      await store().authority.outbox.done(await owed(tenant));
      // Two others in the place of the two that are pinned, which stay on the books.
      await report(tenant, some(2, limits.toolsPerServer));
      const counts = {
        pinned: 0,
        waiting: limits.toolsPerServer - 2,
        quarantined: 0,
        rejected: 0,
        gone: 2,
      };
      expect(await catalogue().counts(tenant)).toEqual(counts);
      expect(await owed(tenant)).toMatchObject([{ body: { passedOver: 2 } }]);
    });

    it('counts by state, and lists what is pinned without what only waits', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'refund', 'd1')]);
      await approve(tenant, 'pay', 'd1');
      const counts = { pinned: 1, waiting: 1, quarantined: 0, rejected: 0, gone: 0 };
      expect(await catalogue().counts(tenant)).toEqual(counts);
      expect(await catalogue().pins(tenant)).toMatchObject([
        { server: 'billing', pinned: { tool: 'pay', digest: 'd1' } },
      ]);
      expect(await catalogue().pins(newTenant())).toEqual([]);
    });

    it('is told page by page, of a server, of states and by letters, in one order', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'Pay_all', 'd1'), seen(tenant, 'refund', 'd1')]);
      await report(tenant, [{ ...seen(tenant, 'read', 'd1'), server: 'crm' }], 'crm');
      await approve(tenant, 'refund', 'd1');
      const page = async (wanted: object, limit = 10) =>
        (await catalogue().page({ tenant, limit, ...wanted })).map(
          (one) => `${one.server}/${one.tool}`,
        );
      const all = await page({});
      expect(all.toSorted()).toEqual(['billing/Pay_all', 'billing/refund', 'crm/read']);
      const [first = ''] = await page({}, 1);
      const [server = '', tool = ''] = first.split('/');
      expect([first, ...(await page({ after: { server, tool } }))]).toEqual(all);
      expect(await page({ server: 'crm' })).toEqual(['crm/read']);
      expect(await page({ states: ['pinned'] })).toEqual(['billing/refund']);
      expect(await page({ states: ['waiting', 'gone'] })).toHaveLength(2);
      expect(await page({ q: 'pay_' })).toEqual(['billing/Pay_all']);
      expect(await page({ q: 'y%' })).toEqual([]);
      expect(await page({ q: 'm/r' })).toEqual(['crm/read']);
      expect(await catalogue().page({ tenant: newTenant(), limit: 10 })).toEqual([]);
    });

    it('counts by server, and forgets one server whole, what was approved included', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1'), seen(tenant, 'refund', 'd1')]);
      await approve(tenant, 'pay', 'd1');
      const counts = { pinned: 1, waiting: 1, quarantined: 0, rejected: 0, gone: 0 };
      expect([...(await catalogue().countsByServer(tenant))]).toEqual([['billing', counts]]);
      expect([...(await catalogue().countsByServer(newTenant()))]).toEqual([]);
      await catalogue().forget(tenant, 'other');
      await catalogue().forget(newTenant(), 'billing');
      expect(await catalogue().counts(tenant)).toEqual(counts);
      await catalogue().forget(tenant, 'billing');
      expect(await catalogue().pins(tenant)).toEqual([]);
      expect(await catalogue().list(tenant)).toEqual([]);
    });

    it('owes a look at its quarantines after a tool was pinned', async () => {
      const tenant = newTenant();
      await report(tenant, [seen(tenant, 'pay', 'd1')]);
      await store().authority.outbox.done(await owed(tenant));
      await approve(tenant, 'pay', 'd1');
      expect(await owed(tenant)).toMatchObject([
        { kind: 'tool-pinned', body: { server: 'billing' } },
      ]);
    });
  });
}
