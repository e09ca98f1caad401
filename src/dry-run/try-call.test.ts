import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Label } from '#kernel/label.ts';
import { explainPartsOf } from '../../test/fakes/explained-call.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { type TriedCall, tryCall } from './try-call.ts';

const input = {
  type: 'object',
  properties: { amount: { type: 'integer' }, to: { type: 'string' } },
  required: ['amount'],
};
/** What comes back raises no label, so that each call is judged by the same ones. */
const plain = {
  default: { effect: 'write', results: { labels: [] } },
  tools: { note: { effect: 'read', results: { labels: [] } } },
};
const base: WorldDocuments = {
  definitions: [definition('pay', input), definition('note', input), definition('hidden', input)],
  pinned: [definition('pay', input), definition('note', input)],
  manifest: {
    tools: [{ tool: 'fake/pay', arguments: { amount: { max: 50 } } }, { tool: 'fake/note' }],
  },
  server: plain,
};
const yes = '@id("yes") permit(principal, action, resource);';
const big =
  '@id("big") forbid(principal, action == Action::"fake/pay", resource) when { context.input.amount > 20 };';
const ask =
  '@id("ask") @approval("two") forbid(principal, action == Action::"fake/pay", resource) when { context.input has to && context.input.to like "b*" };';

/** Each another way to answer the same calls, with what of it must have been met. */
const configurations: Readonly<Record<string, readonly [WorldDocuments, readonly string[]]>> = {
  'built in': [base, ['allowed', 'held', 'tools/outside-envelope', 'tools/invalid-arguments']],
  permitting: [{ ...base, policies: [yes] }, ['allowed', 'held', 'tools/not-visible']],
  forbidding: [{ ...base, policies: [yes, big, ask] }, ['allowed', 'held', 'policy/denied']],
  'of a server that is not enforced': [
    { ...base, policies: [yes, big], server: { ...plain, phase: 'observe' } },
    ['allowed', 'tools/invalid-arguments'],
  ],
  'of sensitive things': [
    { ...base, server: { ...plain, default: { ...plain.default, sensitivity: 'sensitive' } } },
    ['allowed', 'policy/denied'],
  ],
};

const amount = fc.oneof(
  { arbitrary: fc.integer({ min: -5, max: 60 }), weight: 8 },
  { arbitrary: fc.constantFrom('many', null), weight: 1 },
);
const call = fc.record({
  tool: fc.oneof(
    { arbitrary: fc.constant('pay'), weight: 5 },
    { arbitrary: fc.constantFrom('note', 'hidden', 'gone', 'constructor'), weight: 3 },
  ),
  args: fc.record(
    { amount, to: fc.constantFrom('ann', 'bob', '') },
    { requiredKeys: ['amount'] },
  ) as fc.Arbitrary<JsonObject>,
});
const labelled: readonly (readonly Label[])[] = [
  [],
  ['integrity:untrusted'],
  ['confidentiality:secret'],
];

