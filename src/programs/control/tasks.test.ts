import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Label, labelCeiling } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { Person } from '#kernel/principal.ts';
import { legacySession } from '#planes/identity/index.ts';
import {
  ada,
  agent,
  snapshotOf,
  startTaskWorld,
  TaskWorld,
} from '../../../test/fakes/task-world.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-tasks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const startWorld = () => startTaskWorld(folder);

const untrusted: Label = 'integrity:untrusted';

describe('the labels of an agent', () => {
  type Step =
    | { readonly do: 'enrol' | 'bearer' | 'end'; readonly agent: 'worker' | 'reader' }
    | { readonly do: 'join' | 'leave' | 'restart' | 'gateway restart' | 'recompile' | 'wait' }
    | { readonly do: 'raise'; readonly who: number; readonly label: Label };
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('raise' as const),
        who: fc.nat(1_000),
        label: fc.constantFrom(...labelCeiling),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('enrol' as const, 'bearer' as const),
        agent: fc.constantFrom('worker' as const, 'reader' as const),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'join' as const,
          'leave' as const,
          'restart' as const,
          'gateway restart' as const,
          'recompile' as const,
          'wait' as const,
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('end' as const),
        agent: fc.constantFrom('worker' as const, 'reader' as const),
      }),
    },
  );

  async function take(
    world: TaskWorld,
    one: Step,
    carried: Map<string, Set<Label>>,
  ): Promise<void> {
    switch (one.do) {
      case 'enrol':
        await world.enrol(one.agent);
        return;
      case 'bearer':
        world.bearer(one.agent);
        return;
      case 'join':
        return world.join();
      case 'leave':
        if (world.gateways.size > 1) await world.leave();
        return;
      case 'gateway restart':
        await world.leave();
        return world.join();
      case 'restart':
        return world.restart();
      case 'recompile':
        return world.publish(
          snapshotOf(world.snapshot.number + 1, agent('worker'), agent('reader')),
        );
      case 'wait':
        return world.pass(1_000);
      case 'raise': {
        const caller = world.callers[one.who % Math.max(1, world.callers.length)];
        if (caller === undefined) return;
        await world.raise(caller, one.label);
        carried.get(caller.agent)?.add(one.label);
        return;
      }
      case 'end':
        await world.endTask(one.agent);
        carried.get(one.agent)?.clear();
        // Until the stop lease has run out nobody of the agent works at all.
        for (const caller of world.callers.filter(({ agent: name }) => name === one.agent)) {
          expect(await world.principal(caller)).toBeUndefined();
        }
        await world.pass(limits.stopLeaseMs);
    }
  }

  it('are shed by no new key, token, instance, gateway or restart; only the end of their task does that', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        rmSync(folder, { recursive: true, force: true });
        const world = await startWorld();
        const carried = new Map<string, Set<Label>>([
          ['worker', new Set()],
          ['reader', new Set()],
        ]);
        for (const one of steps) {
          await take(world, one, carried);
          for (const caller of world.callers) {
            const seen = await world.labelsOf(caller);
            const expected = [...(carried.get(caller.agent) ?? [])].sort();
            for (const labels of seen) expect(labels).toEqual(expected);
            expect(seen.length).toBe(world.gateways.size);
          }
        }
        await world.stop();
      }),
      { numRuns: 40 },
    );
  });
});

