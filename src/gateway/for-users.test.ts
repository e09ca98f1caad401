import { beforeEach, describe, expect, it } from 'vitest';
import type { MintAsk } from '#contracts/token-mint.ts';
import type { Outcome, Presented } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { OverlayTarget } from '#kernel/overlay.ts';
import type { Principal, UserLeg } from '#kernel/principal.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { presentedFor } from '../../test/fakes/presented-for.ts';
import { holderOf } from './holder.ts';
import { listeningIn } from './may-listen.ts';

const input: JsonObject = {
  type: 'object',
  properties: { amount: { type: 'number' } },
};
const definitions = ['look', 'pay', 'close'].map((name) => definition(name, input));

const documents = {
  definitions,
  manifest: {
    tools: [
      { tool: 'fake/look' },
      { tool: 'fake/pay', arguments: { amount: { max: 100 } } },
      { tool: 'fake/close' },
    ],
  },
  entitlements: {
    finance: {
      groups: ['finance'],
      tools: [{ tool: 'fake/look' }, { tool: 'fake/pay', arguments: { amount: { max: 50 } } }],
    },
    everybody: { everyone: true, tools: [{ tool: 'fake/look' }] },
  },
  server: { tools: { look: { effect: 'read' } } },
  policies: ['@id("all") permit(principal, action, resource);'],
};

const ada: UserLeg = { subject: 'ada', issuer: 'https://idp.example', groups: ['finance'] };
const someone: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'worker',
  instance: 'i',
  user: undefined,
  task: 't',
  session: 's',
  hops: [],
  binding: 'none',
  keyThumbprint: undefined,
};
const bob: UserLeg = { subject: 'bob', issuer: 'https://idp.example', groups: [] };

let world: GatewayWorld;

beforeEach(async () => {
  world = await createGatewayWorld(documents);
});

const presentFor = (user: UserLeg | undefined, over?: Partial<MintAsk>) =>
  presentedFor(world, user, over);

function call(presented: Presented, tool: string, args: JsonObject = {}, handle?: string) {
  return world.send(presented, { kind: 'invoke', tool: `fake.${tool}`, args, handle });
}

