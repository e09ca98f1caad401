import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../test/fakes/gateway-world.ts';

const pay = definition('pay', {
  type: 'object',
  properties: {
    to: { type: 'string' },
    amount: { type: 'integer', default: 7 },
    how: {
      type: 'object',
      properties: { speed: { type: 'string', default: 'slow' } },
      required: ['speed'],
    },
  },
  required: ['to', 'amount'],
});
const whole = { amount: 7, how: { speed: 'slow' }, to: 'bob' };
const bytes = canonicalBytes(whole);
const sent = { to: 'bob', how: {} };

const documents = {
  definitions: [pay],
  server: { tools: { pay: { effect: 'write', results: { labels: [] } } } },
};
const allowed = { ...documents, policies: ['@id("yes") permit(principal, action, resource);'] };

describe('an argument that is required, has a default and is left out', () => {
  it('is filled in before anything: the upstream, the digest and the record have the same bytes [TOL-15]', async () => {
    const world = await createGatewayWorld(allowed);
    const agent = await world.enrol();
    expect((await world.ask(agent, 'pay', sent)).kind).toBe('result');
    expect(world.invocations.map(({ argumentBytes }) => String(argumentBytes))).toEqual([
      String(bytes),
    ]);
    const digests = world.records.flatMap(({ arguments: of }) => (of === undefined ? [] : [of]));
    expect(digests.length).toBeGreaterThan(0);
    const asWhole = await createGatewayWorld(allowed);
    await asWhole.ask(await asWhole.enrol(), 'pay', whole);
    expect(asWhole.invocations.map(({ argumentBytes }) => String(argumentBytes))).toEqual([
      String(bytes),
    ]);
  });

  it('is what rules are asked about', async () => {
    const world = await createGatewayWorld({
      ...documents,
      policies: [
        '@id("small") permit(principal, action == Action::"fake/pay", resource) when { context.input.amount == 7 };',
      ],
    });
    const agent = await world.enrol();
    expect((await world.ask(agent, 'pay', sent)).kind).toBe('result');
    const other = await world.ask(agent, 'pay', { ...sent, amount: 8 });
    expect(other.kind).toBe('held');
  });

  it('is what a human says yes to: the whole call spends the yes for the short one, once', async () => {
    const world = await createGatewayWorld(documents);
    const agent = await world.enrol();
    const held = await world.ask(agent, 'pay', sent);
    if (held.kind !== 'held') throw new Error(JSON.stringify(held));
    const asked = await world.ledger.byId('main', held.approval.approvalId);
    expect(asked?.binding.argumentsDigest).toBe(sha256Hex(bytes));
    expect(asked?.context.argumentsText).toBe(String(bytes));
    await world.approve(held.approval.approvalId);
    expect((await world.ask(agent, 'pay', whole)).kind).toBe('result');
    expect((await world.ask(agent, 'pay', sent)).kind).toBe('held');
  });

  it('is judged like any other: no type is changed, and a default that does not fit is refused', async () => {
    const world = await createGatewayWorld(allowed);
    const agent = await world.enrol();
    for (const amount of ['7', 7.5, null]) {
      expect(await world.ask(agent, 'pay', { to: 'bob', amount })).toMatchObject({
        kind: 'refused',
        refusal: { code: 'tools/invalid-arguments' },
      });
    }
    const wrong = definition('pay', {
      type: 'object',
      properties: { amount: { type: 'integer', default: 'seven' } },
      required: ['amount'],
    });
    const lying = await createGatewayWorld({ ...allowed, definitions: [wrong] });
    expect(await lying.ask(await lying.enrol(), 'pay', {})).toMatchObject({
      kind: 'refused',
      refusal: { code: 'tools/invalid-arguments' },
    });
    expect(lying.invocations).toHaveLength(0);
  });

  it('is as large as arguments may be, and no larger', async () => {
    const large = definition('pay', {
      type: 'object',
      properties: {
        rows: {
          type: 'array',
          items: {
            type: 'object',
            properties: { text: { type: 'string', default: 'x'.repeat(100_000) } },
            required: ['text'],
          },
        },
      },
    });
    const world = await createGatewayWorld({ ...allowed, definitions: [large] });
    const agent = await world.enrol();
    expect((await world.ask(agent, 'pay', { rows: [{}] })).kind).toBe('result');
    expect(await world.ask(agent, 'pay', { rows: [{}, {}, {}] })).toMatchObject({
      kind: 'refused',
      effect: 'none',
      refusal: { code: 'tools/schema-budget' },
    });
  });
});
