import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Person } from '#kernel/principal.ts';
import type { AgentEntry, ManifestEntry, Snapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import { isRefusal } from '#kernel/errors.ts';
import { createPrincipals } from '#planes/identity/principals.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import {
  ada,
  agent,
  type Caller,
  snapshotOf,
  startTaskWorld,
  type TaskWorld,
} from '../../../test/fakes/task-world.ts';

let folder = '';
let world: TaskWorld;

const pay = exactly(toolTarget({ server: 'billing', tool: 'pay' }));
const look = exactly(toolTarget({ server: 'billing', tool: 'look' }));
const manifest: ManifestEntry = { name: 'm', targets: [pay, look], sensitivity: 'internal' };
const hour = 3_600_000;
const untrusted: Label = 'integrity:untrusted';

function onTask(over: Partial<AgentEntry> = {}): AgentEntry {
  return agent('worker', { manifest: 'm', standing: 'none', ...over });
}

function withManifest(number: number, ...agents: AgentEntry[]): Snapshot {
  const snapshot = snapshotOf(number, ...agents);
  const { main } = snapshot.tenants;
  return { ...snapshot, tenants: { main: { ...main, manifests: { m: manifest } } } } as Snapshot;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-begun-'));
  world = await startTaskWorld(folder);
  await world.publish(withManifest(2, onTask()));
  await world.pass(limits.stopLeaseMs);
});
afterEach(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

function begin(over: Partial<Parameters<TaskWorld['desk']['begin']>[0]> = {}) {
  const act = { by: ada, agent: 'worker', reason: 'ticket 311', forMs: hour };
  return world.desk.begin({ ...act, ...over });
}

/** As a gateway makes it of the roster, at this moment. */
async function seen({ agent: name, key }: Caller) {
  const { roster } = await world.store.snapshots.current();
  const claims = {
    tenant: 'main',
    agent: name,
    instance: key === undefined ? 'unbound-1' : `instance-of-${key}`,
    thumbprint: key,
    jti: 'j',
  };
  const principals = createPrincipals();
  const trust = { issuer: '', audience: '', keys: [] };
  const now = world.clock.now();
  return principals(claims, 'dpop', { tenant: 'main', trust, roster, now });
}

async function codeOf(caller: Caller): Promise<string> {
  const found = await seen(caller);
  return isRefusal(found) ? found.code : 'in a task';
}

describe('an agent without standing access', () => {
  it('may nothing before its task, in between, after it and after a restart [POL-15] [CRD-14]', async () => {
    const caller = await world.enrol('worker');
    expect(await codeOf(caller)).toBe('identity/no-task');
    const { task } = await begin();
    expect(await codeOf(caller)).toBe('in a task');
    expect(await codeOf(world.bearer('worker'))).toBe('in a task');
    await world.restart();
    expect(await codeOf(caller)).toBe('in a task');
    await world.desk.end({ id: task.id, by: ada, reason: 'done' });
    expect(await codeOf(caller)).toBe('identity/no-task');
    await world.pass(limits.stopLeaseMs);
    await world.restart();
    expect(await codeOf(caller)).toBe('identity/no-task');
  });

  it('is out at the end of its time, whether control has said so or not [POL-15] [POL-16]', async () => {
    const caller = await world.enrol('worker');
    const { task } = await begin({ forMs: hour });
    world.clock.advance(hour - 1);
    expect(await codeOf(caller)).toBe('in a task');
    world.clock.advance(1);
    // Control has done nothing yet: the roster is the same.
    expect(await codeOf(caller)).toBe('identity/task-ended');
    await world.pass(1);
    const ended = await world.store.tasks.get('main', task.id);
    expect(ended).toMatchObject({ endedBy: 'system/task-time', reason: 'its time is over' });
    expect(await codeOf(caller)).toBe('identity/no-task');
  });

  it('may nothing in its task at a gateway that has lost the heartbeat of control [POL-15] [LIF-11]', async () => {
    const caller = await world.enrol('worker');
    await begin();
    await world.join();
    const [gateway] = world.gateways;
    if (gateway === undefined) throw new Error('there is a gateway');
    const { state } = gateway.control;
    const confirmed = () => createStanding().confirmed(state.view(world.clock.monotonic()))?.code;
    world.clock.advance(limits.stopLeaseMs);
    expect([await codeOf(caller), confirmed()]).toEqual(['in a task', undefined]);
    world.clock.advance(1);
    expect(confirmed()).toBe('stop/unconfirmed');
    await world.tellGateways();
    expect(confirmed()).toBeUndefined();
  });

  it('is narrowed to what its task names, and gets that back after a restart [POL-16]', async () => {
    const caller = await world.enrol('worker');
    const scope = { targets: [pay], effects: ['read'] as const };
    await begin({ scope });
    await world.restart();
    expect(await seen(caller)).toMatchObject({ scope });
  });

  it('has the amounts that its task counts, by its name, and shows how much is used [POL-16]', async () => {
    const caller = await world.enrol('worker');
    const sums = [{ target: 'tool:billing/pay', argument: 'amount', atMost: 100 }];
    const { task } = await begin({ scope: { amounts: [{ calls: 5, sums }] } });
    const counted = [{ task: task.id, calls: 5, sums }];
    expect(await seen(caller)).toMatchObject({ scope: { amounts: counted } });
    expect(world.records.at(-1)).toMatchObject({ details: { scope: { amounts: counted } } });
    const key = `task/${task.id}/sum/tool:billing/pay amount`;
    const now = world.clock.now();
    const taken = { tenant: 'main', key, amount: 30, period: 'task', limit: 100, now };
    await world.store.reservations.reserve({ ...taken, expiresAt: now + hour });
    expect((await world.desk.show('main', task.id))?.amounts).toEqual([
      { what: 'calls', atMost: 5, used: 0, task: task.id },
      { what: 'tool:billing/pay amount', atMost: 100, used: 30, task: task.id },
    ]);
    const wire = { target: 'tool:billing/wire', argument: 'amount', atMost: 1 };
    await world.desk.end({ id: task.id, by: ada, reason: 'done' });
    await world.pass(limits.stopLeaseMs);
    const misspelt = begin({ scope: { amounts: [{ sums: [wire] }] } });
    await expect(misspelt).rejects.toMatchObject({ code: 'api/invalid' });
  });

  it('begins on record, with the words of whoever wants it sealed beside it, and no digest of them [AUD-10]', async () => {
    world.records.length = 0;
    await begin({ intent: 'refund the order of Mrs Roe', scope: { targets: [pay] } });
    expect(world.records).toMatchObject([
      {
        type: 'task.begun',
        actors: [{ kind: 'human', name: 'ada' }],
        details: { kind: 'begun', reason: 'ticket 311', scope: { targets: ['tool:billing/pay'] } },
      },
    ]);
    const said = JSON.stringify(world.records);
    expect(said).not.toContain('Roe');
    expect(said).not.toContain(sha256Hex('refund the order of Mrs Roe'));
    expect(world.sealed).toEqual(['refund the order of Mrs Roe']);
    expect(world.sealedFor).toEqual(['ada']);
  });

  it('has no task when it could not be recorded', async () => {
    const caller = await world.enrol('worker');
    world.failing = true;
    await expect(begin()).rejects.toMatchObject({ code: 'audit/unavailable' });
    world.failing = false;
    expect(await codeOf(caller)).toBe('identity/no-task');
  });

  it('is given a task by an admin or its owner, and by nobody else', async () => {
    const clerk: Person = { tenant: 'main', name: 'clerk', roles: ['approver'] };
    await expect(begin({ by: clerk })).rejects.toMatchObject({ code: 'api/forbidden' });
    const owner: Person = { tenant: 'main', name: 'worker-owner', roles: ['auditor'] };
    expect((await begin({ by: owner })).task.begun?.by).toBe('worker-owner');
  });

  it('is refused a task of what its manifest does not list, without end or without a reason', async () => {
    const wire = exactly(toolTarget({ server: 'billing', tool: 'wire' }));
    for (const bad of [
      { scope: { targets: [pay, wire] } },
      { forMs: limits.taskMs + 1 },
      { forMs: 0 },
      { intent: 'x'.repeat(limits.intentBytes + 1) },
      { instance: 'i' },
    ]) {
      await expect(begin(bad)).rejects.toMatchObject({ code: 'api/invalid' });
    }
    await expect(begin({ reason: ' ' })).rejects.toMatchObject({ code: 'api/reason-required' });
    await expect(begin({ agent: 'nobody' })).rejects.toMatchObject({ code: 'api/not-found' });
    expect(
      (await begin({ forMs: limits.taskMs, intent: 'x'.repeat(limits.intentBytes) })).task.kind,
    ).toBe('begun');
  });

  it('works in one task at a time, and in none while the last one may still answer', async () => {
    const { task } = await begin();
    await expect(begin()).rejects.toMatchObject({ code: 'identity/task-open' });
    await world.desk.end({ id: task.id, by: ada, reason: 'done' });
    await expect(begin()).rejects.toMatchObject({ code: 'identity/task-too-soon', retryAfter: 5 });
    await world.pass(limits.stopLeaseMs);
    expect((await begin()).task.id).not.toBe(task.id);
  });

  it('begins no task in the middle of the end of another one, however long that takes', async () => {
    const { task } = await begin();
    await world.pass(2 * limits.stopLeaseMs);
    const { tasks } = world.store;
    const end = tasks.end.bind(tasks);
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    Object.assign(tasks, {
      async end(...of: Parameters<typeof end>) {
        const ended = await end(...of);
        close();
        await told;
        return ended;
      },
    });
    const ending = world.desk.end({ id: task.id, by: ada, reason: 'done' });
    await closed;
    // The books say that it is over already.
    const beginning = begin().then(
      () => 'begun',
      ({ code }) => code,
    );
    tell();
    await ending;
    expect(await beginning).toBe('identity/task-too-soon');
  });

  it('says on record when what was recorded did not come to be', async () => {
    world.records.length = 0;
    Object.assign(world.store.tasks, { begin: () => Promise.reject(new Error('disk full')) });
    await expect(begin()).rejects.toThrow('disk full');
    expect(world.records.map(({ type }) => type)).toEqual(['task.begun', 'act.reconciled']);
  });

  it('has a task for each instance where its document says so', async () => {
    await world.publish(withManifest(3, onTask({ tasks: 'perInstance' })));
    await world.pass(limits.stopLeaseMs);
    const [one, two] = [await world.enrol('worker'), await world.enrol('worker')];
    await expect(begin()).rejects.toMatchObject({ code: 'api/not-found' });
    await begin({ instance: `instance-of-${one.key}` });
    expect([await codeOf(one), await codeOf(two)]).toEqual(['in a task', 'identity/no-task']);
  });
});

describe('labels of an agent that loses its standing task', () => {
  it('are handed on to the next task, begun or standing: a changed document sheds nothing', async () => {
    await world.publish(withManifest(3, agent('worker', { manifest: 'm' })));
    await world.pass(limits.stopLeaseMs);
    const caller = await world.enrol('worker');
    await world.raise(caller, untrusted);
    await world.publish(withManifest(4, onTask()));
    await world.pass(limits.stopLeaseMs);
    expect(await codeOf(caller)).toBe('identity/no-task');
    const { task, labels } = await begin();
    expect(labels).toEqual([untrusted]);
    await world.desk.end({ id: task.id, by: ada, reason: 'done' });
    await world.pass(limits.stopLeaseMs);
    expect((await begin()).labels).toEqual([]);
  });

  it('come back when the document is put back', async () => {
    await world.publish(withManifest(3, agent('worker', { manifest: 'm' })));
    await world.pass(limits.stopLeaseMs);
    const caller = await world.enrol('worker');
    await world.raise(caller, untrusted);
    await world.publish(withManifest(4, onTask()));
    await world.pass(limits.stopLeaseMs);
    await world.publish(withManifest(5, agent('worker', { manifest: 'm' })));
    await world.pass(limits.stopLeaseMs);
    expect(await world.labelsOf(caller)).toEqual([[untrusted]]);
  });
});
