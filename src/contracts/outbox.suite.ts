import { describe, expect, it } from 'vitest';
import type { EnrolledInstance } from './instance-book.ts';
import type { OutboxDraft } from './outbox.ts';
import { quarantine } from './overlay-feed.suite.ts';
import { eventually, type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

function draft(tenant: string, id: string, at = 1): OutboxDraft {
  return { id, tenant, kind: 'record', body: { about: id }, at };
}

/** The promises of `contracts/outbox`. */
export function describeOutbox(name: string, make: MakeStore): void {
  describe(`the outbox contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const outbox = () => store().authority.outbox;
    const owedBy = async (tenant: string) =>
      (await outbox().due(10_000)).filter((one) => one.tenant === tenant && one.kind === 'record');
    const idsOwedBy = async (tenant: string) => (await owedBy(tenant)).map(({ id }) => id);

    it('owes what was put until it is done, oldest first, once however often it is put', async () => {
      const tenant = newTenant();
      const drafts = [draft(tenant, 'c', 30), draft(tenant, 'a', 10), draft(tenant, 'b', 20)];
      await outbox().put(drafts);
      await outbox().put(drafts);
      expect(await owedBy(tenant)).toEqual(drafts.toSorted((a, b) => a.at - b.at));
      await outbox().done([draft(tenant, 'a')]);
      expect(await idsOwedBy(tenant)).toEqual(['b', 'c']);
      await outbox().done(drafts);
      expect(await idsOwedBy(tenant)).toEqual([]);
      await outbox().done(drafts);
    });

    it('gives no more than asked for, and what was put off only when its time has come', async () => {
      const tenant = newTenant();
      const drafts = [draft(tenant, 'a', -3), draft(tenant, 'b', -2), draft(tenant, 'c', -1)];
      await outbox().put(drafts);
      expect((await outbox().due(2)).map(({ id }) => id)).toEqual(['a', 'b']);
      await outbox().defer(drafts.slice(0, 2), store().clock.now() + 50);
      expect(await idsOwedBy(tenant)).toEqual(['c']);
      store().clock.advance(49);
      expect(await idsOwedBy(tenant)).toEqual(['c']);
      store().clock.advance(1);
      // What was put off is unchanged otherwise.
      expect(await owedBy(tenant)).toEqual([drafts[2], drafts[0], drafts[1]]);
      await outbox().done(drafts);
    });

    it('keeps equal ids of two tenants apart', async () => {
      const [one, two] = [newTenant(), newTenant()];
      await outbox().put([draft(one, 'same'), draft(two, 'same')]);
      await outbox().done([draft(one, 'same')]);
      expect(await idsOwedBy(one)).toEqual([]);
      expect(await idsOwedBy(two)).toEqual(['same']);
    });

    it('tells its listener until it stops listening', async () => {
      const tenant = newTenant();
      let heard = 0;
      const stop = outbox().onPut(() => void (heard += 1));
      await outbox().put([draft(tenant, 'told')]);
      await eventually(() => heard > 0);
      stop();
    });

    it('owes with the effect: a change of the overlay', async () => {
      const tenant = newTenant();
      const { overlay } = store().authority;
      await overlay.add(quarantine(tenant, 'pay'), [draft(tenant, 'added')]);
      await overlay.release([`${tenant}-pay`], [draft(tenant, 'released', 2)]);
      expect(await idsOwedBy(tenant)).toEqual(['added', 'released']);
    });

    it('owes nothing when the effect was refused', async () => {
      const tenant = newTenant();
      const { overlay, catalogue, documents, grants, instances } = store().authority;
      await overlay.add(quarantine(tenant, 'pay', `${tenant}-id`));
      const also = [draft(tenant, 'never')];
      const refused = [
        overlay.add(quarantine(tenant, 'refund', `${tenant}-id`), also),
        catalogue.approve({ tenant, server: 's', tool: 't', digest: 'd', by: 'a', now: 1, also }),
        grants.decide({
          tenant,
          id: 'none',
          verdict: 'reject',
          by: 'ann',
          reason: 'no',
          now: 1,
          grantExpiresAt: 1,
          also,
        }),
        instances.enrol({
          tokenDigest: 'none',
          instance: 'i',
          thumbprint: `${tenant}-k`,
          jwk: {},
          now: 1,
          also,
        }),
        documents.replaceAll({
          tenant,
          owner: 'api',
          by: 'ann',
          now: 1,
          documents: [
            {
              kind: 'Agent',
              name: 'a',
              spec: {},
              digest: 'd',
            },
          ],
          also: [draft(newTenant(), 'of another tenant')],
        }),
      ];
      for (const one of await Promise.allSettled(refused)) expect(one.status).toBe('rejected');
      expect(await instances.revoke(tenant, 'nobody', 1, also)).toBeUndefined();
      expect(await idsOwedBy(tenant)).toEqual([]);
    });

    it('owes with the effect: enrolment and revocation of an instance', async () => {
      const tenant = newTenant();
      const { instances } = store().authority;
      const tokenDigest = `${tenant}-token`;
      await instances.addJoinToken({
        tenant,
        agent: 'a',
        tokenDigest,
        createdBy: 'ann',
        expiresAt: 100,
      });
      const { instance }: EnrolledInstance = await instances.enrol({
        tokenDigest,
        instance: `${tenant}-i`,
        thumbprint: `${tenant}-k`,
        jwk: {},
        now: 1,
        also: [draft(tenant, 'enrolled')],
      });
      await instances.revoke(tenant, instance, 2, [draft(tenant, 'revoked', 2)]);
      const rosters = (await outbox().due(10_000)).filter(({ kind }) => kind === 'roster');
      expect(rosters.length).toBeGreaterThanOrEqual(2);
      expect(await idsOwedBy(tenant)).toEqual(['enrolled', 'revoked']);
    });

    it('owes with the effect: documents, pins and secrets', async () => {
      const tenant = newTenant();
      const { documents, catalogue, secrets } = store().authority;
      const one = { kind: 'Agent', name: 'a', spec: {}, digest: 'd1' };
      const by = { tenant, by: 'ann', now: 1 };
      await documents.replaceAll({
        ...by,
        owner: 'api',
        documents: [one],
        also: [draft(tenant, 'replaced', 1)],
      });
      await documents.put({ ...by, ...one, digest: 'd2', also: [draft(tenant, 'put', 2)] });
      const also = [draft(tenant, 'removed', 3)];
      await documents.remove({ tenant, kind: 'Agent', name: 'a', by: 'ann', also });
      const tool = { tenant, server: 's', tool: 't', digest: 'd' };
      await catalogue.report({
        tenant,
        server: 's',
        look: 'seen',
        tools: [{ ...tool, definition: {}, observedAt: 1 }],
        shown: ['t'],
        now: 1,
      });
      await catalogue.approve({ ...tool, ...by, also: [draft(tenant, 'pinned', 4)] });
      const secret = { name: 'key', version: 1, wrappedKey: 'w', sealed: 's' };
      await secrets.put({ tenant, secret, by: 'ann', now: 1, also: [draft(tenant, 'stored', 5)] });
      const owed = ['replaced', 'put', 'removed', 'pinned', 'stored'];
      expect(await idsOwedBy(tenant)).toEqual(owed);
      const due = await outbox().due(10_000);
      const own = due.filter((one) => one.tenant === tenant && one.kind !== 'record');
      const kinds = ['recompile', 'recompile', 'recompile', 'recompile'];
      expect(own.map(({ kind }) => kind).sort()).toEqual([...kinds, 'tool-pinned', 'tools-seen']);
    });
  });
}
