import { describe, expect, it } from 'vitest';
import { approvalRequest } from './grant-ledger.suite.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/store-mark`. */
export function describeStoreMarks(name: string, make: MakeStore): void {
  describe(`the marks of a store, kept by ${name}`, () => {
    const store = openedStore(make);

    it('remember that they are kept, by one id for good', async () => {
      const { marks } = store().authority;
      expect((await marks.current()).id).toBeUndefined();
      await marks.keep('first');
      await marks.keep('second');
      expect((await marks.current()).id).toBe('first');
    });

    it('rise with the overlay and the epoch, and are lifted but never lowered', async () => {
      const { marks, overlay, grants } = store().authority;
      const before = await marks.current();
      const target = { kind: 'agent', tenant: newTenant(), agent: 'a' } as const;
      await overlay.add({ id: 'm', target, why: 'stop', by: 'ann', reason: 'r', at: 0 });
      await grants.raiseEpoch();
      const risen = await marks.current();
      expect(risen).toMatchObject({ overlay: before.overlay + 1, epoch: before.epoch + 1 });
      await marks.lift({ overlay: risen.overlay + 40, epoch: risen.epoch + 7 });
      await marks.lift({ overlay: 1, epoch: 1 });
      const lifted = await marks.current();
      expect(lifted).toMatchObject({ overlay: risen.overlay + 40, epoch: risen.epoch + 7 });
      expect((await overlay.release(['m'])).number).toBe(lifted.overlay + 1);
    });

    it('count every grant that was spent, by tenant', async () => {
      const { marks, grants } = store().authority;
      const tenant = newTenant();
      const now = store().clock.now();
      const { id, callDigest } = await grants.request(approvalRequest({ tenant, now }));
      const verdict = { verdict: 'approve', by: 'ann', reason: 'yes', now } as const;
      await grants.decide({ ...verdict, tenant, id, grantExpiresAt: now + 1_000 });
      expect((await marks.current()).spent[tenant] ?? 0).toBe(0);
      await grants.consume({ tenant, id, callDigest, by: 'g', now });
      expect((await marks.current()).spent[tenant]).toBe(1);
    });

    it('rise with every version of a document, also one that is taken out again', async () => {
      const { marks, documents } = store().authority;
      const tenant = newTenant();
      const of = async () => (await marks.current()).spent[tenant] ?? 0;
      const one = { tenant, kind: 'Policy', name: 'p', by: 'ann', now: 1 };
      await documents.put({ ...one, spec: { cedar: 'a' }, digest: 'a' });
      await documents.put({ ...one, spec: { cedar: 'b' }, digest: 'b' });
      expect(await of()).toBe(2);
      await documents.remove({ tenant, kind: 'Policy', name: 'p', by: 'ann' });
      expect(await of()).toBeGreaterThanOrEqual(2);
    });

    it('tell which labels each open task carries, and nothing of one that is over', async () => {
      const { marks, tasks, labels } = store().authority;
      const tenant = newTenant();
      const of = async () => (await marks.openLabels())[tenant];
      const one = {
        agent: 'a',
        owner: 'ann',
        kind: 'implicit-agent',
        instance: undefined,
      } as const;
      const begun = ['t1', 't2'].map((id) => ({ ...one, id, agent: id, labels: [] }));
      await tasks.begin({ tenant, tasks: begun, sessions: [], now: 1 });
      await labels.raise(tenant, { task: 't1', session: 's' }, ['integrity:untrusted'], 'x');
      expect(await of()).toEqual({ t1: ['integrity:untrusted'], t2: [] });
      const ending = {
        by: 'ann',
        reason: 'r',
        now: 2,
        labels: ['integrity:untrusted'],
        sharedServers: [],
      } as const;
      await tasks.end({ tenant, id: 't1', ...ending });
      expect(await of()).toEqual({ t2: [] });
    });
  });
}
