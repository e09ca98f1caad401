import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;

async function done(by: 'admin' | 'operator' | 'approver', path: string, body: JsonObject) {
  const answer = await world.ask('POST', path, { as: world.credential(by), body });
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const put = (kind: string, name: string, spec: JsonObject) =>
  done('admin', '/v1/documents', { kind, name, spec, reason: 'set up' });

const pay = { agent: 'worker', target: 'fake/pay', arguments: { amount: 5 } };

async function tried(over: JsonObject = {}) {
  const { cases } = await done('admin', '/v1/policies/try', { cases: [{ ...pay, ...over }] });
  return (cases as JsonObject[])[0] ?? {};
}

async function explained(): Promise<string> {
  const { lines } = await done('admin', '/v1/policies/explain', { ...pay, labels: [] });
  return (lines as string[]).join('\n');
}

beforeAll(async () => {
  world = await createControlWorld();
  await put('ToolServer', 'fake', {
    connect: { url: 'http://127.0.0.1:1/mcp' },
    tools: { pay: { effect: 'write' } },
  });
  await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  await put('Agent', 'worker', { owner: 'ann', purpose: 'pays', manifest: 'work' });
  await put('Policy', 'rules', {
    cedar: '@id("ask") @approval("money") permit(principal, action, resource);',
  });
  const schema = { type: 'object', properties: { amount: { type: 'integer' } } };
  const definition = { name: 'pay', description: 'pays', inputSchema: schema };
  const digest = 'a'.repeat(64);
  await world.store.catalogue.report({
    tenant: 'main',
    server: 'fake',
    look: 'first',
    shown: ['pay'],
    now: 0,
    tools: [{ tenant: 'main', server: 'fake', tool: 'pay', digest, definition, observedAt: 0 }],
  });
  await done('operator', '/v1/tools/fake/pay/approve', { digest });
}, 60_000);

afterAll(() => world.close());

describe('what would be said to a call, where an override is open for it', () => {
  it('is told with it: who gave it until when, that it goes on, and what would be without [POL-08]', async () => {
    expect(await tried()).toMatchObject({ would: { verdict: 'held' }, override: null });
    expect(await explained()).not.toContain('overrid');
    const given = await done('approver', '/v1/overrides', {
      agent: 'worker',
      target: 'fake/pay',
      forSeconds: 3_600,
      reason: 'an incident',
    });
    const told = await tried();
    expect(told).toMatchObject({
      would: { verdict: 'held', class: 'money+write' },
      override: { id: given['id'], by: 'approver-main', lets: true },
    });
    const sentence =
      'while `approver-main` may approve it goes on, and nobody looks at it; without it a person is asked (class `money+write`)';
    expect(JSON.stringify(told['override'])).toContain(sentence);
    expect(await explained()).toContain(sentence);
    // Once it is over, or of another agent, nothing is told of it.
    const later = new Date(world.clock.now() + 3_600_000).toISOString();
    expect(await tried({ time: later })).toMatchObject({ override: null });
  });

  it('is told to be asked all the same where it lifts nothing [POL-08]', async () => {
    await put('ApprovalRule', 'two', { approvalClass: 'money', quorum: 2 });
    const told = await tried();
    expect(told['override']).toMatchObject({ lets: false });
    expect(JSON.stringify(told['override'])).toContain('all the same, by an ApprovalRule');
    await put('Policy', 'rules', { cedar: '@id("all") permit(principal, action, resource);' });
    expect(await tried()).toMatchObject({
      would: { verdict: 'allowed' },
      override: { lets: false, sentence: expect.stringContaining('for nobody is asked') },
    });
  });
});