describe('a task that is over', () => {
  it('is on record with its reason and what it sheds, before anything is shed', async () => {
    const world = await startWorld();
    const caller = await world.enrol('worker');
    await world.raise(caller, untrusted);
    world.failing = true;
    await expect(world.endTask('worker')).rejects.toMatchObject({ code: 'audit/unavailable' });
    expect(await world.labelsOf(caller)).toEqual([[untrusted]]);
    world.failing = false;
    await world.endTask('worker');
    expect(world.records.at(-1)).toMatchObject({
      type: 'task.ended',
      actors: [{ kind: 'human', name: 'ada' }],
      details: { agent: 'worker', labels: [untrusted], reason: 'the ticket is closed' },
    });
    expect(await world.principal(caller)).toBeUndefined();
    await world.pass(limits.stopLeaseMs - 1);
    expect(await world.principal(caller)).toBeUndefined();
    await world.pass(1);
    expect(await world.labelsOf(caller)).toEqual([[]]);
    expect(world.records.at(-1)).toMatchObject({
      type: 'task.begun',
      details: { agent: 'worker', labels: [] },
    });
    await world.stop();
  });

  it('tells nothing more: a result on its way raises its labels nowhere, so it is not released', async () => {
    const world = await startWorld();
    const caller = await world.enrol('worker');
    const [gateway] = world.gateways;
    const who = await world.principal(caller);
    if (gateway === undefined || who === undefined) throw new Error('nobody is there');
    await world.raise(caller, untrusted);
    expect(gateway.labels.raise(who, [untrusted], 'a/b')).toBeUndefined();
    await world.endTask('worker');
    const over = { code: 'identity/task-ended' };
    await expect(gateway.labels.raise(who, [untrusted], 'a/b')).rejects.toMatchObject(over);
    // A gateway that hears nothing denies once the stop lease is over, and the next task waits for that.
    const deaf = world.gateway();
    deaf.control.takeRoster((await world.store.snapshots.current()).roster);
    await expect(deaf.labels.raise(who, [untrusted], 'a/b')).rejects.toMatchObject(over);
    await world.stop();
  });

  it('is ended by an admin or by the owner of its agent, with a reason, and once', async () => {
    const world = await startWorld();
    await world.enrol('worker');
    const [task] = await world.store.tasks.list({
      tenant: 'main',
      agent: 'worker',
      open: true,
      limit: 1,
    });
    const id = task?.id ?? '';
    const end = (by: Partial<Person>, reason = 'r') =>
      world.desk.end({ id, by: { ...ada, ...by }, reason });
    const other = { name: 'bob', roles: ['approver'] } as const;
    await expect(end(other)).rejects.toMatchObject({ code: 'api/forbidden' });
    await expect(end({}, ' ')).rejects.toMatchObject({ code: 'api/reason-required' });
    await expect(end({}, 'x'.repeat(limits.reasonBytes + 1))).rejects.toMatchObject({
      code: 'api/invalid',
    });
    await expect(end({ tenant: 'globex' })).rejects.toMatchObject({ code: 'api/not-found' });
    await end({ name: 'worker-owner', roles: ['auditor'] });
    await expect(end({})).rejects.toMatchObject({ code: 'identity/task-ended' });
    expect(world.records.filter(({ type }) => type === 'task.ended')).toHaveLength(1);
    await world.stop();
  });

  it('is finished after a crash that came between its overlay and its books', async () => {
    const world = await startWorld();
    const caller = await world.enrol('worker');
    await world.raise(caller, untrusted);
    const { tasks } = world.store;
    const end = tasks.end.bind(tasks);
    Object.assign(tasks, { end: () => Promise.reject(new Error('crashed')) });
    await expect(world.endTask('worker')).rejects.toThrow('crashed');
    Object.assign(tasks, { end });
    await world.restart();
    expect(await world.principal(caller)).toBeUndefined();
    await world.pass(limits.stopLeaseMs);
    expect(await world.labelsOf(caller)).toEqual([[]]);
    const [, old] = await world.store.tasks.list({ tenant: 'main', agent: 'worker', limit: 2 });
    expect(old).toMatchObject({ endedBy: 'ada', reason: 'the ticket is closed' });
    expect(world.records.filter(({ type }) => type === 'task.ended')).toHaveLength(1);
    await world.stop();
  });

  it('leaves the overlay when nothing of it can be on its way any more', async () => {
    const world = await startWorld();
    await world.enrol('worker');
    await world.endTask('worker');
    const entries = async () => (await world.store.overlay.current()).entries.length;
    await world.pass(limits.endedTaskMs - 1);
    await world.publish();
    expect(await entries()).toBe(1);
    await world.pass(1);
    await world.publish();
    expect(await entries()).toBe(0);
    await world.stop();
  });
});

describe('an agent whose instances share nothing', () => {
  const apart = (number: number) =>
    snapshotOf(number, agent('worker', { tasks: 'perInstance' }), agent('reader'));

  it('has a task for each, says so in the roster and in records, and a new key begins anew', async () => {
    const world = await startWorld();
    await world.publish(apart(2));
    await world.pass(limits.stopLeaseMs);
    const one = await world.enrol('worker');
    await world.raise(one, untrusted);
    const two = await world.enrol('worker');
    const bearer = world.bearer('worker');
    expect(await world.labelsOf(one)).toEqual([[untrusted]]);
    expect(await world.labelsOf(two)).toEqual([[]]);
    await world.raise(bearer, untrusted);
    expect(await world.labelsOf(world.bearer('worker'))).toEqual([[untrusted]]);
    expect(await world.principal(two)).toMatchObject({ tasks: 'perInstance' });
    const begun = world.records
      .filter(({ type, tasks }) => type === 'task.begun' && tasks)
      .map(({ details }) => details?.['instance'])
      .filter((instance) => typeof instance === 'string');
    expect(begun.sort()).toEqual([
      'instance-of-worker-key-0',
      'instance-of-worker-key-1',
      'unbound',
    ]);
    await world.stop();
  });

  it('takes over what all carried when its document changes, and gives it back', async () => {
    const world = await startWorld();
    const one = await world.enrol('worker');
    const two = await world.enrol('worker');
    await world.raise(one, untrusted);
    await world.publish(apart(2));
    expect(await world.principal(one)).toBeUndefined();
    await world.pass(limits.stopLeaseMs);
    expect(await world.labelsOf(one)).toEqual([[untrusted]]);
    expect(await world.labelsOf(two)).toEqual([[untrusted]]);
    await world.raise(two, 'confidentiality:personal');
    expect(await world.labelsOf(one)).toEqual([[untrusted]]);
    await world.publish(snapshotOf(3, agent('worker'), agent('reader')));
    await world.pass(limits.stopLeaseMs);
    const both = ['confidentiality:personal', untrusted];
    expect(await world.labelsOf(one)).toEqual([both]);
    expect(await world.labelsOf(world.bearer('worker'))).toEqual([both]);
    await world.stop();
  });
});

describe('a data folder from before there were tasks', () => {
  it('has its labels joined into the first task of the agent of their instance', async () => {
    const world = new TaskWorld(folder);
    world.snapshot = snapshotOf(1);
    await world.start();
    await world.join();
    const caller = await world.enrol('worker');
    const other = await world.enrol('reader');
    await world.stop();
    const file = new DatabaseSync(join(folder, 'tenants', 'main.sqlite'));
    const session = legacySession('main', 'instance-of-worker-key-0');
    file.exec(`INSERT INTO session_labels VALUES ('main', '${session}', '${untrusted}', 'a/b')`);
    file.close();
    await world.start();
    await world.publish(snapshotOf(2, agent('worker'), agent('reader')));
    world.gateways.clear();
    await world.join();
    expect(await world.labelsOf(caller)).toEqual([[untrusted]]);
    expect(await world.labelsOf(await world.enrol('worker'))).toEqual([[untrusted]]);
    expect(await world.labelsOf(other)).toEqual([[]]);
    await world.stop();
  });
});
