import { beforeEach, describe, expect, it } from 'vitest';
import type { Action } from '#kernel/call.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import { anyOwner, parseTarget, type Target } from '#kernel/target.ts';
import { modelJudge } from '#planes/models/index.ts';
import { promptJudge, resourceJudge, toolJudge } from '#planes/tools/index.ts';
import { definition, type WorldDocuments } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';
import { explainCall } from './explain-call.ts';
import type { ControlParts } from './parts.ts';

const key = 'k-Zk3+explained/9';
const input = { type: 'object', properties: { amount: { type: 'integer' } } };
const targets = [
  'resource:fake/file:///docs/*',
  { target: 'prompt:fake/summary', arguments: { topic: { oneOf: ['refunds'] } } },
  'model:fake/fake-echo',
];
const tools = [{ tool: 'fake/pay', arguments: { amount: { max: 5 } } }];
const within: WorldDocuments = {
  definitions: [definition('pay', input), definition('hidden', input)],
  policies: ['@id("yes") permit(principal, action, resource);'],
  manifest: { tools, targets },
  secrets: { key },
};
const crossing = { ...within, server: { default: { effect: 'write', sensitivity: 'sensitive' } } };
const asking = {
  ...within,
  policies: ['@id("ask") @approval("two") permit(principal, action, resource);'],
};
const forbidding = { ...within, policies: ['@id("no") forbid(principal, action, resource);'] };
const unpinned = { definitions: [], manifest: { tools: [{ tool: 'fake/pay' }] } };
const twice = {
  ...within,
  servers: ['second'],
  manifest: { tools, targets: ['resource:fake/file:///*', 'resource:second/file:///*'] },
};

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(within);
  worker = await world.enrol();
  world.onExchange = ({ method, named = '' }) => ({
    kind: 'answer',
    result: method === 'prompts/get' ? { messages: [] } : { contents: [{ uri: named, text: 'x' }] },
    bytes: 2,
  });
});

async function publish(documents: WorldDocuments): Promise<void> {
  const provider = {
    connect: { url: 'http://127.0.0.1:1/v1' },
    credential: { secret: 'key' },
    models: { 'fake-echo': { maxOutputTokens: 10 }, other: {} },
  };
  await world.publish({ ...documents, provider });
}

function parsed(text: string): Target & { readonly name: string } {
  const target = parseTarget(text);
  if (target?.name === undefined) throw new Error(`not a target: ${text}`);
  return { ...target, name: target.name };
}

async function explain(text: string, args: JsonObject | undefined, labels: Labels = []) {
  const { tools: own, policy, state, clock } = world.parts;
  const show = async (tenant: string, server: string, tool: string) =>
    tool === 'shown'
      ? ({ tenant, server, tool, state: 'gone', pinned: undefined, observed: undefined } as const)
      : undefined;
  const judges = [toolJudge(own), resourceJudge, promptJudge, modelJudge];
  const configuration = () => state.configuration;
  const overrides = { list: () => [] } as unknown as ControlParts['desks']['overrides'];
  const desks = { tools: { show }, overrides };
  const parts = { configuration, planes: { policy, judges }, clock, desks };
  const target = parseTarget(text) ?? parsed('');
  return explainCall(parts, 'main', { agent: 'worker', target, arguments: args, labels });
}

/** As the fronts write it. */
function actionOf(target: Target & { readonly name: string }, args: JsonObject): Action {
  const about = { named: target.name, arguments: args, argumentBytes: canonicalBytes(args) };
  switch (target.kind) {
    case 'resource': {
      const { name } = target;
      const given = { uri: name };
      const argumentBytes = canonicalBytes(given);
      const whose = { kind: 'resource', owner: anyOwner, name } as const;
      return { kind: 'resource-read', target: whose, named: name, arguments: given, argumentBytes };
    }
    case 'prompt':
      return { kind: 'prompt-get', target, ...about };
    case 'model':
      return { kind: 'model-generate', target, ...about };
    case 'tool':
    case 'agent':
    case 'host':
      return { kind: 'tool-call', target, ...about };
  }
}

