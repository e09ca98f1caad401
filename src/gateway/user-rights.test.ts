import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { UserLeg } from '#kernel/principal.ts';
import { FakeAuthZen } from '../../test/fakes/fake-authzen.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { presentedFor } from '../../test/fakes/presented-for.ts';

const input: JsonObject = { type: 'object', properties: { amount: { type: 'number' } } };
const definitions = ['look', 'pay'].map((name) => definition(name, input));
const issuer = 'https://idp.example';
const ada: UserLeg = { subject: 'ada', issuer, groups: ['finance'] };
const bob: UserLeg = { subject: 'bob', issuer, groups: ['sales'] };

let world: GatewayWorld;
let pdp: FakeAuthZen;

function documents(over: JsonObject = {}) {
  const asked = { url: pdp.url, timeoutMs: 5_000, loopback: true, ...over };
  return {
    definitions,
    entitlements: {
      finance: { groups: ['finance'], tools: [{ tool: 'fake/pay' }], pdp: asked },
      looking: { everyone: true, tools: [{ tool: 'fake/look' }] },
      sales: { groups: ['sales'], tools: [{ tool: 'fake/pay' }] },
    },
    policies: ['@id("all") permit(principal, action, resource);'],
  };
}

beforeEach(async () => {
  pdp = await new FakeAuthZen().start();
  world = await createGatewayWorld(documents());
});
afterEach(() => pdp.close());

function call(
  user: UserLeg | undefined,
  tool: string,
  args: JsonObject = {},
  over: { handle?: string; signal?: AbortSignal } = {},
) {
  const ask = { kind: 'invoke', tool: `fake.${tool}`, args, handle: over.handle } as const;
  return world.send(presentedFor(world, user), ask, over.signal);
}

async function codeOf(outcome: Promise<Outcome>): Promise<string> {
  const made = await outcome;
  return made.kind === 'refused' ? made.refusal.code : made.kind;
}

