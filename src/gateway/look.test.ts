import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';

const payInput = {
  type: 'object',
  properties: { to: { type: 'string' }, amount: { type: 'integer' } },
  required: ['to', 'amount'],
};
const documents = {
  agent: { callsPerDay: 100 },
  definitions: [definition('pay', payInput)],
} satisfies WorldDocuments;
const args = { to: 'bob', amount: 7 };

let world: GatewayWorld;
let worker: TestInstance;
let handle: string;
let approvalId: string;

/** A held call with a yes; the look of the retry is still to come. */
beforeEach(async () => {
  world = await createGatewayWorld(documents);
  worker = await world.enrol();
  const held = await world.ask(worker, 'pay', args);
  if (held.kind !== 'held') throw new Error(JSON.stringify(held));
  ({ handle, approvalId } = held.approval);
  await world.approve(approvalId);
});

function retry(): Promise<Outcome> {
  return world.ask(worker, 'pay', args, handle);
}

async function grantState(): Promise<string | undefined> {
  return (await world.ledger.byId('main', approvalId))?.state;
}

const tightenings: readonly (readonly [string, string, () => Promise<void> | void])[] = [
  ['a stop of everything', 'stop/active', () => world.overlay({ kind: 'all' }, 'stop')],
  [
    'a stop of the tool',
    'stop/active',
    () =>
      world.overlay(
        { kind: 'target', tenant: 'main', target: { kind: 'tool', owner: 'fake', name: 'pay' } },
        'stop',
      ),
  ],
  [
    'a suspension in the overlay',
    'standing/agent-suspended',
    () => world.overlay({ kind: 'agent', tenant: 'main', agent: 'worker' }, 'suspend'),
  ],
  [
    'a suspension in the document',
    'standing/agent-suspended',
    () => world.publish({ ...documents, agent: { suspended: true } }),
  ],
  [
    'a revoked instance in the overlay',
    'standing/instance-revoked',
    () => {
      const { instance } = worker.enrolled;
      world.overlay({ kind: 'instance', tenant: 'main', instance }, 'revoke');
    },
  ],
  [
    'a key that is enrolled no more',
    'identity/key-mismatch',
    () => {
      const { number } = world.parts.state.roster;
      world.control.takeRoster({ number: number + 1, instances: {} });
    },
  ],
  [
    'a new policy that forbids',
    'policy/denied',
    () =>
      world.publish({
        ...documents,
        policies: ['@id("no") forbid(principal, action, resource);'],
      }),
  ],
  [
    'a policy that asks another class',
    'approvals/void',
    () =>
      world.publish({
        ...documents,
        policies: ['@id("two") @approval("dba") forbid(principal, action, resource);'],
      }),
  ],
  [
    'narrower bounds in the manifest',
    'tools/outside-envelope',
    () =>
      world.publish({
        ...documents,
        manifest: { tools: [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }] },
      }),
  ],
  [
    'a manifest without the tool',
    'tools/not-visible',
    () => world.publish({ ...documents, manifest: { tools: [{ tool: 'fake/other' }] } }),
  ],
  [
    'a manifest for less sensitive tools',
    'policy/denied',
    () =>
      world.publish({
        ...documents,
        manifest: { tools: [{ tool: 'fake/pay' }], sensitivity: 'public' },
      }),
  ],
  [
    'a quarantine in the overlay',
    'tools/quarantined',
    () =>
      world.overlay(
        { kind: 'target', tenant: 'main', target: { kind: 'tool', owner: 'fake', name: 'pay' } },
        'quarantine',
      ),
  ],
  [
    'a definition that changed',
    'tools/quarantined',
    () => void (world.shown = [definition('pay', { ...payInput, title: 'pays mallory' })]),
  ],
  ['a label that was raised', 'approvals/void', () => world.raise(['integrity:untrusted'])],
  ['a token that expired', 'identity/expired-token', () => world.identity.clock.advance(1_000_000)],
  ['a shutdown', 'gateway/shutting-down', () => world.control.shutDown()],
];

describe('while the gateway looks at the server before a yes is spent', () => {
  it('nothing that changed lets the call go on and spends the grant once [APR-06]', async () => {
    const answer = await retry();
    expect(answer.kind).toBe('result');
    expect(await grantState()).toBe('spent');
    expect(world.invocations).toHaveLength(1);
  });

  it.each(tightenings)(
    '%s refuses with %s, and the grant stays unspent [APR-06]',
    async (...row) => {
      const [, code, tighten] = row;
      world.onLook = tighten;
      const before = world.records.length;
      const answer = await retry();
      expect(answer.kind === 'refused' ? answer.refusal.code : answer.kind).toBe(code);
      expect(world.invocations).toEqual([]);
      expect(await grantState()).not.toBe('spent');
      const own = world.records.slice(before).filter(({ type }) => type === 'gateway.refused');
      expect(own.map(({ refusal }) => refusal?.code)).toEqual([code]);
      expect(own[0]?.actors[0]?.name).toBe('worker');
    },
  );

  it('it looks once, asks for one approval and writes one record for a call that is held', async () => {
    const looks = world.looks;
    const before = world.records.length;
    const held = await world.ask(worker, 'pay', { to: 'eve', amount: 1 });
    expect(held.kind).toBe('held');
    expect(world.looks).toBe(looks + 1);
    const types = world.records.slice(before).map(({ type }) => type);
    expect(types.filter((type) => type === 'approval.requested')).toHaveLength(1);
    expect(types.filter((type) => type === 'gateway.held')).toHaveLength(1);
    expect(types).not.toContain('gateway.refused');
  });

  it('a call is counted once against its quota, its rate and its connection', async () => {
    await world.publish({
      ...documents,
      agent: { callsPerDay: 100, rate: { perMinute: 1, burst: 2 } },
    });
    const { reserved } = world;
    expect((await retry()).kind).toBe('result');
    expect(world.reserved).toBe(reserved + 1);
    const others = [1, 2].map((amount) => world.ask(worker, 'pay', { to: 'eve', amount }));
    const kinds = (await Promise.all(others)).map((one) =>
      one.kind === 'refused' ? one.refusal.code : one.kind,
    );
    expect(kinds).toEqual(['held', 'standing/rate']);
  });

  it('a policy that now permits needs no yes any more, and spends none', async () => {
    world.onLook = () =>
      world.publish({
        ...documents,
        policies: ['@id("yes") permit(principal, action, resource);'],
      });
    expect((await retry()).kind).toBe('result');
    expect(await grantState()).toBe('approved');
  });
});
