import { describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import type { DelegationGround, NewDelegation } from './delegation-book.ts';
import { oweDelegationEnded } from './owed.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';

/** The promises of `contracts/delegation-book`. */
export function describeDelegationBook(name: string, make: MakeStore): void {
  describe(`the delegation book contract, kept by ${name}`, () => {
    const store = openedStore(make);
    const book = () => store().authority.delegations;
    const now = () => store().clock.now();
    const of = (tenant: string, id: string, over: Partial<NewDelegation> = {}): NewDelegation => ({
      tenant,
      id,
      user: { issuer: 'https://idp', subject: 'ann', session: 's' },
      consent: 'c',
      client: 'cursor',
      agent: 'coder',
      instance: `u-${id}`,
      hops: [{ agent: 'planner', instance: 'p' }],
      parent: undefined,
      task: `task-of-${id}`,
      effects: ['read', 'write'],
      isScoped: false,
      thumbprint: undefined,
      begunAt: 10,
      until: 1_000,
      ...over,
    });
    const end = async (tenant: string, ground: DelegationGround) => {
      const ended = await book().end(
        { tenant, ground, by: 'ann', reason: 'done', now: 500 },
        () => [],
      );
      return ended.map(({ id }) => id).sort();
    };

    /** Its task carries one label, which is called as it is. */
    const beginLabelled = async (tenant: string, id: string, over: Partial<NewDelegation>) => {
      const delegation = of(tenant, id, over);
      const { task, agent, instance } = delegation;
      const labels = [{ label: id as Label, session: 's', source: 'a/b' }];
      const own = { id: task, agent, instance, owner: 'ann', kind: 'delegated', labels } as const;
      await store().authority.tasks.begin({ tenant, tasks: [own], sessions: [], now: 1 });
      await book().begin(delegation);
    };

    it('says whether work came out of a task, through however many hands, be it over by now', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'a'));
      await book().begin(of(tenant, 'b', { parent: 'a', root: 'task-of-a' }));
      const handedOn = (task: string, where = tenant) => book().isHandedOn(where, task);
      expect(await handedOn('task-of-a')).toBe(true);
      expect(await handedOn('task-of-b')).toBe(false);
      expect(await handedOn('task-of-a', newTenant())).toBe(false);
      await end(tenant, { kind: 'delegation', id: 'b' });
      expect(await handedOn('task-of-a')).toBe(true);
    });

    it('finds the one whose task it is, be it over by now', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'a'));
      await book().begin(of(tenant, 'b', { parent: 'a', root: 'task-of-a' }));
      expect(await book().ofTask(tenant, 'task-of-b')).toMatchObject({
        id: 'b',
        root: 'task-of-a',
        hops: [{ agent: 'planner', instance: 'p' }],
      });
      expect(await book().ofTask(tenant, 'task-of-c')).toBeUndefined();
      expect(await book().ofTask(newTenant(), 'task-of-b')).toBeUndefined();
      await end(tenant, { kind: 'delegation', id: 'b' });
      expect(await book().ofTask(tenant, 'task-of-b')).toMatchObject({ id: 'b', endedAt: 500 });
    });

    it('keeps what began, of a user or of nobody, and gives it back as it was', async () => {
      const tenant = newTenant();
      const own = of(tenant, 'a');
      const nobody = of(tenant, 'b', {
        user: undefined,
        client: undefined,
        isScoped: true,
        thumbprint: 'key',
        begunAt: 11,
      });
      await book().begin(own);
      await book().begin(nobody);
      const open = { endedAt: undefined, endedBy: undefined, reason: undefined };
      expect(await book().get(tenant, 'a')).toEqual({ ...own, ...open });
      expect(await book().get(newTenant(), 'a')).toBeUndefined();
      expect(await book().list({ tenant, limit: 10 })).toEqual([
        { ...nobody, ...open },
        { ...own, ...open },
      ]);
      const place = { at: 11, id: 'b' };
      expect(await book().list({ tenant, limit: 1, before: place })).toMatchObject([{ id: 'a' }]);
      const user = { issuer: 'https://idp', subject: 'ann' };
      expect(await book().list({ tenant, user, limit: 10 })).toMatchObject([{ id: 'a' }]);
      expect(await book().list({ tenant, agent: 'other', limit: 10 })).toEqual([]);
    });

    it('ends by each ground what stands on it, and nothing else', async () => {
      const tenant = newTenant();
      const grounds: readonly [DelegationGround, Partial<NewDelegation>][] = [
        [{ kind: 'delegation', id: 'x0' }, {}],
        [
          { kind: 'session', id: 's2' },
          { user: { issuer: 'https://idp', subject: 'bob', session: 's2' } },
        ],
        [{ kind: 'consent', id: 'c2' }, { consent: 'c2' }],
        [{ kind: 'task', id: 'the-task' }, { task: 'the-task' }],
        [
          { kind: 'user', issuer: 'https://other', subject: 'ann' },
          { user: { issuer: 'https://other', subject: 'ann', session: 's3' } },
        ],
      ];
      for (const [index, [, over]] of grounds.entries()) {
        await book().begin(of(tenant, `x${index}`, over));
      }
      await book().begin(of(tenant, 'stays'));
      for (const [index, [ground]] of grounds.entries()) {
        expect(await end(tenant, ground)).toEqual([`x${index}`]);
      }
      expect(await book().list({ tenant, open: true, limit: 10 })).toMatchObject([{ id: 'stays' }]);
    });

    it('ends with a delegation all that was handed on from it, however far', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'first'));
      await book().begin(of(tenant, 'second', { parent: 'first', consent: 'other' }));
      await book().begin(of(tenant, 'third', { parent: 'second', consent: 'other' }));
      await book().begin(of(tenant, 'beside', { consent: 'other' }));
      expect(await end(tenant, { kind: 'consent', id: 'c' })).toEqual(['first', 'second', 'third']);
      expect(await book().get(tenant, 'third')).toMatchObject({ endedAt: 500, endedBy: 'ann' });
    });

    it('begins nothing on what is over, however close they come', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'parent', { consent: 'own' }));
      const tries = Array.from({ length: 20 }, (_, n) =>
        book()
          .begin(of(tenant, `child-${n}`, { parent: 'parent', consent: 'hand-off' }))
          .catch((fault: unknown) => fault),
      );
      const ended = end(tenant, { kind: 'consent', id: 'own' });
      await Promise.all([...tries, ended]);
      const late = book().begin(of(tenant, 'late', { parent: 'parent', consent: 'hand-off' }));
      await expect(late).rejects.toMatchObject({ code: 'identity/delegation-ended' });
      expect(await book().list({ tenant, open: true, limit: 100 })).toEqual([]);
      const unknown = book().begin(of(tenant, 'orphan', { parent: 'nobody' }));
      await expect(unknown).rejects.toMatchObject({ code: 'identity/delegation-ended' });
    });

    it('begins nothing on a consent that was withdrawn or narrowed', async () => {
      const tenant = newTenant();
      const give = (id: string) =>
        store().authority.consents.give({
          tenant,
          id,
          issuer: 'https://idp',
          subject: 'ann',
          person: 'ann@corp',
          client: 'cursor',
          clientName: 'Cursor',
          document: 'cursor',
          agent: 'coder',
          effects: ['read', 'write'],
          givenAt: 1,
          until: 10_000_000_000_000,
        });
      const gone = { code: 'identity/delegation-ended' };
      await give('kept');
      await book().begin(of(tenant, 'd1', { consent: 'kept' }));
      const beyond = of(tenant, 'd2', { consent: 'kept', effects: ['read', 'delete'] });
      await expect(book().begin(beyond)).rejects.toMatchObject(gone);
      await give('over');
      await store().authority.consents.withdraw(
        { tenant, id: 'over', by: 'ann', reason: 'enough', now: 5 },
        () => [],
      );
      const late = book().begin(of(tenant, 'd3', { consent: 'over' }));
      await expect(late).rejects.toMatchObject(gone);
    });

    it('ends it once, and owes what each end owes in the same transaction', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'once'));
      const endNow = (at: number) =>
        book().end(
          { tenant, ground: { kind: 'delegation', id: 'once' }, by: 'ann', reason: 'r', now: at },
          ({ id }) => [oweDelegationEnded(tenant, id, at)],
        );
      expect(await endNow(500)).toHaveLength(1);
      expect(await endNow(600)).toEqual([]);
      const due = (await store().authority.outbox.due(1_000)).filter(
        (one) => one.tenant === tenant,
      );
      expect(due).toMatchObject([{ kind: 'delegation-ended', body: { delegation: 'once' } }]);
      expect(await book().get(tenant, 'once')).toMatchObject({ endedAt: 500 });
    });

    it('keeps one that cannot owe what it owes', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'kept'));
      const ground = { kind: 'delegation', id: 'kept' } as const;
      const failing = book().end({ tenant, ground, by: 'ann', reason: 'r', now: 500 }, () => {
        throw new Error('nothing can be owed');
      });
      await expect(failing).rejects.toThrow('nothing can be owed');
      expect(await book().get(tenant, 'kept')).toMatchObject({ endedAt: undefined });
    });

    it('says what the next one carries on: of all alike that are open, and of those by its client that ended since the last began', async () => {
      const tenant = newTenant();
      const user = { issuer: 'https://idp', subject: 'ann' };
      const put = (id: string, begunAt: number, like: Partial<NewDelegation> = {}) =>
        beginLabelled(tenant, id, { begunAt, ...like });
      /** With its task, as what the end owes does it. */
      const over = async (id: string, by: string, now: number) => {
        const ground = { kind: 'delegation', id } as const;
        await book().end({ tenant, ground, by, reason: 'r', now }, () => []);
        const task = `task-of-${id}`;
        const { labels } = await store().port.labels.read(tenant, task);
        const ending = { tenant, id: task, by, reason: 'r', now, labels, sharedServers: [] };
        await store().authority.tasks.end(ending);
      };
      const before = async (like: object = {}) => {
        const asked = { tenant, agent: 'coder', client: 'cursor', user, isNew: false, ...like };
        return (await book().labelsBefore(asked)).map(({ label }) => label).sort();
      };
      await put('long over', 1);
      await over('long over', 'system/client', 2);
      await put('just over', 3);
      await over('just over', 'system/delegation-time', 6);
      await put('newest', 6);
      expect(await before()).toEqual(['just over', 'newest']);
      expect(await before({ isNew: true })).toEqual(['newest']);
      await over('newest', 'system/client', 8);
      expect(await before()).toEqual(['just over', 'newest']);
      expect(await before({ isNew: true })).toEqual([]);
      await put('by hand', 9);
      await over('by hand', 'ann', 9);
      expect(await before()).toEqual([]);
      await put('other user', 9, { user: { ...user, subject: 'bob', session: 's' } });
      await put('other issuer', 9, { user: { ...user, issuer: 'https://other', session: 's' } });
      await put('other agent', 9, { agent: 'writer' });
      await put('nobody', 9, { user: undefined, client: undefined });
      expect(await before()).toEqual([]);
      expect(await before({ user: undefined, client: undefined })).toEqual(['nobody']);
      expect(await before({ agent: 'reader' })).toEqual([]);
      await put('other client', 9, { client: 'zed' });
      expect([await before(), await before({ isNew: true })]).toEqual([
        ['other client'],
        ['other client'],
      ]);
      await over('other client', 'system/client', 10);
      expect(await before()).toEqual([]);
      expect(await before({ client: 'zed' })).toEqual(['other client']);
    });

    it('forgets nothing by an end that contains, and by the end of its task only where a person ended that', async () => {
      const tenant = newTenant();
      const user = { issuer: 'https://idp', subject: 'ann' };
      const work = async (id: string) => {
        const raised = [{ label: 'integrity:untrusted', session: 's', source: id }] as const;
        const own = {
          id,
          agent: 'a',
          instance: 'i',
          owner: 'o',
          kind: 'delegated',
          labels: raised,
        } as const;
        await store().authority.tasks.begin({ tenant, tasks: [own], sessions: [], now: 1 });
        await book().begin(
          of(tenant, id, {
            task: id,
            agent: 'a',
            client: undefined,
            user: { ...user, session: 's' },
          }),
        );
      };
      const asked = { tenant, agent: 'a', client: undefined, user, isNew: false };
      const carried = async () => (await book().labelsBefore(asked)).map(({ source }) => source);
      const endTask = (id: string, by: string) =>
        store().authority.tasks.end({
          tenant,
          id,
          by,
          reason: 'r',
          now: 2,
          labels: ['integrity:untrusted'],
          sharedServers: [],
        });
      const endBy = (id: string, by: string, keepsLabels = false) =>
        book().end(
          { tenant, ground: { kind: 'delegation', id }, by, reason: 'r', now: 3, keepsLabels },
          () => [],
        );
      await work('contained');
      await endBy('contained', 'ann', true);
      await endTask('contained', 'ann');
      expect(await carried()).toEqual(['contained']);
      await work('over by a person');
      await endTask('over by a person', 'ann');
      await endBy('over by a person', 'system/tasks');
      expect(await carried()).not.toContain('over by a person');
      await work('over by time');
      await endTask('over by time', 'system/task-time');
      await endBy('over by time', 'system/tasks');
      expect((await carried()).length).toBe(1);
    });

    it('says which are open although their time is over', async () => {
      const tenant = newTenant();
      await book().begin(of(tenant, 'soon', { until: 40 }));
      await book().begin(of(tenant, 'late', { until: 60 }));
      const ids = async (at: number) =>
        (await book().overdue(at, 1_000)).filter((o) => o.tenant === tenant).map(({ id }) => id);
      expect([await ids(39), await ids(40), await ids(60)]).toEqual([
        [],
        ['soon'],
        ['soon', 'late'],
      ]);
      await end(tenant, { kind: 'delegation', id: 'soon' });
      expect(await ids(60)).toEqual(['late']);
    });

    it('takes a token of an issuer once, however many come with it, until its time is over', async () => {
      const tenant = newTenant();
      const use = (issuer: string, at = now()) =>
        book().useOnce({ tenant, issuer, jti: 'j', until: now() + 1_000, now: at });
      const many = await Promise.all(Array.from({ length: 10 }, () => use('https://idp')));
      expect(many.filter(Boolean)).toHaveLength(1);
      expect(await use('https://other')).toBe(true);
      expect(await use('https://idp', now() + 1_000)).toBe(false);
      expect(await use('https://idp', now() + 1_001)).toBe(true);
    });
  });
}
