import { describe, expect, it } from 'vitest';
import type { OverlayTarget } from '#kernel/overlay.ts';
import type { UpgradedStore } from './lift-approvals.suite.ts';
import { readOverlay } from './overlay-rows.ts';

const tenant = 'main';

/** Rows as the version before targets wrote them, byte by byte. */
const rows = [
  ['stop-1', '{"kind":"tool","server":"billing","tenant":"main"}', 'stop', null],
  ['drift-1', '{"kind":"tool","server":"crm","tenant":"main","tool":"a.b/c"}', 'quarantine', null],
  [
    'effect-cb7408cfef584207d7cd13bc',
    '{"argumentsDigest":"d","kind":"effect","task":"t","tenant":"main","tool":"billing/pay"}',
    'unreconciled',
    'main/t',
  ],
  ['whole-1', '{"kind":"effect","task":"u","tenant":"main"}', 'unreconciled', 'main/u'],
  ['agent-1', '{"agent":"worker","kind":"agent","tenant":"main"}', 'suspend', null],
] as const;

const lifted: readonly OverlayTarget[] = [
  { kind: 'target', tenant, target: { kind: 'tool', owner: 'billing', name: undefined } },
  { kind: 'target', tenant, target: { kind: 'tool', owner: 'crm', name: 'a.b/c' } },
  { kind: 'effect', tenant, task: 't', target: 'tool:billing/pay', argumentsDigest: 'd' },
  { kind: 'effect', tenant, task: 'u' },
  { kind: 'agent', tenant, agent: 'worker' },
];

/** What an upgrade leaves in force of what was stopped before there were targets. */
export function describeLiftedOverlay(name: string, make: () => Promise<UpgradedStore>): void {
  describe(`stops, effects and leases from before there were targets, in ${name}`, () => {
    async function upgraded() {
      const world = await make();
      await (await world.openStore()).close();
      const database = await world.openDatabase();
      await database.system(async (tx) => {
        await tx.run(`INSERT INTO meta (name, value) VALUES ('overlay', '5')`, []);
        for (const [at, [id, target, why, task]] of rows.entries()) {
          await tx.run(
            `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, position, ref,
              task) VALUES ($1, $2, $3, 'ann', 'odd', 1, $4, $5, $6)`,
            [id, target, why, at + 1, `ref-${id}`, task],
          );
        }
      });
      await database.tenant(tenant, (tx) =>
        tx.run(
          `INSERT INTO leases (tenant, id, agent, instance, server, secret, opened_at, epoch)
            VALUES ('main', 'lease-1', 'worker', 'i', 'billing', 'key', 1, 1)`,
          [],
        ),
      );
      await database.close();
      const store = await world.openStore();
      const close = async () => {
        await store.close();
        await world.drop();
      };
      const targets = async () =>
        (await store.overlay.current()).entries.map(({ target }) => target);
      return { store, clock: world.clock, targets, close };
    }

    it('stop what they stopped [MON-17]', async () => {
      const { store, targets, close } = await upgraded();
      expect(await targets()).toEqual(lifted);
      expect(await store.overlay.current()).toMatchObject({ number: 5 });
      await close();
    });

    it('are replaced by the same of today, and released by their ids', async () => {
      const { store, clock, close } = await upgraded();
      const [stopped, drifted] = lifted;
      if (stopped === undefined || drifted === undefined) throw new Error('nothing is stopped');
      const same = { by: 'ben', reason: 'again', at: 2 };
      await store.overlay.add({ id: 'stop-2', target: stopped, why: 'stop', ...same });
      await store.overlay.add({ id: 'stop-3', target: drifted, why: 'stop', ...same });
      const effect = { tenant, task: 't', target: 'tool:billing/pay', argumentsDigest: 'd' };
      const report = { ...effect, effect: 'unknown', ref: 'ref', by: 'g', at: 2 } as const;
      await store.effects.report([report], clock.now());
      const { entries } = await store.overlay.current();
      expect(entries.map(({ id }) => id.replace(/^(effect)-.*/, '$1')).sort()).toEqual([
        'agent-1',
        'drift-1',
        'effect',
        'stop-2',
        'stop-3',
        'whole-1',
      ]);
      await store.overlay.release(['drift-1', 'stop-2', 'stop-3']);
      const left = (await store.overlay.current()).entries.map(({ target }) => target.kind);
      expect(left.sort()).toEqual(['agent', 'effect', 'effect']);
      await close();
    });

    it('keep their ids, so that an effect is reconciled once and not told again [AUD-05]', async () => {
      const { store, clock, targets, close } = await upgraded();
      const [, , [id]] = rows;
      const taken = await store.effects.reconcile(tenant, id, clock.now());
      expect(taken).toMatchObject({ target: lifted[2] });
      await store.effects.reconcile(tenant, 'whole-1', clock.now());
      expect(await targets()).toEqual([lifted[0], lifted[1], lifted[4]]);
      const effect = { tenant, task: 't', target: 'tool:billing/pay', argumentsDigest: 'd' };
      const again = { ...effect, effect: 'unknown', ref: `ref-${id}`, by: 'g', at: 1 } as const;
      await store.effects.report([again], clock.now());
      expect(await targets()).toHaveLength(3);
      await close();
    });

    it('are one entry each, also when both versions wrote it; and one more from before is read', async () => {
      const world = await make();
      const store = await world.openStore();
      const [stopped] = lifted;
      if (stopped === undefined) throw new Error('nothing is stopped');
      const now = { target: stopped, why: 'stop', by: 'ben', reason: 'now', at: 2 } as const;
      await store.overlay.add({ id: 'stop-2', ...now });
      await store.close();
      const database = await world.openDatabase();
      await database.system((tx) =>
        tx.run(
          `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, position)
            VALUES ('stop-1', $1, 'stop', 'ann', 'odd', 1, 1)`,
          [rows[0][1]],
        ),
      );
      const both = (await database.system(readOverlay)).entries;
      expect(both.map(({ target }) => target)).toEqual([stopped, stopped]);
      await database.close();
      const after = await world.openStore();
      const { entries } = await after.overlay.current();
      expect(entries).toMatchObject([{ id: 'stop-2', target: stopped }]);
      await after.close();
      await world.drop();
    });

    it('say of a lease what it was lent to', async () => {
      const { store, close } = await upgraded();
      expect(await store.leases.listOpen({ tenant })).toMatchObject([
        { id: 'lease-1', target: 'tool:billing' },
      ]);
      await close();
    });
  });
}
