import { beforeEach, describe, expect, it } from 'vitest';
import type { ToolAnswer } from '#contracts/tool-server.ts';
import type { Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { createGatewayWorld, type GatewayWorld } from '../../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { methodOf } from '../mcp/methods.ts';

const secret = 'lent-Zk3+value/9';

const documents = {
  manifest: {
    targets: ['prompt:fake/summary', 'prompt:fake/odd.name/x', 'resource:fake/a:hidden'],
  },
  server: { credential: { secret: 'key', header: 'authorization', prefix: 'Bearer ' } },
  secrets: { key: secret },
  definitions: [],
};

let world: GatewayWorld;
let worker: TestInstance;

beforeEach(async () => {
  world = await createGatewayWorld(documents);
  worker = await world.enrol();
});

function answered(result: JsonObject): ToolAnswer {
  return { kind: 'answer', result, bytes: 2 };
}

const message = (text: string) => ({ role: 'user', content: { type: 'text', text } });
const method = methodOf('2026-07-28', 'prompts/get');

async function get(params: JsonObject): Promise<Outcome> {
  const read = method?.read(params);
  if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
  const presented = await world.present(worker);
  return world.send(presented, { kind: 'other', method: 'prompts/get', action: read.action });
}

function codeOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

describe('a prompt', () => {
  it('comes from its server by its own name, over all gates, untrusted and on record [AUD-01]', async () => {
    const messages = [message('Sum up refunds.')];
    world.onExchange = () => answered({ messages, description: 'd', more: 1 });
    const told = await get({ name: 'fake.summary', arguments: { topic: 'refunds', z: '' } });
    expect(told).toMatchObject({ kind: 'result', result: { messages, more: 1 } });
    const [sent] = world.requests;
    expect(sent).toMatchObject({ method: 'prompts/get', named: 'summary' });
    expect(sent?.params.toString()).toBe(
      '{"arguments":{"topic":"refunds","z":""},"name":"summary"}',
    );
    expect(sent?.lent).toMatchObject([{ value: `Bearer ${secret}` }]);
    expect(world.records.at(-1)).toMatchObject({
      type: 'policy.outcome',
      effect: 'done',
      decision: { effect: 'allow' },
      labels: { out: ['integrity:untrusted'] },
    });
  });

  it.each(['fake.other', 'fake.summar', 'fake.a:hidden', 'other.summary', 'summary', '.', 'fake.'])(
    'outside the manifest is not visible, and no server is asked: %s',
    async (name) => {
      expect(codeOf(await get({ name }))).toBe('offers/not-visible');
      expect(world.requests).toEqual([]);
    },
  );

  it('is refused outside the bounds of its line in the manifest, and no server is asked [POL-16]', async () => {
    const line = { target: 'prompt:fake/summary', arguments: { topic: { oneOf: ['refunds'] } } };
    world = await createGatewayWorld({ ...documents, manifest: { targets: [line] } });
    worker = await world.enrol();
    world.onExchange = () => answered({ messages: [] });
    for (const given of [{ topic: 'salaries' }, {}, { Topic: 'refunds' }]) {
      const refused = await get({ name: 'fake.summary', arguments: given });
      expect(codeOf(refused)).toBe('tools/outside-envelope');
    }
    expect(world.requests).toEqual([]);
    expect(world.records.at(-1)).toMatchObject({
      decision: { effect: 'deny', questions: { mayCallTool: true, insideEnvelope: false } },
    });
    expect(codeOf(await get({ name: 'fake.summary', arguments: { topic: 'refunds' } }))).toBe(
      'result',
    );
  });

  it('may have dots and slashes in its name', async () => {
    world.onExchange = () => answered({ messages: [] });
    expect(codeOf(await get({ name: 'fake.odd.name/x' }))).toBe('result');
    expect(codeOf(await get({ name: 'fake__odd_name_x' }))).toBe('result');
    expect(world.requests[0]?.named).toBe('odd.name/x');
  });

  it('takes only arguments inside the bounds of the manifest, and each that is bounded [TOL-21]', async () => {
    const bounded = {
      target: 'prompt:fake/summary',
      arguments: { topic: { oneOf: ['refunds', 'rates'] }, folder: { prefix: '/srv/' } },
    };
    await world.publish({ ...documents, manifest: { targets: [bounded] } });
    world.onExchange = () => answered({ messages: [] });
    const ask = (given: JsonObject) => get({ name: 'fake.summary', arguments: given }).then(codeOf);
    const folder = '/srv/a';
    expect(await ask({ topic: 'refunds', folder, other: 'x' })).toBe('result');
    for (const outside of [
      { topic: 'salaries', folder },
      { topic: 'refunds', folder: '/srv/../etc' },
      { topic: 'refunds' },
      {},
    ]) {
      expect(await ask(outside)).toBe('tools/outside-envelope');
    }
    expect(world.requests).toHaveLength(1);
    expect(world.records.at(-1)?.decision).toMatchObject({ rules: ['builtin/outside-envelope'] });
  });

  it('that its server turns away is told so, in words of the server that were looked through', async () => {
    const no = refusal('tools/upstream-error', { details: { upstreamCode: -32_602 } });
    const said = `topic is missing ${secret}`;
    world.onExchange = () => ({ kind: 'failed', refusal: no, effect: 'none', said });
    const told = await get({ name: 'fake.summary' });
    if (told.kind !== 'refused') throw new Error(told.kind);
    expect(told.refusal.message).toContain('topic is missing');
    expect(told.refusal.message).not.toContain(secret);
  });

  it.each([
    [{}],
    [{ messages: 'x' }],
    [{ messages: ['x'] }],
    [{ messages: [{ role: 'system', content: { type: 'text', text: 'x' } }] }],
    [{ messages: [{ role: 'user', content: 'x' }] }],
    [{ messages: [{ role: 'user', content: {} }] }],
    [{ messages: [], description: 5 }],
  ])('of another shape is a server that broke the protocol: %j', async (result) => {
    world.onExchange = () => answered(result);
    expect(codeOf(await get({ name: 'fake.summary' }))).toBe('tools/upstream-protocol');
  });

  it('with a resource in it that the manifest does not grant is refused whole [TOL-21]', async () => {
    const targets = ['prompt:fake/summary', 'resource:fake/file:///docs/*'];
    await world.publish({ ...documents, manifest: { targets } });
    const embedded = (resource: JsonObject, type = 'resource') => ({
      messages: [message('Sum up.'), { role: 'user', content: { type, resource } }],
    });
    const granted = embedded({ uri: 'file:///docs/a.md', text: 'x' });
    world.onExchange = () => answered(granted);
    expect(await get({ name: 'fake.summary' })).toMatchObject({ result: granted });
    for (const result of [
      embedded({ uri: 'file:///private/salaries.csv', text: 'ada' }),
      embedded({ uri: 'file:///private/salaries.csv', text: 'ada' }, 'other'),
      embedded({ uri: 'file:///docs/%61.md', text: 'x' }),
      embedded({ text: 'x' }),
      embedded({ uri: 'file:///docs/a.md' }),
    ]) {
      world.onExchange = () => answered(result);
      const told = await get({ name: 'fake.summary' });
      expect(codeOf(told)).toBe('tools/upstream-protocol');
      expect(JSON.stringify(told)).not.toContain('ada');
    }
  });

  it('is looked through for secrets both ways [CRD-01]', async () => {
    world.onExchange = () => answered({ messages: [message(`use ${secret}`)] });
    expect(JSON.stringify(await get({ name: 'fake.summary' }))).not.toContain(secret);
    const key = ['AK', 'IA', 'ABCDEFGH'.repeat(2)].join('');
    const told = await get({ name: 'fake.summary', arguments: { topic: key } });
    expect(codeOf(told)).toBe('semantic/secret-in-arguments');
    expect(world.requests).toHaveLength(1);
  });

  it('is denied by a rule about prompts, waits where its document says so, and stops with its server', async () => {
    const policies = ['@id("none") forbid(principal, action, resource is Prompt);'];
    await world.publish({ ...documents, policies });
    expect(codeOf(await get({ name: 'fake.summary' }))).toBe('policy/denied');
    await world.publish({
      ...documents,
      server: { ...documents.server, prompts: { effect: 'write' } },
    });
    expect(codeOf(await get({ name: 'fake.summary' }))).toBe('held');
    const whole = { kind: 'tool', owner: 'fake', name: undefined } as const;
    world.overlay({ kind: 'target', tenant: 'main', target: whole }, 'stop');
    expect(codeOf(await get({ name: 'fake.summary' }))).toMatch(/^stop\//);
    expect(world.requests).toEqual([]);
  });
});

describe('a list of prompts', () => {
  it('has the granted ones, by the names that they are called by [TOL-21]', async () => {
    const prompts = ['summary', 'hidden', 'odd.name/x'].map((name) => ({ name, title: 't' }));
    world.onExchange = () => answered({ prompts, nextCursor: 'page 2' });
    const action = methodOf('2025-11-25', 'prompts/list')?.read({});
    if (action === undefined || !('action' in action)) throw new Error('the front refuses it');
    const presented = await world.present(worker);
    const ask = { kind: 'other', method: 'prompts/list', action: action.action } as const;
    expect(await world.send(presented, ask)).toMatchObject({
      kind: 'result',
      result: {
        prompts: [
          { name: 'fake__summary', title: 't' },
          { name: 'fake__odd_name_x', title: 't' },
        ],
        nextCursor: expect.not.stringContaining('page'),
      },
    });
  });
});

describe('the params of a prompt', () => {
  it.each([
    [{}],
    [{ name: '' }],
    [{ name: 5 }],
    [{ name: 'a.'.padEnd(2_049, 'x') }],
    [{ name: 'a.b', arguments: [] }],
    [{ name: 'a.b', arguments: { n: 5 } }],
    [{ name: 'a.b', arguments: { n: { deep: 'x' } } }],
    [{ name: 'a.b', requestState: 1 }],
    [{ name: 'a.b', _meta: 5 }],
  ])('are refused at the front where they mean nothing: %j', (params) => {
    expect(method?.read(params as unknown as JsonObject)).toMatchObject({ kind: 'refusal' });
  });
});
