import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Overlay, OverlayEntry, OverlayReason, OverlayTarget } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { liftOverlayTarget } from '#kernel/lift-overlay.ts';
import { ownerKinds, type Target, type TargetKind, targetKinds } from '#kernel/target.ts';
import { createStanding, type StandingView } from './index.ts';

const standing = createStanding();
const tool: Target = { kind: 'tool', owner: 'billing', name: 'create_refund' };
const agent = { name: 'refunds', suspended: false } as AgentEntry;

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'refunds',
  instance: 'i1',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};

function entry(target: OverlayTarget, why: OverlayReason = 'stop'): OverlayEntry {
  return { id: 'o', target, why, by: 'ann', reason: 'because', at: 0 };
}

function overlay(...entries: OverlayEntry[]): Overlay {
  return { number: entries.length, entries };
}

function view(given: Overlay, over: Partial<StandingView> = {}): StandingView {
  const compiled = standing.compile(given);
  return { overlay: compiled, confirmedAt: 1_000, monotonic: 1_000, stopLeaseMs: 5_000, ...over };
}

function code(given: Overlay, who: Partial<Principal> = {}, what: Target | undefined = tool) {
  return standing.compile(given).forbids({ ...principal, ...who }, what)?.code;
}

const targets = {
  all: { kind: 'all' },
  tenant: { kind: 'tenant', tenant: 'main' },
  agent: { kind: 'agent', tenant: 'main', agent: 'refunds' },
  instance: { kind: 'instance', tenant: 'main', instance: 'i1' },
  server: {
    kind: 'target',
    tenant: 'main',
    target: { kind: 'tool', owner: 'billing', name: undefined },
  },
  tool: {
    kind: 'target',
    tenant: 'main',
    target: { kind: 'tool', owner: 'billing', name: 'create_refund' },
  },
  task: { kind: 'task', tenant: 'main', task: 't' },
} as const satisfies Record<string, OverlayTarget>;

function stopOf(target: Target): OverlayTarget {
  return { kind: 'target', tenant: 'main', target };
}

