import { describe, expect, it } from 'vitest';
import type { ApprovalRequest } from './grant-ledger.ts';
import { mostWords } from './spoken-words.ts';
import { beginTask } from './begin-task.suite.ts';
import { type MakeStore, newTenant, openedStore } from './store-under-test.suite.ts';
import { isOf, type TaskEnding, unboundInstance } from './task-book.ts';

const conflict = { code: 'store/conflict' };

/** The promises of `contracts/task-book`. */
export function describeTaskBook(name: string, make: MakeStore): void {
  describe(`the task book contract, kept by ${name}`, () => {
    const opened = openedStore(make);
    const store = () => opened().authority;
    const ending = (tenant: string, id: string, over: Partial<TaskEnding> = {}): TaskEnding => ({
      tenant,
      id,
      by: 'ada',
      reason: 'the ticket is closed',
      now: opened().clock.now(),
      labels: [],
      sharedServers: [],
      ...over,
    });

    it('is told page by page, newest first, of one moment by id', async () => {
      const tenant = newTenant();
      const begin = (id: string, now: number) => {
        const own = { id, agent: `of ${id}`, owner: 'ann', instance: undefined, labels: [] };
        const task = { ...own, kind: 'implicit-agent' } as const;
        return store().tasks.begin({ tenant, tasks: [task], sessions: [], now });
      };
      for (const [id, now] of [
        ['a', 5],
        ['b', 6],
        ['c', 6],
      ] as const)
        await begin(id, now);
      const ids = async (filter: object) =>
        (await store().tasks.list({ tenant, limit: 1, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual(['c']);
      await begin('d', 7);
      expect(await ids({ before: { at: 6, id: 'c' } })).toEqual(['b']);
      expect(await ids({ before: { at: 6, id: 'b' } })).toEqual(['a']);
      expect(await ids({ before: { at: 5, id: 'a' } })).toEqual([]);
      expect(await ids({ oldestFirst: true, limit: 2 })).toEqual(['a', 'b']);
      expect(await ids({ oldestFirst: true, before: { at: 6, id: 'b' } })).toEqual(['c']);
      expect(await ids({ q: 'OF B' })).toEqual(['b']);
      expect(await ids({ q: 'ann' })).toEqual(['d']);
      expect(await ids({ q: 'nobody' })).toEqual([]);
    });

    it('begins a task with what it takes over, and its sessions', async () => {
      const tenant = newTenant();
      await store().tasks.begin({
        tenant,
        tasks: [
          {
            id: 't',
            agent: 'worker',
            owner: 'ada@example.com',
            kind: 'implicit-agent',
            instance: undefined,
            labels: [{ label: 'integrity:untrusted', session: 'old', source: 'a/b' }],
          },
        ],
        sessions: [{ id: 's', task: 't', agent: 'worker', instance: 'i' }],
        now: 7,
      });
      const task = {
        tenant,
        id: 't',
        agent: 'worker',
        owner: 'ada@example.com',
        kind: 'implicit-agent',
        instance: undefined,
        begunAt: 7,
        endedAt: undefined,
        endedBy: undefined,
        reason: undefined,
      };
      const session = {
        tenant,
        id: 's',
        task: 't',
        agent: 'worker',
        instance: 'i',
        begunAt: 7,
        endedAt: undefined,
      };
      expect(await store().tasks.get(tenant, 't')).toEqual(task);
      expect(await store().tasks.open(tenant)).toEqual({ tasks: [task], sessions: [session] });
      expect(await store().tasks.sessions(tenant, 't')).toEqual([session]);
      expect((await store().labels.read(tenant, 't')).labels).toEqual(['integrity:untrusted']);
      expect(await store().tasks.get(newTenant(), 't')).toBeUndefined();
    });

    it('has one open task of an agent, or one of each instance, and one session of an instance', async () => {
      const tenant = newTenant();
      const of = (id: string, instance?: string) =>
        beginTask(store(), { tenant, id, agent: 'worker', ...(instance && { instance }) });
      await of('t');
      await expect(of('t2')).rejects.toMatchObject(conflict);
      await of('t3', 'i');
      await of('t4', 'j');
      await expect(of('t5', 'j')).rejects.toMatchObject(conflict);
      const sessionsOf = (...ids: string[]) =>
        store().tasks.begin({
          tenant,
          tasks: [],
          sessions: ids.map((id) => ({ id, task: 't', agent: 'worker', instance: 'i' })),
          now: 1,
        });
      await expect(sessionsOf('s', 's2')).rejects.toMatchObject(conflict);
      expect((await store().tasks.open(tenant)).sessions).toEqual([]);
      await sessionsOf('s');
      await store().tasks.end(ending(tenant, 't'));
      await of('t6');
      await sessionsOf('s3');
    });

    it('ends a task once, with its sessions, and says by whom and why', async () => {
      const tenant = newTenant();
      await beginTask(store(), { tenant, id: 't', agent: 'worker' });
      const session = { id: 's', task: 't', agent: 'worker', instance: 'i' };
      await store().tasks.begin({ tenant, tasks: [], sessions: [session], now: 1 });
      const now = opened().clock.now();
      const { task } = await store().tasks.end(ending(tenant, 't'));
      const over = { endedAt: now, endedBy: 'ada', reason: 'the ticket is closed' };
      expect(task).toMatchObject(over);
      expect(await store().tasks.get(tenant, 't')).toEqual(task);
      expect(await store().tasks.sessions(tenant, 't')).toMatchObject([{ endedAt: now }]);
      expect(await store().tasks.open(tenant)).toEqual({ tasks: [], sessions: [] });
      const again = await store().tasks.end(ending(tenant, 't', { by: 'bob', now: now + 1 }));
      expect(again).toEqual({ task, voided: [], leases: [] });
    });

    it('keeps what its user said, for the gateways, until it is over', async () => {
      const tenant = newTenant();
      const task = (id: string, instance: string, words?: string) => ({
        id,
        agent: 'worker',
        owner: 'ada@example.com',
        kind: 'begun' as const,
        instance,
        labels: [],
        begun: {
          by: 'ada',
          reason: 'a ticket',
          intent: undefined,
          ...(words === undefined ? {} : { words }),
          scope: undefined,
          until: 9,
        },
      });
      const tasks = [task('t', 'i', 'Close ticket 42.'), task('t2', 'j')];
      await store().tasks.begin({ tenant, tasks, sessions: [], now: 1 });
      const said = (id: string) => opened().port.tasks.words(tenant, id);
      const first = { way: 'begin', words: 'Close ticket 42.', by: 'ada' };
      expect(await said('t')).toMatchObject([first]);
      expect(await said('t2')).toEqual([]);
      expect(await said('t3')).toEqual([]);
      expect(await opened().port.tasks.words(newTenant(), 't')).toEqual([]);
      await store().tasks.end(ending(tenant, 't'));
      expect(await said('t')).toEqual([]);
    });

    describe('what a user says in a task later', () => {
      const said = (tenant: string, task: string, words: string, statement?: string) => ({
        tenant,
        task,
        way: 'call' as const,
        words,
        by: 'ada',
        speaker: 'speaker:chat@1',
        record: `record of ${words}`,
        ...(statement === undefined ? {} : { statement }),
        now: 2,
      });

      it('is kept in its order, a statement once, and in one task alone', async () => {
        const tenant = newTenant();
        for (const id of ['t', 't2']) await beginTask(store(), { tenant, id });
        const { tasks } = opened().port;
        expect(await tasks.say(said(tenant, 't', 'one', 's1'))).toBe('kept');
        expect(await tasks.say({ ...said(tenant, 't', 'two'), grants: false })).toBe('kept');
        expect(await tasks.say(said(tenant, 't', 'one', 's1'))).toBe('known');
        expect(await tasks.say(said(tenant, 't2', 'one', 's1'))).toBe('used');
        expect(await tasks.words(tenant, 't')).toEqual([
          {
            way: 'call',
            words: 'one',
            by: 'ada',
            speaker: 'speaker:chat@1',
            record: 'record of one',
          },
          expect.objectContaining({ words: 'two', grants: false }),
        ]);
        expect(await tasks.words(tenant, 't2')).toEqual([]);
      });

      it('holds where the work went on, also what is said after it went there', async () => {
        const tenant = newTenant();
        await beginTask(store(), { tenant, id: 't' });
        await beginTask(store(), { tenant, id: 'child', wordsOf: 't' });
        await beginTask(store(), { tenant, id: 'grandchild', wordsOf: 'child' });
        const { tasks } = opened().port;
        await tasks.say(said(tenant, 'grandchild', 'own'));
        await tasks.say(said(tenant, 't', 'first'));
        await tasks.say(said(tenant, 'child', 'second'));
        const all = await tasks.words(tenant, 'grandchild');
        expect(all.map(({ words, task }) => `${task ?? 'here'}: ${words}`)).toEqual([
          't: first',
          'child: second',
          'here: own',
        ]);
        expect((await tasks.words(tenant, 't')).map(({ words }) => words)).toEqual(['first']);
        await store().tasks.end(ending(tenant, 't'));
        expect((await tasks.words(tenant, 'child')).map(({ words }) => words)).toEqual(['second']);
      });

      it('is bounded: whoever reads sees that there is more, and no more of it', async () => {
        const tenant = newTenant();
        await beginTask(store(), { tenant, id: 't' });
        const { tasks } = opened().port;
        for (let n = 0; n < mostWords + 3; n += 1) await tasks.say(said(tenant, 't', `w${n}`));
        expect(await tasks.words(tenant, 't')).toHaveLength(mostWords + 1);
      });

      it('is not said in a task that is over, or that there is not', async () => {
        const tenant = newTenant();
        await beginTask(store(), { tenant, id: 't' });
        await store().tasks.end(ending(tenant, 't'));
        const { tasks } = opened().port;
        const over = { code: 'identity/task-ended' };
        await expect(tasks.say(said(tenant, 't', 'one'))).rejects.toMatchObject(over);
        const none = { code: 'identity/no-task' };
        await expect(tasks.say(said(tenant, 'x', 'one'))).rejects.toMatchObject(none);
      });
    });

    it('sheds no label that whoever ends it was not told of', async () => {
      const tenant = newTenant();
      await beginTask(store(), { tenant, id: 't' });
      await store().labels.raise(
        tenant,
        { task: 't', session: 's' },
        ['integrity:untrusted'],
        'a/b',
      );
      await expect(store().tasks.end(ending(tenant, 't'))).rejects.toMatchObject(conflict);
      expect((await store().tasks.get(tenant, 't'))?.endedAt).toBeUndefined();
      await store().tasks.end(ending(tenant, 't', { labels: ['integrity:untrusted'] }));
    });

    it('takes grants and leases of the task with it, and nobody else’s', async () => {
      const tenant = newTenant();
      await beginTask(store(), { tenant, id: 't', agent: 'worker' });
      const own = await store().grants.request(
        question(tenant, 'worker', 'i', opened().clock.now()),
      );
      const other = await store().grants.request(
        question(tenant, 'reader', 'j', opened().clock.now()),
      );
      await openLease(tenant, 'own', 'worker', 'billing');
      await openLease(tenant, 'shared', 'worker', 'search');
      await openLease(tenant, 'other', 'reader', 'billing');
      const owed: unknown[] = [];
      const ended = await store().tasks.end(
        ending(tenant, 't', { sharedServers: ['search'] }),
        (inside) => {
          owed.push(inside);
          return [{ id: `${tenant}-o`, tenant, kind: 'test', body: {}, at: 1 }];
        },
      );
      expect(owed).toEqual([ended]);
      expect(ended.voided.map(({ id, state }) => [id, state])).toEqual([[own.id, 'void']]);
      expect(ended.leases).toMatchObject([{ id: 'own', endedBy: 'task t' }]);
      expect((await store().grants.byId(tenant, own.id))?.state).toBe('void');
      expect((await store().grants.byId(tenant, other.id))?.state).toBe('pending');
      const open = await store().leases.listOpen({ tenant });
      expect(open.map(({ id }) => id).sort()).toEqual(['other', 'shared']);
      expect((await store().outbox.due(1_000)).map(({ id }) => id)).toContain(`${tenant}-o`);
    });

    it('takes what an instance has, where each has a task of its own', async () => {
      const tenant = newTenant();
      await beginTask(store(), { tenant, id: 't', agent: 'worker', instance: 'i' });
      const at = opened().clock.now();
      const own = await store().grants.request(question(tenant, 'worker', 'i', at));
      await store().grants.request(question(tenant, 'worker', 'j', at));
      const { voided } = await store().tasks.end(ending(tenant, 't'));
      expect(voided.map(({ id }) => id)).toEqual([own.id]);
      expect(isOf({ instance: unboundInstance }, 'unbound-1')).toBe(true);
      expect(isOf({ instance: unboundInstance }, 'i')).toBe(false);
      expect(isOf({ instance: 'i' }, 'unbound-1')).toBe(false);
    });

    it('lists the newest first, those of an agent, and those that are open', async () => {
      const tenant = newTenant();
      await beginTask(store(), { tenant, id: 'a1', agent: 'a' });
      await store().tasks.end(ending(tenant, 'a1'));
      await beginTask(store(), { tenant, id: 'a2', agent: 'a' });
      await beginTask(store(), { tenant, id: 'b1', agent: 'b' });
      const ids = async (filter: { agent?: string; open?: boolean; limit?: number }) =>
        (await store().tasks.list({ tenant, limit: 10, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual(['b1', 'a2', 'a1']);
      expect(await ids({ agent: 'a' })).toEqual(['a2', 'a1']);
      expect(await ids({ agent: 'a', open: true })).toEqual(['a2']);
      expect(await ids({ limit: 1 })).toEqual(['b1']);
    });

    it('refuses to end what it does not know', async () => {
      await expect(store().tasks.end(ending(newTenant(), 'none'))).rejects.toMatchObject({
        code: 'api/not-found',
      });
      expect(await store().tasks.legacyLabels(newTenant())).toEqual([]);
    });

    async function openLease(tenant: string, id: string, agent: string, server: string) {
      await store().leases.open({
        id,
        tenant,
        agent,
        instance: 'i',
        target: `tool:${server}`,
        secret: 'key',
        bound: 'process',
        openedAt: 1,
      });
    }
  });
}

function question(tenant: string, agent: string, instance: string, now: number): ApprovalRequest {
  return {
    binding: {
      tenant,
      agent,
      instance,
      user: undefined,
      session: 's',
      target: 'tool:billing/pay',
      targetDigest: 'd',
      argumentsDigest: 'a',
      rules: ['r'],
      approvalClass: 'c',
    },
    callDigest: `${agent} ${instance}`,
    context: {
      policyDigest: 'p',
      labels: [],
      effectClass: 'write',
      reversible: false,
      explanation: 'e',
      argumentsText: '{}',
      callId: 'c',
    },
    now,
    expiresAt: now + 60_000,
    pendingLimit: 10,
  };
}
