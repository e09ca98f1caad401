import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  createGatewayWorld,
  definition,
  type GatewayWorld,
  type WorldDocuments,
} from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { explainCall } from './explain-call.ts';

const input = { type: 'object', properties: { amount: { type: 'integer' } } };
const within: WorldDocuments = {
  definitions: [definition('pay', input), definition('hidden', input)],
  policies: ['@id("yes") permit(principal, action, resource);'],
  manifest: { tools: [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }] },
};
const crossing = { ...within, server: { default: { sensitivity: 'sensitive' } } };
const asking = {
  ...within,
  policies: ['@id("ask") @approval("two") permit(principal, action, resource);'],
};
const forbidding = { ...within, policies: ['@id("no") forbid(principal, action, resource);'] };
const unpinned = { definitions: [], manifest: { tools: [{ tool: 'fake/pay' }] } };

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(within);
  worker = await world.enrol();
});

async function explain(tool: string, args: JsonObject) {
  const { tools: own, policy, state, clock } = world.parts;
  const show = async (tenant: string, server: string, name: string) =>
    ['pay', 'hidden'].includes(name)
      ? ({
          tenant,
          server,
          tool: name,
          state: 'gone',
          pinned: undefined,
          observed: undefined,
        } as const)
      : undefined;
  const planes = { tools: own, policy };
  const configuration = () => state.configuration;
  const parts = { configuration, planes, clock, desks: { tools: { show } } };
  const asked = { agent: 'worker', tool: `fake/${tool}`, arguments: args, labels: [] };
  return explainCall(parts, 'main', asked);
}

/** What the gateway does with the same call, in the words of an explanation. */
async function really(tool: string, args: JsonObject) {
  const outcome = await world.ask(worker, tool, args);
  const { decision } = world.records.findLast((one) => one.decision !== undefined) ?? {};
  if (outcome.kind === 'result') return { effect: 'allow', decision };
  if (outcome.kind === 'held') return { effect: 'approve', decision };
  if (outcome.kind !== 'refused') throw new Error(`answered ${outcome.kind}`);
  return { effect: 'deny', code: outcome.refusal.code, decision };
}

describe('a call that is explained', () => {
  it.each<readonly [string, WorldDocuments, string, JsonObject]>([
    ['permitted', within, 'pay', { amount: 5 }],
    ['outside its bounds', within, 'pay', { amount: 6 }],
    ['without a bounded argument', within, 'pay', {}],
    ['over a boundary of sensitivity', crossing, 'pay', { amount: 5 }],
    ['of a tool outside the manifest', within, 'hidden', { amount: 5 }],
    ['of a tool that does not exist', within, 'gone', { amount: 5 }],
    ['of a tool that nobody approved', unpinned, 'pay', {}],
    ['with arguments of another type', within, 'pay', { amount: 'many' }],
    ['that policy forbids', forbidding, 'pay', { amount: 5 }],
    ['that policy asks a human about', asking, 'pay', { amount: 5 }],
  ])('%s: gets the answer that the gateway gives [POL-07]', async (_, documents, tool, args) => {
    await world.publish(documents);
    const told = await explain(tool, args);
    expect([world.invocations, world.records]).toEqual([[], []]);
    const real = await really(tool, args);
    expect(told.effect).toBe(real.effect);
    if (real.decision !== undefined) {
      const { rules, questions, policyDigest } = real.decision;
      expect(told).toMatchObject({ rules, questions, policyDigest });
    }
    // Policy's own no is told by its rules; any other by what the agent hears.
    const byPolicy = real.code === undefined || real.code.startsWith('policy/');
    expect(told.refusal?.code).toBe(byPolicy ? undefined : real.code);
  });

  it('says that a tool does not exist, and does not say it of one that is only out of reach', async () => {
    expect(await explain('gone', {})).toMatchObject({ effect: 'deny', toolKnown: false });
    expect(await explain('hidden', {})).toMatchObject({ effect: 'deny', toolKnown: true });
  });

  it('says in its lines what the agent would hear', async () => {
    const { lines } = await explain('pay', { amount: 6 });
    expect(lines.join('\n')).toMatch(/inside its bounds: no\n[^]*hears {2}tools\/outside-envelope/);
  });
});