describe('a call that is tried', () => {
  it.each(Object.entries(configurations))(
    'is answered as the gateway answers it, whatever is called [POL-07]: %s',
    async (_, [documents, reached]) => {
      const seen = new Set<string>();
      for (const labels of labelled) {
        const world = await createGatewayWorld(documents);
        const worker = await world.enrol();
        await world.ask(worker, 'note', { amount: 1 });
        if (labels.length > 0) await world.raise(labels);
        await fc.assert(
          fc.asyncProperty(call, async ({ tool, args }) => {
            const told = await answered(world, asTried(tool, args, labels));
            const before = world.records.length;
            // Refusals trip the breaker of whoever repeats them, which is no part of a configuration.
            world.parts.refusals.relief('main', worker.enrolled.instance);
            const real = await world.ask(worker, tool, args);
            const said = saidBy(world, real, before);
            // Of a refusal that is repeated there is no record of its own, so no rules.
            expect(said.rules === undefined ? { ...told, rules: undefined } : told).toEqual(said);
            seen.add('code' in told ? told.code : told.kind);
          }),
          { numRuns: 40, seed: 20_261_127 + labels.length },
        );
      }
      // Neither all let through nor all refused at the door.
      expect([...seen].toSorted()).toEqual(expect.arrayContaining([...reached]));
    },
    60_000,
  );

  it('without arguments carries what the approved schema requires, with the least of each', async () => {
    const world = await createGatewayWorld({ ...base, policies: [yes] });
    const bare = (tool: string) => ({ ...asTried(tool, {}, []), arguments: undefined });
    expect(await answered(world, bare('note'))).toMatchObject({ kind: 'allowed' });
    expect(await answered(world, asTried('note', {}, []))).toMatchObject({
      code: 'tools/invalid-arguments',
    });
  });

  it('sends, counts and records nothing, and asks nobody [POL-07]', async () => {
    const world = await createGatewayWorld({ ...base, policies: [ask] });
    await answered(world, asTried('pay', { amount: 1, to: 'bob' }, []));
    expect([world.invocations, world.records, world.reserved]).toEqual([[], [], 0]);
    expect(await world.ledger.list({ tenant: 'main', limit: 10 })).toEqual([]);
  });

  it('is answered by the environment that its document says, whatever the call says [POL-09]', async () => {
    const policies = [
      '@id("dev") permit(principal, action, resource) when { context.environment == "dev" };',
      '@id("staging") @approval("staging") permit(principal, action, resource) when { context.environment == "staging" };',
      '@id("prod") forbid(principal, action, resource) when { context.environment == "prod" };',
    ];
    const open = { type: 'object', properties: { environment: { type: 'string' } } };
    const documents = {
      ...base,
      definitions: [definition('pay', open)],
      pinned: [definition('pay', open)],
      manifest: { tools: [{ tool: 'fake/pay' }] },
      policies,
    };
    const answers: string[] = [];
    for (const environment of ['dev', 'staging', 'prod']) {
      const world = await createGatewayWorld({ ...documents, agent: { environment } });
      const worker = await world.enrol();
      const args = { environment: 'dev' };
      const told = await answered(world, asTried('pay', args, []));
      const before = world.records.length;
      expect(told).toEqual(saidBy(world, await world.ask(worker, 'pay', args), before));
      answers.push(`${environment} ${told.kind}`);
    }
    expect(answers).toEqual(['dev allowed', 'staging held', 'prod refused']);
  });

  it('is refused where its agent is suspended, or its token proves no key', async () => {
    const world = await createGatewayWorld({ ...base, policies: [yes] });
    const unbound = { ...asTried('pay', { amount: 1 }, []), binding: 'none' } as const;
    expect(await answered(world, unbound)).toMatchObject({ code: 'identity/unbound-not-allowed' });
    const read = { ...asTried('note', { amount: 1 }, []), binding: 'none' } as const;
    expect(await answered(world, read)).toMatchObject({ kind: 'allowed' });
  });
});

function asTried(tool: string, args: JsonObject, labels: readonly Label[]): TriedCall {
  return {
    tenant: 'main',
    agent: 'worker',
    target: { kind: 'tool', owner: 'fake', name: tool },
    arguments: args,
    labels,
    user: undefined,
    via: [],
    binding: 'dpop',
    time: 0,
  };
}

async function answered(world: GatewayWorld, asked: TriedCall) {
  const { configuration } = world.parts.state;
  if (configuration === undefined) throw new Error('nothing is in force');
  const now = world.parts.clock.now();
  const told = await tryCall(explainPartsOf(world), configuration, { ...asked, time: now });
  const { decision } = told.answer;
  return { ...told.verdict, rules: isByPolicy(told.verdict) ? decision.rules : undefined };
}

function isByPolicy(verdict: { readonly kind: string; readonly code?: string }): boolean {
  return verdict.kind !== 'refused' || verdict.code?.startsWith('policy/') === true;
}

/** What really came of it, in the same words. */
function saidBy(
  world: GatewayWorld,
  outcome: Awaited<ReturnType<GatewayWorld['ask']>>,
  before: number,
) {
  const since = world.records.slice(before);
  const { decision } = since.findLast((one) => one.decision !== undefined) ?? {};
  const rules = decision?.rules;
  if (outcome.kind === 'result') return { kind: 'allowed', rules };
  if (outcome.kind === 'held') {
    const { approval } = world.records.findLast(({ type }) => type === 'gateway.held') ?? {};
    return { kind: 'held', class: approval?.class, rules };
  }
  if (outcome.kind !== 'refused') throw new Error(`answered ${outcome.kind}`);
  const { code } = outcome.refusal;
  return { kind: 'refused', code, rules: code.startsWith('policy/') ? rules : undefined };
}
