import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import type { NewDelegation } from './delegation-book.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

const untrusted: Label = 'integrity:untrusted';
const secret: Label = 'confidentiality:secret';

/** Of `contracts/label-book`: whose labels are one another's in delegated work. */
export function describeLabelReach(name: string, make: MakeStore): void {
  describe(`labels of delegated work, kept by ${name}`, () => {
    const store = openedStore(make);
    const ann = { issuer: 'https://idp', subject: 'ann', session: 's' };
    const bob = { ...ann, subject: 'bob' };

    interface Begun extends Partial<NewDelegation> {
      readonly labels?: readonly Label[];
    }
    /** The task is called as the delegation is. */
    const begin = async (tenant: string, id: string, { labels = [], ...over }: Begun = {}) => {
      const delegation: NewDelegation = {
        tenant,
        id,
        user: ann,
        consent: 'c',
        client: undefined,
        agent: 'worker',
        instance: 'w',
        hops: [],
        parent: undefined,
        task: id,
        effects: ['read'],
        isScoped: false,
        thumbprint: undefined,
        begunAt: 1,
        until: 1_000,
        ...over,
      };
      const { agent, instance } = delegation;
      const raised = labels.map((label) => ({ label, session: 's', source: 'a/b' }));
      const own = { id, agent, instance, owner: 'ann', kind: 'delegated', labels: raised } as const;
      await store().authority.tasks.begin({ tenant, tasks: [own], sessions: [], now: 1 });
      await store().authority.delegations.begin(delegation);
    };
    const raise = (tenant: string, task: string, ...labels: readonly Label[]) =>
      store().port.labels.raise(tenant, { task, session: 's' }, labels, 'a/b');
    const labelsOf = async (tenant: string, task: string) =>
      (await store().port.labels.read(tenant, task)).labels;
    const endTask = async (tenant: string, id: string) => {
      const labels = await labelsOf(tenant, id);
      const ending = { tenant, id, by: 'system/x', reason: 'over', now: 2, sharedServers: [] };
      await store().authority.tasks.end({ ...ending, labels });
    };

    it('are on every open task of the same user and agent, whichever client carries it [DAT-08]', async () => {
      const tenant = newTenant();
      await begin(tenant, 'one');
      await begin(tenant, 'two', { client: 'cursor', instance: 'u-two' });
      expect((await raise(tenant, 'one', untrusted)).labels).toEqual([untrusted]);
      expect(await labelsOf(tenant, 'two')).toEqual([untrusted]);
      await begin(tenant, 'three');
      expect(await labelsOf(tenant, 'three')).toEqual([untrusted]);
      await begin(tenant, 'four', { labels: [secret] });
      expect(await labelsOf(tenant, 'one')).toEqual([secret, untrusted]);
    });

    it('are noted once on each, however many are open and however often each raised them', async () => {
      const tenant = newTenant();
      const ids = Array.from({ length: 30 }, (_, at) => `t${at}`);
      for (const id of ids) {
        await begin(tenant, id);
        const where = { task: id, session: `s-${id}` };
        await store().port.labels.raise(tenant, where, [untrusted], 'a/b');
      }
      await begin(tenant, 'last');
      expect(await labelsOf(tenant, 'last')).toEqual([untrusted]);
      const noted = (id: string) => store().authority.tasks.labels(tenant, id);
      // Whoever came later knew it when it began; what it raised itself is noted beside that.
      expect((await noted('t0')).length).toBe(1);
      expect((await noted('t29')).map(({ session }) => session).sort()).toEqual(['s-t0', 's-t29']);
      expect((await noted('last')).length).toBe(1);
    }, 60_000);

    it('are not on those of another user, of another agent or of nobody', async () => {
      const tenant = newTenant();
      await begin(tenant, 'one');
      const others: Record<string, Begun> = {
        bob: { user: bob },
        'other issuer': { user: { ...ann, issuer: 'https://other' } },
        'other agent': { agent: 'writer' },
        nobody: { user: undefined },
      };
      for (const [id, over] of Object.entries(others)) await begin(tenant, id, over);
      await raise(tenant, 'one', untrusted);
      for (const id of Object.keys(others)) expect(await labelsOf(tenant, id)).toEqual([]);
    });

    it('stay while one of them is open, and begin anew after the last', async () => {
      const tenant = newTenant();
      await begin(tenant, 'one');
      await begin(tenant, 'two');
      await raise(tenant, 'one', untrusted);
      await endTask(tenant, 'one');
      await begin(tenant, 'three');
      expect(await labelsOf(tenant, 'three')).toEqual([untrusted]);
      await raise(tenant, 'two', secret);
      // What is over is as it was when it ended.
      expect(await labelsOf(tenant, 'one')).toEqual([untrusted]);
      await endTask(tenant, 'two');
      await endTask(tenant, 'three');
      await begin(tenant, 'four');
      expect(await labelsOf(tenant, 'four')).toEqual([]);
    });

    it('come back from a hand-off to whoever handed it on, however far, and go no other way [IDN-22] [DAT-08]', async () => {
      const tenant = newTenant();
      const handed = { consent: 'hand-off' };
      await begin(tenant, 'root');
      await begin(tenant, 'root beside');
      await begin(tenant, 'child', { ...handed, agent: 'reader', parent: 'root' });
      await begin(tenant, 'grandchild', { ...handed, agent: 'scout', parent: 'child' });
      await begin(tenant, 'other child', { ...handed, agent: 'writer', parent: 'root' });
      await raise(tenant, 'grandchild', untrusted);
      const carried = async () => {
        const all = ['root', 'root beside', 'child', 'grandchild', 'other child'];
        return Promise.all(all.map((id) => labelsOf(tenant, id)));
      };
      const one = [untrusted];
      expect(await carried()).toEqual([one, one, one, one, []]);
      await raise(tenant, 'root', secret);
      const both = [secret, untrusted];
      expect(await carried()).toEqual([both, both, one, one, []]);
    });

    it('come back to the task of an agent that acts for nobody [IDN-22] [DAT-08]', async () => {
      const tenant = newTenant();
      const kind = 'implicit-agent';
      const own = { id: 'own', agent: 'low', instance: undefined, owner: 'ada', kind } as const;
      await store().authority.tasks.begin({
        tenant,
        tasks: [{ ...own, labels: [] }],
        sessions: [{ id: 's-own', task: 'own', agent: 'low', instance: 'l' }],
        now: 1,
      });
      const hops = [{ agent: 'low', instance: 'l' }];
      await begin(tenant, 'high', { user: undefined, agent: 'high', hops });
      await raise(tenant, 'own', secret);
      expect(await labelsOf(tenant, 'high')).toEqual([]);
      await raise(tenant, 'high', untrusted);
      expect(await labelsOf(tenant, 'own')).toEqual([secret, untrusted]);
      const labels: readonly Label[] = ['confidentiality:personal'];
      await begin(tenant, 'again', { user: undefined, agent: 'high', hops, labels });
      expect(await labelsOf(tenant, 'own')).toContain('confidentiality:personal');
    });

    it('are equal on all that are open, in whatever order they begin, raise and end', async () => {
      const steps = fc.array(
        fc.tuple(
          fc.constantFrom('begin', 'raise', 'end'),
          fc.nat(5),
          fc.constantFrom(untrusted, secret),
        ),
        { minLength: 4, maxLength: 14 },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          const tenant = newTenant();
          await Promise.all(
            all.map(async ([what, number, label], at) => {
              const id = what === 'begin' ? `t${at}` : `t${number}`;
              // Whichever comes first: what is not there, or is over, is refused.
              const refused = () => undefined;
              if (what === 'begin') await begin(tenant, id);
              else if (what === 'raise') await raise(tenant, id, label).catch(refused);
              else await endTask(tenant, id).catch(refused);
            }),
          );
          const { tasks } = await store().authority.tasks.open(tenant);
          const carried = await Promise.all(tasks.map(({ id }) => labelsOf(tenant, id)));
          expect(new Set(carried.map((labels) => labels.join())).size).toBeLessThanOrEqual(1);
        }),
        { numRuns: 20 },
      );
    });
  });
}
