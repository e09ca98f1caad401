import { beforeEach, describe, expect, it } from 'vitest';
import type { DocumentKind } from '#contracts/document-kind.ts';
import { type NamedEntry, section } from '#contracts/section.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeInstanceBook } from '../../../test/fakes/fake-instance-book.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { FakeOverlayFeed } from '../../../test/fakes/fake-overlay-feed.ts';
import { createStandingDesk, type NamedTarget, type StandingDesk } from './index.ts';

let clock: ManualClock;
let log: FakeLog;
let overlay: FakeOverlayFeed;
let instances: FakeInstanceBook;
let desk: StandingDesk;
/** Set: the store fails at the next change. */
let storeFault: Error | undefined;
let booksFault: Error | undefined;

const tenantOf = (agents: readonly string[]) => ({
  agents: Object.fromEntries(agents.map((name) => [name, { name, owner: 'ann' }])),
  servers: { fake: { name: 'fake', tools: {} } },
  pins: {},
  givers: { openai: { name: 'openai' } },
});
/** A kind whose documents declare what no manifest needs to name. */
const madeUp: DocumentKind = {
  kind: 'Giver',
  section: section<NamedEntry>('givers'),
  targets: ({ name: owner }) => [{ target: { kind: 'model', owner, name: 'gpt-5' }, digest: 'd' }],
  parse: () => ({ kind: 'problems', problems: [] }),
};
const snapshot = {
  tenants: { main: tenantOf(['worker']), other: tenantOf(['worker', 'theirs']) },
} as unknown as Snapshot;

beforeEach(() => {
  clock = new ManualClock();
  log = new FakeLog(clock);
  overlay = new FakeOverlayFeed();
  instances = new FakeInstanceBook();
  storeFault = undefined;
  booksFault = undefined;
  desk = createStandingDesk({
    overlay: {
      current: () => overlay.current(),
      subscribe: (listener) => overlay.subscribe(listener),
      async add(entry, also) {
        if (storeFault !== undefined) throw storeFault;
        return overlay.add(entry, also);
      },
      async release(ids, also) {
        if (storeFault !== undefined) throw storeFault;
        return overlay.release(ids, also);
      },
    },
    instances: {
      unbound: (tenant) => instances.unbound(tenant),
      async list(tenant, agent) {
        if (booksFault !== undefined) throw booksFault;
        return instances.list(tenant, agent);
      },
    },
    catalogue: {
      list: async () => [],
      get: async (tenant, server, tool) =>
        server === 'fake' && tool === 'echo'
          ? { tenant, server, tool, pinned: undefined, observed: undefined, state: 'pinned' }
          : undefined,
    },
    snapshot: () => snapshot,
    kinds: [madeUp],
    recorder: log,
    clock,
    systemTenant: 'main',
  });
});

const admin: Person = { tenant: 'main', name: 'ann', roles: ['admin'] };
const stranger: Person = { tenant: 'other', name: 'eve', roles: ['admin'] };
const reason = 'incident 17';
const worker: NamedTarget = { kind: 'agent', name: 'worker' };

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'done',
    (fault: unknown) => (fault instanceof BailiwickError ? fault.code : String(fault)),
  );
}

async function inForce(): Promise<OverlayEntry[]> {
  return [...(await overlay.current()).entries];
}

/** What is on record, and what is sure to be: it was owed in the overlay's own transaction. */
const told = (): RecordDraft[] => [
  ...overlay.owed.map(({ body }) => body as unknown as RecordDraft),
  ...log.drafts,
];
const types = () => log.drafts.map(({ type }) => type);