/** What the gateway does with the same call, in the words of an explanation. */
async function really(text: string, args: JsonObject) {
  const presented = await world.present(worker);
  const action = actionOf(parsed(text), args);
  const outcome = await world.send(presented, { kind: 'other', method: 'any', action });
  const { decision } = world.records.findLast((one) => one.decision !== undefined) ?? {};
  if (outcome.kind === 'result') return { effect: 'allow', decision };
  if (outcome.kind === 'held') return { effect: 'approve', decision };
  if (outcome.kind !== 'refused') throw new Error(`answered ${outcome.kind}`);
  return { effect: 'deny', code: outcome.refusal.code, decision };
}

const pay = 'tool:fake/pay';
const page = 'resource:fake/file:///docs/x.md';
const summary = 'prompt:fake/summary';
const echo = 'model:fake/fake-echo';
const refunds = { topic: 'refunds' };
const messages = [{ role: 'user', content: 'hello' }];

describe('a call that is explained', () => {
  it.each<readonly [string, WorldDocuments, string, JsonObject]>([
    ['permitted', within, pay, { amount: 5 }],
    ['outside its bounds', within, pay, { amount: 6 }],
    ['without a bounded argument', within, pay, {}],
    ['over a boundary of sensitivity', crossing, pay, { amount: 5 }],
    ['of a tool outside the manifest', within, 'tool:fake/hidden', { amount: 5 }],
    ['of a tool that does not exist', within, 'tool:fake/gone', { amount: 5 }],
    ['of a tool that nobody approved', unpinned, pay, {}],
    ['with arguments of another type', within, pay, { amount: 'many' }],
    ['that policy forbids', forbidding, pay, { amount: 5 }],
    ['that policy asks a human about', asking, pay, { amount: 5 }],
    ['of a resource, permitted', within, page, {}],
    ['of a resource outside the manifest', within, 'resource:fake/file:///etc/x', {}],
    ['of a resource that leaves its folder', within, 'resource:fake/file:///docs/../x', {}],
    ['of a resource that two servers could have', twice, page, {}],
    ['of a resource, that policy forbids', forbidding, page, {}],
    ['of a resource, that policy asks a human about', asking, page, {}],
    ['of a prompt, permitted', within, summary, refunds],
    ['of a prompt outside the manifest', within, 'prompt:fake/other', refunds],
    ['of a prompt, outside its bounds', within, summary, { topic: 'salaries' }],
    ['of a prompt, without a bounded argument', within, summary, {}],
    ['of a prompt, that policy forbids', forbidding, summary, refunds],
    ['of a prompt, that policy asks a human about', asking, summary, refunds],
    ['of a model, permitted', within, echo, { messages }],
    ['of a model outside the manifest', within, 'model:fake/other', { messages }],
    ['of a model that does not exist', within, 'model:fake/gone', { messages }],
    ['of a model, with a member that is not served', within, echo, { messages, store: true }],
    ['of a model, outside its bounds', within, echo, { messages, max_completion_tokens: 11 }],
    ['of a model, that policy forbids', forbidding, echo, { messages }],
    ['of a model, that policy asks a human about', asking, echo, { messages }],
  ])('%s: gets the answer that the gateway gives [POL-07]', async (_, documents, target, args) => {
    await publish(documents);
    await agrees(target, args);
  });

  it('of a model that may not be sent what the task has read: gets the answer that the gateway gives [POL-07]', async () => {
    await publish(within);
    await really(echo, { messages });
    const labels = ['confidentiality:personal'] as const;
    await world.raise(labels);
    const told = await explain(echo, { messages }, labels);
    expect(told).toMatchObject({ effect: 'deny', questions: { crossesSensitivity: true } });
    const real = await really(echo, { messages });
    const { effect, rules, questions } = told;
    expect({ effect, rules, questions }).toEqual({
      effect: real.effect,
      rules: real.decision?.rules,
      questions: real.decision?.questions,
    });
  });

  it.each<readonly [string, WorldDocuments, string, JsonObject]>([
    ['outside its bounds', within, pay, { amount: 6 }],
    ['outside the manifest', within, 'tool:fake/hidden', { amount: 5 }],
    ['that policy forbids', forbidding, pay, { amount: 5 }],
    ['that policy asks a human about', asking, pay, { amount: 5 }],
    ['outside the manifest, that policy forbids', forbidding, 'tool:fake/hidden', {}],
  ])(
    'of a tool that is not enforced yet, %s: says what would have been said, and that it goes on [POL-07, TOL-24]',
    async (_, documents, target, args) => {
      await publish({ ...documents, server: { phase: 'observe' } });
      const told = await explain(target, args);
      expect(await really(target, args)).toMatchObject({ effect: 'allow' });
      const { decision, wouldHave } = world.records.at(-1) ?? {};
      const { effect, rules, questions } = told;
      expect({ effect, rules, questions }).toEqual({
        effect: decision?.effect,
        rules: decision?.rules,
        questions: decision?.questions,
      });
      if (told.refusal !== null) expect(told.refusal.code).toBe(wouldHave?.codes[0]);
      expect(told.phase).toBe('observe');
      expect(told.lines.at(-1)).toMatch(/^phase {8}observe: it goes on all the same/);
    },
  );

  it('asks the least that there can be when nothing is given', async () => {
    await publish(within);
    expect(await explain(echo, undefined)).toMatchObject({ effect: 'allow', refusal: null });
    expect(await explain(page, undefined)).toMatchObject({ effect: 'allow', refusal: null });
    expect(await explain(pay, undefined)).toMatchObject({ effect: 'deny' });
  });

  it('says that nothing of that name exists, and does not say it of what is only out of reach', async () => {
    await publish(within);
    const known = async (target: string) => {
      const { effect, targetKnown } = await explain(target, {});
      expect(effect).toBe('deny');
      return targetKnown;
    };
    expect(await known('tool:fake/gone')).toBe(false);
    expect(await known('tool:fake/hidden')).toBe(true);
    expect(await known('tool:fake/shown')).toBe(true);
    expect(await known('model:fake/gone')).toBe(false);
    expect(await known('model:constructor/gone')).toBe(false);
    expect(await known('model:fake/other')).toBe(true);
    expect(await known('prompt:nobody/summary')).toBe(false);
    expect(await known('resource:fake/file:///etc/x')).toBe(true);
  });

  it.each(['agent:worker/x', 'host:api.example.com/x', 'model:models'])(
    'of what the gateway does not serve as one thing is a fault of the question: %s',
    async (target) => {
      await expect(explain(target, {})).rejects.toMatchObject({ code: 'api/invalid' });
    },
  );

  it('of a tool that waits for approval: says so with the command, and that the manifest has it', async () => {
    await publish(unpinned);
    const { lines } = await explain(pay, {});
    const told = lines.join('\n');
    expect(told).toContain('fake/pay in the manifest: yes');
    expect(told).toContain('`bailiwick tool approve fake/pay`');
    await publish(within);
    expect((await explain('tool:fake/hidden', {})).lines.join('\n')).toContain('the manifest: no');
  });

  it('of what a group hides: names the group and where it is given, and nothing of it to who is in it', async () => {
    const server = { group: 'finance' };
    await publish({ ...within, server });
    for (const target of [pay, 'prompt:fake/summary']) {
      const { lines } = await explain(target, {});
      expect(lines.at(-1)).toBe(
        'to do        fake is of group finance: name it in the `groups` of the agent',
      );
    }
    await publish({ ...within, server, agent: { groups: ['finance'] } });
    expect((await explain(pay, { amount: 5 })).lines.join('\n')).not.toContain('group');
  });

  it('says in its lines what the agent would hear', async () => {
    const { lines } = await explain(pay, { amount: 6 });
    expect(lines.join('\n')).toMatch(/inside its bounds: no\n[^]*hears {2}tools\/outside-envelope/);
  });
});

async function agrees(target: string, args: JsonObject): Promise<void> {
  const isRead = target.startsWith('resource:');
  const told = await explain(target, isRead ? undefined : args);
  expect([world.invocations, world.requests, world.records]).toEqual([[], [], []]);
  const real = await really(target, args);
  expect(told.effect).toBe(real.effect);
  if (real.decision !== undefined) {
    const { rules, questions, policyDigest } = real.decision;
    expect(told).toMatchObject({ rules, questions, policyDigest });
  }
  // Policy's own no is told by its rules; any other by what the agent hears.
  const byPolicy = real.code === undefined || real.code.startsWith('policy/');
  expect(told.refusal?.code).toBe(byPolicy ? undefined : real.code);
}
