import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const given = { id: 'override-1', by: 'ann' };

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  const anything = { type: 'object', properties: { id: { type: 'number' } } };
  world = await createGatewayWorld({
    definitions: ['read', 'pay', 'wipe'].map((name) => definition(name, anything)),
    server: {
      tools: {
        read: { effect: 'read', results: { labels: ['untrusted'] } },
        pay: { effect: 'write' },
        wipe: { effect: 'delete' },
      },
    },
    policies: [
      `@id("reads") permit(principal, action == Action::"fake/read", resource);
      @id("writes") @approval("money")
      permit(principal, action in [Action::"fake/pay", Action::"fake/wipe"], resource);
      @id("never") forbid(principal, action == Action::"fake/wipe", resource);`,
    ],
  });
  worker = await world.enrol();
});

const pay = (id = 1) => world.ask(worker, 'pay', { id });
const called = () => world.invocations.map(({ tool }) => tool);
const codeOf = (outcome: Outcome) =>
  outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;

describe('a call under an override', () => {
  it('goes on where policy asks, with the id of the override and whose it is on record, and nobody is asked [POL-08]', async () => {
    expect((await pay()).kind).toBe('held');
    world.ledger.override = given;
    world.records.length = 0;
    expect((await pay(2)).kind).toBe('result');
    expect(called()).toEqual(['pay']);
    expect(world.ledger.overrideAsks.at(-1)).toMatchObject({
      tenant: 'main',
      target: 'tool:fake/pay',
      approvalClass: 'money+write',
      effectClass: 'write',
    });
    const of = world.records.filter(
      ({ type, target }) =>
        /^policy\.(intent|outcome)$/.test(type) && target?.target === 'tool:fake/pay',
    );
    expect(of.map(({ type, approval, decision }) => [type, approval, decision?.effect])).toEqual(
      ['policy.intent', 'policy.outcome'].map((type) => [
        type,
        { ...given, class: 'money+write', override: true },
        'approve',
      ]),
    );
    expect(world.records.filter(({ type }) => type === 'approval.requested')).toEqual([]);
  });

  it('that waited already goes on by its handle, once there is one [POL-08]', async () => {
    const held = await pay();
    if (held.kind !== 'held') throw new Error(held.kind);
    world.ledger.override = given;
    const { handle, approvalId } = held.approval;
    const presented = await world.present(worker);
    const again = { kind: 'invoke', tool: 'fake.pay', args: { id: 1 }, handle } as const;
    expect((await world.send(presented, again)).kind).toBe('result');
    // Control closes what was asked about this very call.
    const asked = await world.ledger.byHandle('main', handle);
    expect(asked?.id).toBe(approvalId);
    expect(world.ledger.overrideAsks.at(-1)?.callDigest).toBe(asked?.callDigest);
    await pay();
    expect(world.ledger.overrideAsks.at(-1)?.callDigest).toBe(asked?.callDigest);
  });

  it('is never one that policy forbids: nobody even looks for an override [POL-08]', async () => {
    world.ledger.override = given;
    expect(codeOf(await world.ask(worker, 'wipe', { id: 1 }))).toBe('policy/denied');
    expect(world.ledger.overrideAsks).toEqual([]);
    expect(called()).toEqual([]);
  });

  it('is never one that is asked because of what strangers brought into the task [POL-08]', async () => {
    world.ledger.override = given;
    expect((await world.ask(worker, 'read', { id: 1 })).kind).toBe('result');
    expect((await pay()).kind).toBe('held');
    expect(world.ledger.overrideAsks).toEqual([]);
    expect(called()).toEqual(['read']);
  });

  it('is refused where nobody can say whether there is one [POL-08] [AUD-05]', async () => {
    world.ledger.overrideFor = () => Promise.reject(new BailiwickError('store/unavailable'));
    expect(codeOf(await pay())).toBe('approvals/unavailable');
    expect(called()).toEqual([]);
  });
});