describe('a stop', () => {
  it('over one that stands says whose that was and why', async () => {
    const bob: Person = { ...admin, name: 'bob' };
    const first = await desk.stop({ by: bob, target: worker, reason: 'too many notes' });
    expect(first.before).toBeUndefined();
    await desk.stop({ by: admin, target: { kind: 'all' }, reason });
    const second = await desk.stop({ by: admin, target: worker, reason });
    expect(second.before).toEqual({ by: 'bob', reason: 'too many notes' });
    expect((await inForce()).map(({ why }) => why)).toContain('stop');
  });

  it.each([
    [worker, 'agent worker', { kind: 'agent', tenant: 'main', agent: 'worker' }],
    [
      { kind: 'tool', name: 'fake/echo' },
      'tool fake/echo',
      { kind: 'target', tenant: 'main', target: { kind: 'tool', owner: 'fake', name: 'echo' } },
    ],
    [
      { kind: 'tool', name: 'fake' },
      'tool fake',
      { kind: 'target', tenant: 'main', target: { kind: 'tool', owner: 'fake', name: undefined } },
    ],
    [
      { kind: 'prompt', name: 'fake' },
      'prompt fake',
      {
        kind: 'target',
        tenant: 'main',
        target: { kind: 'prompt', owner: 'fake', name: undefined },
      },
    ],
    [
      { kind: 'model', name: 'openai/gpt-5' },
      'model openai/gpt-5',
      {
        kind: 'target',
        tenant: 'main',
        target: { kind: 'model', owner: 'openai', name: 'gpt-5' },
      },
    ],
    [
      { kind: 'model', name: 'openai' },
      'model openai',
      {
        kind: 'target',
        tenant: 'main',
        target: { kind: 'model', owner: 'openai', name: undefined },
      },
    ],
    [{ kind: 'tenant', name: 'main' }, 'tenant main', { kind: 'tenant', tenant: 'main' }],
    [{ kind: 'all' }, 'everything', { kind: 'all' }],
  ] as const)('of %j is in force and on record with its reason', async (target, name, entry) => {
    const { stopped } = await desk.stop({ by: admin, target, reason });
    expect(stopped).toBe(name);
    expect(await inForce()).toMatchObject([{ target: entry, why: 'stop', by: 'ann', reason }]);
    expect(told()).toMatchObject([
      {
        type: 'stop.set',
        tenant: 'main',
        actors: [{ kind: 'human', name: 'ann' }],
        details: { stopped: name, reason },
      },
    ]);
  });

  it('of a name that nobody has is refused, so that nobody believes in it', async () => {
    for (const target of [
      { kind: 'agent', name: 'wroker' },
      { kind: 'agent', name: 'constructor' },
      { kind: 'instance', name: 'i-9' },
      { kind: 'tool', name: 'fake/eccho' },
      { kind: 'tool', name: 'fkae' },
      { kind: 'resource', name: 'fkae' },
      { kind: 'resource', name: 'fake/file:///nowhere' },
      { kind: 'model', name: 'fake' },
      { kind: 'model', name: 'openai/gpt-55' },
      { kind: 'host', name: 'api.example.com' },
    ] as const) {
      expect([target, await codeOf(desk.stop({ by: admin, target, reason }))]).toEqual([
        target,
        'stop/unknown-target',
      ]);
    }
    expect(await inForce()).toEqual([]);
  });

  it.each(['stop', 'suspend'] as const)(
    '(%s) takes effect although nothing can be recorded; its record is owed with it [MON-17, AUD-05]',
    async (verb) => {
      log.failing = true;
      if (verb === 'stop') await desk.stop({ by: admin, target: worker, reason });
      else await desk.suspend({ by: admin, agent: 'worker', reason });
      expect(await inForce()).toMatchObject([{ why: verb, reason }]);
      expect(overlay.owed).toMatchObject([
        { kind: 'record', tenant: 'main', body: { details: { reason } } },
      ]);
    },
  );

  it('that the store does not take leaves no record that it was set', async () => {
    storeFault = new BailiwickError('store/unavailable');
    const stopped = desk.stop({ by: admin, target: worker, reason });
    expect(await codeOf(stopped)).toBe('store/unavailable');
    expect([await inForce(), told()]).toEqual([[], []]);
  });

  it('is not held up by a book that cannot be read [MON-17]', async () => {
    booksFault = new BailiwickError('store/unavailable');
    const target = { kind: 'instance', name: 'i-1' } as const;
    expect(await codeOf(desk.stop({ by: admin, target, reason }))).toBe('done');
    expect(await inForce()).toHaveLength(1);
  });
});

