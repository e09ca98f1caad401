import { describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import { type ApprovalBinding, callDigestOf } from '#kernel/grant.ts';
import type { ManualClock } from '#kernel/time.ts';
import type { SqlDatabase } from './database.ts';
import { toColumn } from './json.ts';

export interface UpgradedStore {
  readonly clock: ManualClock;
  /** Opened twice, one after the other: once below the store, once as `control` opens it. */
  openDatabase(): Promise<SqlDatabase>;
  openStore(): Promise<Store>;
  drop(): Promise<void>;
}

const tenant = 'main';

/** What an upgrade does to approvals that were written before there were targets. */
export function describeLiftedApprovals(name: string, make: () => Promise<UpgradedStore>): void {
  describe(`approvals from before there were targets, in ${name}`, () => {
    async function asked(world: UpgradedStore, calls: readonly string[], approve: boolean) {
      const store = await world.openStore();
      const found = [];
      for (const call of calls) {
        const { binding, ...rest } = approvalRequest({ tenant, now: world.clock.now(), call });
        const approval = await store.grants.request({
          ...rest,
          binding,
          callDigest: callDigestOf(binding),
        });
        if (approve) await yesTo(store, world, approval.id);
        found.push(approval);
      }
      await store.close();
      return found;
    }

    function yesTo(store: Store, { clock }: UpgradedStore, id: string) {
      const now = clock.now();
      const verdict = { verdict: 'approve', by: 'ann', reason: 'it is right', now } as const;
      return store.grants.decide({ ...verdict, tenant, id, grantExpiresAt: now + 900_000 });
    }

    /** As the version before this one left them; `id` names the digest that it gave them. */
    async function age(world: UpgradedStore, id: string, binding: ApprovalBinding, tool: string) {
      const database = await world.openDatabase();
      const { target: _target, targetDigest, ...same } = binding;
      const older = { ...same, server: 'billing', tool, toolDigest: targetDigest };
      await database.tenant(tenant, (tx) =>
        tx.run(
          'UPDATE approvals SET binding = $3, call_digest = $4 WHERE tenant = $1 AND id = $2',
          [tenant, id, toColumn(older), `older digest of ${id}`],
        ),
      );
      await database.close();
    }

    it('stay open for exactly the call that was approved, and are spent once [APR-06]', async () => {
      const world = await make();
      const [granted] = await asked(world, ['refund 100'], true);
      if (granted === undefined) throw new Error('nothing was asked');
      await age(world, granted.id, granted.binding, 'create_refund');
      const store = await world.openStore();
      const found = await store.grants.byHandle(tenant, granted.handle);
      expect(found).toMatchObject({ state: 'approved', callDigest: granted.callDigest });
      expect(found?.binding).toEqual(granted.binding);
      const spend = { tenant, id: granted.id, by: 'g', now: world.clock.now() };
      const other = callDigestOf({ ...granted.binding, target: 'tool:billing/pay' });
      expect(await store.grants.consume({ ...spend, callDigest: other })).toMatchObject({
        kind: 'refused',
        why: 'mismatch',
      });
      const { callDigest } = granted;
      expect(await store.grants.openFor(tenant, callDigest)).toEqual(found);
      expect((await store.grants.consume({ ...spend, callDigest })).kind).toBe('consumed');
      expect((await store.grants.consume({ ...spend, callDigest })).kind).toBe('refused');
      await store.close();
      await world.drop();
    });

    it('that are over are read in the words of today, and keep the digest on record', async () => {
      const world = await make();
      const [granted] = await asked(world, ['refund 100'], true);
      if (granted === undefined) throw new Error('nothing was asked');
      const before = await world.openStore();
      const { callDigest, id } = granted;
      await before.grants.consume({ tenant, id, callDigest, by: 'g', now: world.clock.now() });
      await before.close();
      await age(world, id, granted.binding, 'create_refund');
      const store = await world.openStore();
      const found = await store.grants.byId(tenant, id);
      expect(found).toMatchObject({ state: 'spent', callDigest: `older digest of ${id}` });
      expect(found?.binding).toEqual(granted.binding);
      await store.close();
      await world.drop();
    });

    it('are void, with a reason, when they name no target or were asked anew', async () => {
      const world = await make();
      const [unnamed, repeated] = await asked(world, ['refund 1', 'refund 2'], false);
      if (unnamed === undefined || repeated === undefined) throw new Error('nothing was asked');
      await age(world, unnamed.id, unnamed.binding, 'a\nb');
      await age(world, repeated.id, repeated.binding, 'create_refund');
      const anew = await world.openDatabase();
      await anew.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO approvals (tenant, id, handle, state, agent, call_digest, binding, context,
            requested_at, expires_at, epoch)
            SELECT tenant, 'anew', 'anew', state, agent, $3, $4, context, requested_at,
              expires_at, epoch
            FROM approvals WHERE tenant = $1 AND id = $2`,
          [tenant, repeated.id, repeated.callDigest, toColumn(repeated.binding)],
        ),
      );
      await anew.close();
      const store = await world.openStore();
      for (const { id } of [unnamed, repeated]) {
        expect(await store.grants.byId(tenant, id)).toMatchObject({
          state: 'void',
          reason: 'asked before an upgrade, and could not be carried over: ask again',
        });
      }
      expect((await store.grants.openFor(tenant, repeated.callDigest))?.id).toBe('anew');
      await store.close();
      await world.drop();
    });
  });
}