describe('an entitlement that counts by the yes of a decision point', () => {
  it('lets a call go on with it, and stops it without, each call by itself [IDN-03]', async () => {
    pdp.decide = () => true;
    expect(await codeOf(call(ada, 'pay'))).toBe('result');
    pdp.decide = () => false;
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-denied');
    expect([pdp.asked.length, world.invocations.length]).toEqual([2, 1]);
  });

  it('asks with user, action, target and digest, and with arguments only where its document says so', async () => {
    pdp.decide = () => true;
    const hops = [{ agent: 'worker', instance: 'i' }];
    const args = { amount: 7 };
    const ask = { kind: 'invoke', tool: 'fake.pay', args, handle: undefined } as const;
    await world.send(presentedFor(world, ada, { hops }), ask);
    const question = {
      subject: { type: 'user', id: 'ada', properties: { issuer, groups: ['finance'] } },
      action: { name: 'pay', properties: { effect: 'write', reversible: false } },
      resource: {
        type: 'tool',
        id: 'tool:fake/pay',
        properties: { owner: 'fake', sensitivity: 'internal' },
      },
      context: {
        agent: 'worker',
        via: ['worker'],
        task: 't-ada',
        argumentsDigest: sha256Hex(canonicalBytes(args)),
      },
    };
    expect(pdp.asked).toEqual([question]);
    await world.publish(documents({ arguments: true }));
    await world.send(presentedFor(world, ada, { hops }), ask);
    expect(pdp.asked[1]).toEqual({
      ...question,
      context: { ...question.context, arguments: args },
    });
  });

  it('is in the record of the call, whatever was answered', async () => {
    pdp.decide = () => true;
    await call(ada, 'pay');
    pdp.decide = () => false;
    await call(ada, 'pay', { amount: 1 });
    pdp.decide = () => ({ status: 500 });
    expect(await codeOf(call(ada, 'pay', { amount: 2 }))).toBe('policy/pdp-unavailable');
    const entitlements = ['finance'];
    const unavailable = {
      entitlements,
      answer: 'unavailable',
      reason: 'it answered with status 500',
    };
    const ofCalls = ['policy.intent', 'policy.outcome', 'gateway.refused'];
    const about = world.records.filter(({ type }) => ofCalls.includes(type));
    const told = about.map(({ type, pdp: part, refusal }) => [type, refusal?.stage, part]);
    expect(told).toEqual([
      ['policy.intent', undefined, [{ entitlements, answer: 'permit' }]],
      ['policy.outcome', undefined, [{ entitlements, answer: 'permit' }]],
      ['gateway.refused', 'decide', [{ entitlements, answer: 'deny' }]],
      ['gateway.refused', 'decide', [unavailable]],
    ]);
  });

  it('is no right while nobody answers', async () => {
    await pdp.close();
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-unavailable');
    expect(await codeOf(call(ada, 'look'))).toBe('result');
    pdp = await new FakeAuthZen().start();
  });

  it('asks nobody about whom it does not concern, nor about what others give', async () => {
    expect(await codeOf(call(bob, 'pay'))).toBe('result');
    expect(await codeOf(call(undefined, 'pay'))).toBe('result');
    expect(await codeOf(call(ada, 'look'))).toBe('result');
    expect(pdp.asked).toEqual([]);
    expect(world.records.filter((one) => 'pdp' in one)).toEqual([]);
  });

  it('asks nobody about what policy or documents refuse already', async () => {
    pdp.decide = () => true;
    const no = ['@id("no") forbid(principal, action, resource);', ...documents().policies];
    await world.publish({ ...documents(), policies: no });
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/denied');
    await world.publish({ ...documents(), manifest: { tools: [{ tool: 'fake/look' }] } });
    expect(await codeOf(call(ada, 'pay'))).toBe('tools/not-visible');
    expect(pdp.asked).toEqual([]);
  });

  it.each(['observe', 'warn'])('is softened by no phase: %s', async (phase) => {
    await world.publish({ ...documents(), server: { phase } });
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-denied');
    expect(await codeOf(call(bob, 'pay'))).toBe('result');
  });

  it('is asked before a human is, and again before the yes of the human is spent', async () => {
    const policies = ['@id("ask") @approval("money") permit(principal, action, resource);'];
    await world.publish({ ...documents(), policies });
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-denied');
    expect(world.records.some(({ type }) => type === 'approval.requested')).toBe(false);
    pdp.decide = () => true;
    const held = await call(ada, 'pay');
    if (held.kind !== 'held') throw new Error(held.kind);
    const { handle, approvalId } = held.approval;
    await world.approve(approvalId);
    pdp.decide = () => false;
    expect(await codeOf(call(ada, 'pay', {}, { handle }))).toBe('policy/pdp-denied');
    expect(world.invocations).toEqual([]);
    pdp.decide = () => true;
    expect(await codeOf(call(ada, 'pay', {}, { handle }))).toBe('result');
  });

  it('is asked with its credential from the vault, and not without', async () => {
    pdp.decide = () => true;
    pdp.token = 'canary-of-the-pdp';
    const named = documents({ credential: 'pdp-key' });
    await world.publish(named);
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-unavailable');
    expect(pdp.asked).toEqual([]);
    await world.publish({ ...named, secrets: { 'pdp-key': 'canary-of-the-pdp' } });
    expect(await codeOf(call(ada, 'pay'))).toBe('result');
    expect(JSON.stringify(world.records)).not.toContain('canary-of-the-pdp');
  });

  it('ends with its call when the client leaves', async () => {
    pdp.decide = () => 'never';
    const gone = new AbortController();
    const left = codeOf(call(ada, 'pay', {}, { signal: gone.signal }));
    await expect.poll(() => pdp.asked.length).toBe(1);
    gone.abort();
    expect(await left).toBe('gateway/cancelled');
    await expect.poll(() => pdp.open).toBe(0);
  });

  it('lets a user whom several are about do what one of them gives, asking pdpsPerCall at most', async () => {
    const others = await Promise.all(
      Array.from({ length: limits.pdpsPerCall + 1 }, () => new FakeAuthZen().start()),
    );
    const entitlements = Object.fromEntries(
      others.map(({ url }, at) => [
        `e${at}`,
        {
          users: ['ada'],
          tools: [{ tool: 'fake/pay' }],
          pdp: { url, loopback: true, timeoutMs: 5_000 },
        },
      ]),
    );
    const yesOf = (which: number) => {
      for (const [at, other] of others.entries()) other.decide = () => at === which;
    };
    const asked = () => others.map((one) => one.asked.splice(0).length);
    const server = { tools: { pay: { effect: 'write', results: { labels: [] } } } };
    await world.publish({ ...documents(), entitlements, server });
    yesOf(1);
    expect(await codeOf(call(ada, 'pay'))).toBe('result');
    expect(asked()).toEqual([1, 1, 0, 0, 0]);
    yesOf(limits.pdpsPerCall - 1);
    expect(await codeOf(call(ada, 'pay'))).toBe('result');
    expect(asked()).toEqual([1, 1, 1, 1, 0]);
    yesOf(limits.pdpsPerCall);
    expect(await codeOf(call(ada, 'pay'))).toBe('policy/pdp-denied');
    expect(asked()).toEqual([1, 1, 1, 1, 0]);
    await Promise.all(others.map((one) => one.close()));
  });
});