describe('a release', () => {
  const release = (by = admin, target = worker) => desk.release({ by, target, reason });

  beforeEach(async () => {
    await desk.stop({ by: admin, target: worker, reason: 'test' });
    log.drafts.length = 0;
  });

  it('ends the stop, on record with its reason [MON-17]', async () => {
    await release();
    expect(await inForce()).toEqual([]);
    expect(log.drafts).toMatchObject([
      { type: 'stop.released', details: { released: 'agent worker', reason } },
    ]);
  });

  it('that cannot be recorded does not happen: the stop stays [AUD-05]', async () => {
    log.failing = true;
    expect(await codeOf(release())).toBe('audit/unavailable');
    expect(await inForce()).toHaveLength(1);
    log.failing = false;
    expect(await codeOf(release())).toBe('done');
  });

  it('is on record before it is in force', async () => {
    const seen: number[] = [];
    const record = log.record.bind(log);
    log.record = async (draft) => {
      seen.push((await inForce()).length);
      return record(draft);
    };
    await release();
    expect(seen).toEqual([1]);
  });

  it('that the store does not take is followed by a record that says so', async () => {
    storeFault = new BailiwickError('store/unavailable');
    expect(await codeOf(release())).toBe('store/unavailable');
    expect(await inForce()).toHaveLength(1);
    expect(types()).toEqual(['stop.released', 'act.reconciled']);
    expect(log.drafts[1]?.details).toMatchObject({
      act: 'stop.released',
      applied: 'unknown',
      code: 'store/unavailable',
      released: 'agent worker',
    });
  });

  it('is one and one record when two people press at once', async () => {
    const codes = await Promise.all([codeOf(release()), codeOf(release())]);
    expect(codes).toEqual(['done', 'api/not-found']);
    expect(types()).toEqual(['stop.released']);
  });

  it('leaves a stop that was set while it was being recorded', async () => {
    const record = log.record.bind(log);
    log.record = async (draft) => {
      if (draft.type === 'stop.released') {
        await desk.stop({ by: admin, target: worker, reason: 'again' });
      }
      return record(draft);
    };
    await release();
    expect(await inForce()).toMatchObject([{ reason: 'again' }]);
  });

  it('releases nothing but the very stop: no quarantine, no suspension, no other target', async () => {
    await desk.suspend({ by: admin, agent: 'worker', reason });
    await desk.stop({ by: admin, target: { kind: 'all' }, reason });
    await release();
    expect((await inForce()).map(({ why, target }) => `${why} ${target.kind}`).sort()).toEqual([
      'stop all',
      'suspend agent',
    ]);
  });
});

describe('a suspension', () => {
  it('is in force and on record with its reason, and ends the same way', async () => {
    await desk.suspend({ by: admin, agent: 'worker', reason });
    expect(await inForce()).toMatchObject([{ why: 'suspend', by: 'ann', reason }]);
    await desk.resume({ by: admin, agent: 'worker', reason: 'checked' });
    expect(await inForce()).toEqual([]);
    expect(told()).toMatchObject([
      { type: 'lifecycle.agent-suspended', details: { agent: 'worker', reason } },
      { type: 'lifecycle.agent-resumed', details: { agent: 'worker', reason: 'checked' } },
    ]);
  });

  it('does not end off the record [AUD-05]', async () => {
    await desk.suspend({ by: admin, agent: 'worker', reason });
    log.failing = true;
    const resumed = desk.resume({ by: admin, agent: 'worker', reason });
    expect(await codeOf(resumed)).toBe('audit/unavailable');
    expect(await inForce()).toHaveLength(1);
  });
});