function told(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

async function listed(presented: Presented): Promise<readonly unknown[]> {
  const outcome = await world.send(presented, { kind: 'list' });
  if (outcome.kind !== 'listed') throw new Error(outcome.kind);
  return outcome.page.items.map(({ name }) => name);
}

describe('an agent that acts for a user', () => {
  it.each([
    ['ada', 'look', {}, 'result'],
    ['ada', 'pay', { amount: 50 }, 'result'],
    ['ada', 'pay', { amount: 51 }, 'tools/outside-envelope'],
    ['ada', 'close', {}, 'tools/not-visible'],
    ['bob', 'look', {}, 'result'],
    ['bob', 'pay', { amount: 1 }, 'tools/not-visible'],
    ['nobody', 'pay', { amount: 100 }, 'result'],
    ['nobody', 'pay', { amount: 101 }, 'tools/outside-envelope'],
    ['nobody', 'close', {}, 'result'],
  ] as const)('may for %s %s %o: %s [IDN-03]', async (name, tool, args, expected) => {
    const user = { ada, bob, nobody: undefined }[name];
    expect(told(await call(presentFor(user), tool, args))).toBe(expected);
  });

  it('is shown what both may, and each user only their own [IDN-03]', async () => {
    expect(await listed(presentFor(ada))).toEqual(['fake__look', 'fake__pay']);
    expect(await listed(presentFor(bob))).toEqual(['fake__look']);
    expect(await listed(presentFor(undefined))).toEqual(['fake__look', 'fake__pay', 'fake__close']);
  });

  it('has both in every record of the call, the human first [IDN-03] [IDN-13]', async () => {
    await call(presentFor(ada), 'pay', { amount: 1 });
    await call(presentFor(ada), 'pay', { amount: 99 });
    const types = ['policy.intent', 'policy.outcome', 'gateway.refused'];
    const about = world.records.filter(({ type }) => types.includes(type));
    expect(about.map(({ type }) => type)).toEqual(types);
    for (const { actors } of about) {
      expect(actors).toMatchObject([
        { kind: 'human', name: 'ada' },
        { kind: 'agent', name: 'worker', instance: 'c-ada', binding: 'none' },
      ]);
    }
  });

  it('does what the user consented to and no more [IDN-04]', async () => {
    const reading = presentFor(ada, { effects: ['read'] });
    expect(told(await call(reading, 'look'))).toBe('result');
    expect(told(await call(reading, 'pay', { amount: 1 }))).toBe('identity/not-consented');
    expect(world.invocations).toHaveLength(1);
  });

  it('may less through an agent that hands over to it, never more [IDN-22]', async () => {
    const hops = [{ agent: 'gone', instance: 'i' }];
    expect(told(await call(presentFor(ada, { hops }), 'look'))).toBe('tools/not-visible');
    const own = [{ agent: 'worker', instance: 'i' }];
    expect(told(await call(presentFor(ada, { hops: own }), 'pay', { amount: 50 }))).toBe('result');
  });

  it('is held to what its task is narrowed to [POL-15] [POL-16]', async () => {
    const target = { kind: 'tool', owner: 'fake', name: 'pay' } as const;
    const bounds = { amount: [{ kind: 'max', value: 10 }] } as const;
    const scope = { targets: [{ target, prefix: false, bounds }] };
    const until = world.identity.clock.now() + 1_000;
    const begun = { 'main/t-ada': { until, scope } };
    const { roster } = world.parts.state;
    world.control.takeRoster({ ...roster, number: roster.number + 1, begun });
    const presented = presentFor(ada, { isScoped: true });
    expect(told(await call(presented, 'pay', { amount: 10 }))).toBe('result');
    expect(told(await call(presented, 'pay', { amount: 11 }))).toBe('tools/outside-envelope');
    expect(told(await call(presented, 'look'))).toBe('tools/not-visible');
    world.control.takeRoster({ ...roster, number: roster.number + 2 });
    expect(told(await call(presented, 'pay', { amount: 1 }))).toBe('identity/unknown-scope');
  });

  it('is shown what its task is about, and what else there is does not exist for it [DAT-14]', async () => {
    const target = { kind: 'tool', owner: 'fake', name: 'look' } as const;
    const scope = { targets: [{ target, prefix: false, bounds: {} }] };
    const begun = { 'main/t-ada': { until: world.identity.clock.now() + 1_000, scope } };
    const { roster } = world.parts.state;
    world.control.takeRoster({ ...roster, number: roster.number + 1, begun });
    const presented = presentFor(ada, { isScoped: true });
    expect(await listed(presented)).toEqual(['fake__look']);
    // Somebody else's, and nobody's: one answer, to the letter.
    const [other, nothing] = [await call(presented, 'pay'), await call(presented, 'nothing')];
    expect([told(other), told(nothing)]).toEqual(['tools/not-visible', 'tools/not-visible']);
    const words = (outcome: Outcome) =>
      outcome.kind === 'refused' ? [outcome.refusal.message, outcome.refusal.details] : [];
    expect(words(other)).toEqual(words(nothing));
    expect(world.invocations).toEqual([]);
  });

  it.each<OverlayTarget>([
    { kind: 'user', tenant: 'main', issuer: 'https://idp.example', subject: 'ada' },
    { kind: 'delegation', tenant: 'main', delegation: 'd-ada' },
    { kind: 'task', tenant: 'main', task: 't-ada' },
  ])('is out with the next call when it is over: $kind [IDN-04] [IDN-23]', async (target) => {
    const presented = presentFor(ada);
    expect(told(await call(presented, 'look'))).toBe('result');
    world.overlay(target, target.kind === 'task' ? 'ended' : 'withdrawn');
    const refused = target.kind === 'task' ? 'identity/task-ended' : 'identity/delegation-ended';
    expect(told(await call(presented, 'look'))).toBe(refused);
    expect(told(await call(presentFor(bob), 'look'))).toBe('result');
    expect(world.invocations).toHaveLength(2);
  });

  it('is refused with a token of a client that is out, whoever its user is [CRD-20]', async () => {
    world.overlay({ kind: 'client', tenant: 'main', client: 'cursor' }, 'withdrawn');
    expect(told(await call(presentFor(ada), 'look'))).toBe('identity/delegation-ended');
    const other = presentFor(ada, { client: 'zed' });
    expect(told(await call(other, 'look'))).toBe('result');
  });
});

describe('a phase that does not enforce', () => {
  it.each(['observe', 'warn'])(
    'softens the agent alone, not its user nor its task: %s [TOL-24] [IDN-03]',
    async (phase) => {
      world = await createGatewayWorld({ ...documents, server: { ...documents.server, phase } });
      expect(told(await call(presentFor(undefined), 'pay', { amount: 101 }))).toBe('result');
      expect(told(await call(presentFor(ada), 'pay', { amount: 51 }))).toBe(
        'tools/outside-envelope',
      );
      expect(told(await call(presentFor(bob), 'pay', { amount: 1 }))).toBe('tools/not-visible');
    },
  );
});

describe('the limit of tools of an agent', () => {
  it('is of its manifest: what it cut is cut for every user and task too [TOL-17]', async () => {
    world = await createGatewayWorld({ ...documents, agent: { toolLimit: 1 } });
    expect(await listed(presentFor(ada))).toEqual(['fake__look']);
    expect(told(await call(presentFor(ada), 'pay', { amount: 1 }))).toBe('tools/not-visible');
  });
});

describe('what whoever listens was judged by', () => {
  it('is another thing for another user, scope or entitlement, and the same for the same', async () => {
    const { state, tools, standing, clock } = { ...world.parts, clock: world.identity.clock };
    const pages = { holds: () => false, added: 0 };
    const { rights } = listeningIn({ state, standing, tools, pages, clock });
    const as = (over: Partial<Principal>): Principal => ({ ...someone, ...over });
    const forAda = as({ user: ada });
    const before = rights(forAda);
    expect(rights(as({ user: { ...ada } }))).toBe(before);
    const others = [as({}), as({ user: bob }), as({ user: ada, scope: { effects: ['read'] } })];
    for (const other of others) expect(rights(other)).not.toBe(before);
    await world.publish({
      ...documents,
      entitlements: { everybody: documents.entitlements.everybody },
    });
    expect(rights(forAda)).not.toBe(before);
  });

  it('belongs to one user of an instance alone', () => {
    const delegation = { id: 'd', client: 'c', issuedAt: 1, token: 't' };
    const one = { ...someone, user: ada, delegation };
    expect(holderOf(one)).not.toBe(holderOf({ ...one, user: bob }));
    expect(holderOf(one)).not.toBe(holderOf({ ...one, delegation: { ...delegation, id: 'e' } }));
    expect(holderOf(one)).not.toBe(holderOf({ ...someone }));
    expect(holderOf(one)).toBe(holderOf({ ...one }));
  });
});

describe('two users of one agent', () => {
  it('carry each their own labels [IDN-03]', async () => {
    world = await createGatewayWorld({
      ...documents,
      server: { ...documents.server, results: { labels: ['untrusted'] } },
    });
    const pay = (user: UserLeg) => call(presentFor(user), 'pay', { amount: 1 });
    expect(told(await call(presentFor(bob), 'look'))).toBe('result');
    expect(told(await pay(ada))).toBe('result');
    expect(told(await call(presentFor(ada), 'look'))).toBe('result');
    expect(told(await pay(ada))).toBe('held');
  });

  it('spend each only their own yes [IDN-03]', async () => {
    const policies = ['@id("ask") @approval("money") permit(principal, action, resource);'];
    const everybody = { everyone: true, tools: [{ tool: 'fake/pay' }] };
    world = await createGatewayWorld({ ...documents, policies, entitlements: { everybody } });
    const held = await call(presentFor(ada), 'pay', { amount: 1 });
    if (held.kind !== 'held') throw new Error(held.kind);
    const { approval } = held;
    await world.approve(approval.approvalId);
    const others = await call(presentFor(bob), 'pay', { amount: 1 }, approval.handle);
    expect(others.kind).not.toBe('result');
    expect(world.invocations).toHaveLength(0);
    expect(told(await call(presentFor(ada), 'pay', { amount: 1 }, approval.handle))).toBe('result');
  });
});