describe('standing', () => {
  it('lets pass when nothing speaks against it', () => {
    expect(standing.judge(principal, agent, tool, view(overlay()))).toBeUndefined();
    expect(standing.judge(principal, agent, undefined, view(overlay()))).toBeUndefined();
  });

  it.each(Object.entries(targets))('stops by %s [MON-17]', (_, target) => {
    expect(code(overlay(entry(target)))).toBe('stop/active');
  });

  it('stops a known agent in good standing as well [MON-17]', () => {
    const stopped = view(overlay(entry(targets.agent)));
    expect(standing.judge(principal, agent, tool, stopped)?.code).toBe('stop/active');
    expect(standing.judge(principal, undefined, tool, stopped)?.code).toBe('stop/active');
  });

  it('stops nothing that the target does not name [MON-17]', () => {
    const all = overlay(
      entry({ kind: 'tenant', tenant: 'other' }),
      entry({ kind: 'agent', tenant: 'other', agent: 'refunds' }),
      entry({ kind: 'agent', tenant: 'main', agent: 'tickets' }),
      entry({ kind: 'instance', tenant: 'main', instance: 'i2' }),
      entry({
        kind: 'target',
        tenant: 'main',
        target: { kind: 'tool', owner: 'desk', name: undefined },
      }),
      entry({ kind: 'task', tenant: 'main', task: 't2' }),
      entry({ kind: 'task', tenant: 'other', task: 't' }),
      entry({
        kind: 'target',
        tenant: 'main',
        target: { kind: 'tool', owner: 'billing', name: 'list' },
      }),
      entry({
        kind: 'target',
        tenant: 'other',
        target: { kind: 'tool', owner: 'billing', name: 'create_refund' },
      }),
    );
    expect(code(all)).toBeUndefined();
  });

  it.each(targetKinds)(
    'stops all that belongs to the same owner when the whole of it is stopped as a %s',
    (kind) => {
      const whole = overlay(entry(stopOf({ kind, owner: 'billing', name: undefined })));
      const stopped = targetKinds.filter(
        (other) => code(whole, {}, { kind: other, owner: 'billing', name: 'x' }) !== undefined,
      );
      expect(stopped).toEqual(targetKinds.filter((one) => ownerKinds[one] === ownerKinds[kind]));
      expect(code(whole, {}, { kind, owner: 'crm', name: 'x' })).toBeUndefined();
      expect(
        code(whole, { tenant: 'other' }, { kind, owner: 'billing', name: 'x' }),
      ).toBeUndefined();
    },
  );

  it.each(targetKinds)('stops one %s by its name, and none of another kind', (kind) => {
    const one = overlay(entry(stopOf({ kind, owner: 'billing', name: 'a/b:c' })));
    const called = (given: TargetKind, name: string | undefined) =>
      code(one, {}, { kind: given, owner: 'billing', name });
    expect(targetKinds.filter((other) => called(other, 'a/b:c') !== undefined)).toEqual([kind]);
    expect([called(kind, 'a/b'), called(kind, undefined)]).toEqual([undefined, undefined]);
  });

  it('lets nobody reach an agent that is stopped [MON-17]', () => {
    const stopped = overlay(entry({ kind: 'agent', tenant: 'main', agent: 'planner' }));
    const planner: Target = { kind: 'agent', owner: 'planner', name: undefined };
    expect(code(stopped, {}, planner)).toBe('stop/active');
    expect(code(stopped, {}, { ...planner, name: 'skill' })).toBe('stop/active');
    expect(code(stopped, {}, { ...planner, kind: 'tool' })).toBeUndefined();
  });

  it('leaves a list to an agent of which only tools are stopped', () => {
    const stopped = overlay(entry(targets.tool), entry(targets.server));
    expect(standing.compile(stopped).forbids(principal, undefined)).toBeUndefined();
  });

  it.each([
    ['stop', 'stop/active'],
    ['suspend', 'standing/agent-suspended'],
    ['revoke', 'standing/instance-revoked'],
    ['quarantine', 'tools/quarantined'],
    ['ended', 'identity/task-ended'],
  ] as const)('answers a %s with %s', (why, expected) => {
    expect(code(overlay(entry(targets.tool, why)))).toBe(expected);
  });

  it('stops whoever acts through a stopped agent or instance [MON-17]', () => {
    const hops = [{ agent: 'planner', instance: 'i9' }];
    const byAgent = overlay(entry({ kind: 'agent', tenant: 'main', agent: 'planner' }));
    const byInstance = overlay(entry({ kind: 'instance', tenant: 'main', instance: 'i9' }));
    expect(code(byAgent, { hops })).toBe('stop/active');
    expect(code(byInstance, { hops })).toBe('stop/active');
    expect(code(byAgent)).toBeUndefined();
  });

  it('stops everything on an entry that it does not understand', () => {
    const newer = { ...entry(targets.all), target: { kind: 'region', region: 'eu' } };
    const compiled = standing.compile(overlay(newer as unknown as OverlayEntry));
    expect(compiled.stopsAll).toBe(true);
    expect(compiled.forbids(principal, tool)?.code).toBe('stop/active');
    const kind = { kind: 'target', tenant: 'main', target: { kind: 'queue', owner: 'q' } };
    expect(code(overlay({ ...newer, target: kind as unknown as OverlayTarget }))).toBe(
      'stop/active',
    );
    const why = { ...entry(targets.agent), why: 'paused' } as unknown as OverlayEntry;
    expect(code(overlay(why))).toBe('stop/active');
  });

  it('says for admission whether everything is stopped', () => {
    expect(standing.compile(overlay()).stopsAll).toBe(false);
    expect(standing.compile(overlay(entry(targets.tenant))).stopsAll).toBe(false);
    expect(standing.compile(overlay(entry(targets.all))).stopsAll).toBe(true);
  });

  it('denies everything once the overlay was not confirmed within the stop lease [MON-17]', () => {
    const at = (monotonic: number) =>
      standing.judge(principal, agent, tool, view(overlay(), { monotonic }))?.code;
    expect([at(6_000), at(6_001)]).toEqual([undefined, 'stop/unconfirmed']);
    const never = view(overlay(), { confirmedAt: Number.NEGATIVE_INFINITY });
    expect(standing.confirmed(never)?.code).toBe('stop/unconfirmed');
    expect(standing.confirmed(view(overlay(), { confirmedAt: Number.NaN }))).toBeDefined();
  });

  it('refuses an agent that no document names, and one that is suspended', () => {
    const open = view(overlay());
    expect(standing.judge(principal, undefined, tool, open)?.code).toBe('identity/unknown-agent');
    const suspended = { ...agent, suspended: true };
    expect(standing.judge(principal, suspended, tool, open)?.code).toBe('standing/agent-suspended');
  });

  it('forbids no less of what a version before had stopped than that version did [MON-17]', () => {
    const name = fc.constantFrom('main', 'other', 'billing', 'crm', 'x', 'a.b');
    const old = fc.oneof(
      fc.record({ kind: fc.constant('tool'), tenant: name, server: name, tool: name }),
      fc.record({ kind: fc.constant('tool'), tenant: name, server: name }),
      fc.constant({ kind: 'all' }),
      fc.record({ kind: fc.constant('tenant'), tenant: name }),
      fc.record({ kind: fc.constant('agent'), tenant: name, agent: name }),
      fc.record({ kind: fc.constant('instance'), tenant: name, instance: name }),
      fc.record({ kind: fc.constant('task'), tenant: name, task: name }),
      fc.record({ kind: fc.constant('region'), tenant: name }),
    );
    const who = fc.record({ tenant: name, agent: name, instance: name, task: name });
    fc.assert(
      fc.property(fc.array(old), who, name, name, (stored, caller, server, called) => {
        const entries = stored.map((one) => entry(liftOverlayTarget(one)));
        const forbids = code(overlay(...entries), caller, {
          kind: 'tool',
          owner: server,
          name: called,
        });
        const before = stored.some((one) => forbadeBefore(one, { ...caller, server, called }));
        return before === (forbids !== undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never lets more through with an entry more', () => {
    const name = fc.constantFrom('main', 'other', 'refunds', 'i1', 'i9', 'billing', 'x');
    const someTarget = fc.record({
      kind: fc.constantFrom(...targetKinds),
      owner: name,
      name: fc.option(name, { nil: undefined }),
    });
    const target = fc.oneof<fc.Arbitrary<OverlayTarget>[]>(
      fc.constant({ kind: 'all' }),
      fc.record({ kind: fc.constant('tenant' as const), tenant: name }),
      fc.record({ kind: fc.constant('agent' as const), tenant: name, agent: name }),
      fc.record({ kind: fc.constant('instance' as const), tenant: name, instance: name }),
      fc.record({ kind: fc.constant('target' as const), tenant: name, target: someTarget }),
    );
    const why = fc.constantFrom<OverlayReason>('stop', 'suspend', 'revoke', 'quarantine');
    const entries = fc.array(fc.tuple(target, why).map(([to, reason]) => entry(to, reason)));
    const who = fc.record({
      tenant: name,
      agent: name,
      instance: name,
      hops: fc.array(fc.record({ agent: name, instance: name }), { maxLength: 2 }),
    });
    const what = fc.option(someTarget, { nil: undefined });
    fc.assert(
      fc.property(entries, entries, who, what, (some, more, caller, called) => {
        const asker = { ...principal, ...caller };
        const forbids = (list: OverlayEntry[]) =>
          standing.compile(overlay(...list)).forbids(asker, called) !== undefined;
        if (!forbids(some)) return true;
        return forbids([...some, ...more]) && forbids([...more, ...some]);
      }),
      { numRuns: 1_000 },
    );
  });
});

type Asked = Readonly<Record<string, string>>;

/** As the version before targets read its own entries. */
function forbadeBefore(stored: Asked, asked: Asked): boolean {
  const { kind = '', tenant, server, tool: named } = stored;
  const own = tenant === asked['tenant'];
  if (kind === 'tenant') return own;
  if (kind === 'tool') {
    return own && server === asked['server'] && (named === undefined || named === asked['called']);
  }
  if (['agent', 'instance', 'task'].includes(kind)) return own && stored[kind] === asked[kind];
  return true;
}