describe('whoever comes to the desk', () => {
  const acts = {
    stop: (by: Person, why = reason) => desk.stop({ by, target: worker, reason: why }),
    release: (by: Person, why = reason) => desk.release({ by, target: worker, reason: why }),
    suspend: (by: Person, why = reason) => desk.suspend({ by, agent: 'worker', reason: why }),
    resume: (by: Person, why = reason) => desk.resume({ by, agent: 'worker', reason: why }),
  };

  it.each([
    ['stop', 'auditor', 'api/forbidden'],
    ['stop', 'approver', 'done'],
    ['release', 'approver', 'api/forbidden'],
    ['suspend', 'approver', 'api/forbidden'],
    ['resume', 'approver', 'api/forbidden'],
    ['release', 'nobody', 'api/forbidden'],
    ['stop', 'analyst', 'done'],
    ['stop', 'operator', 'done'],
    ['stop', 'owner', 'api/forbidden'],
    ['release', 'operator', 'api/forbidden'],
    ['suspend', 'analyst', 'done'],
    ['resume', 'analyst', 'api/forbidden'],
    ['resume', 'operator', 'api/not-found'],
  ] as const)('may %s as %s: %s', async (verb, role, code) => {
    const by = { ...admin, roles: [role as Role] };
    expect(await codeOf(acts[verb](by))).toBe(code);
  });

  it('suspends their own agent as its owner, and no other, and does not resume it', async () => {
    const owner: Person = { ...admin, name: 'ann', roles: ['owner'] };
    expect(await codeOf(acts.suspend({ ...owner, name: 'eve' }))).toBe('api/forbidden');
    // A role of before opens no more than it did.
    expect(await codeOf(acts.suspend({ ...owner, roles: ['approver'] }))).toBe('api/forbidden');
    expect(await codeOf(acts.suspend(owner))).toBe('done');
    expect(await codeOf(acts.resume(owner))).toBe('api/forbidden');
  });

  it.each(Object.keys(acts) as (keyof typeof acts)[])('says why they %s', async (verb) => {
    expect(await codeOf(acts[verb](admin, ' \n'))).toBe('api/reason-required');
    const long = 'é'.repeat(limits.reasonBytes / 2 + 1);
    expect(await codeOf(acts[verb](admin, long))).toBe('api/invalid');
    expect(await codeOf(acts[verb]({ ...admin, name: ' ' }))).toBe('api/unauthorized');
    expect(told()).toEqual([]);
    expect(await inForce()).toEqual([]);
  });

  it('acts on their own tenant only, whatever they name [DAT-01]', async () => {
    await desk.stop({ by: admin, target: worker, reason });
    await desk.stop({ by: admin, target: { kind: 'tenant', name: 'main' }, reason });
    await desk.stop({ by: admin, target: { kind: 'all' }, reason });
    await desk.suspend({ by: admin, agent: 'worker', reason });
    const before = await inForce();
    const named: NamedTarget[] = [worker, { kind: 'tenant', name: 'main' }, { kind: 'all' }];
    const codes = [];
    for (const target of named) {
      codes.push(await codeOf(desk.release({ by: stranger, target, reason })));
    }
    expect(codes).toEqual(['api/not-found', 'api/forbidden', 'api/forbidden']);
    const resumed = desk.resume({ by: stranger, agent: 'worker', reason });
    expect(await codeOf(resumed)).toBe('api/not-found');
    expect(await inForce()).toEqual(before);
    for (const target of [{ kind: 'tenant', name: 'main' }, { kind: 'all' }] as const) {
      expect(await codeOf(desk.stop({ by: stranger, target, reason }))).toBe('api/forbidden');
    }
    const theirs = { by: admin, target: { kind: 'agent', name: 'theirs' }, reason } as const;
    expect(await codeOf(desk.stop(theirs))).toBe('stop/unknown-target');
  });

  it('sees what concerns their tenant; of a stop of everything only that there is one [DAT-01]', async () => {
    await desk.stop({ by: admin, target: worker, reason });
    await desk.stop({ by: admin, target: { kind: 'all' }, reason });
    await desk.stop({ by: stranger, target: { kind: 'agent', name: 'theirs' }, reason: 'own' });
    expect((await desk.list('main')).entries.map(({ reason: why }) => why)).toEqual([
      reason,
      reason,
    ]);
    expect((await desk.list('other')).entries).toMatchObject([
      { target: { kind: 'all' }, by: 'the operator', reason: '' },
      { target: { kind: 'agent', tenant: 'other', agent: 'theirs' }, reason: 'own' },
    ]);
  });
});
