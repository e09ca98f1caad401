import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const person = {
  type: 'object',
  properties: { to: { type: 'string' }, body: { type: 'string' }, phone: { type: 'string' } },
};
const sent = { to: 'ann', body: 'hello', phone: '555-0199' };
const send = 'action == Action::"fake/send", resource';
const isAsked = 'context.input has body && context.input.body == "ask"';
let world: GatewayWorld;
let worker: TestInstance;

async function begin(tool: JsonObject): Promise<void> {
  world = await createGatewayWorld({
    definitions: [definition('send', person)],
    manifest: { tools: [{ tool: 'fake/send', ...tool }] },
    server: { tools: { send: { effect: 'write', results: { labels: [] } } } },
    policies: [
      `@id("yes") permit(principal, ${send}) unless { ${isAsked} };`,
      `@id("ask") @approval("look") permit(principal, ${send}) when { ${isAsked} };`,
      `@id("no") forbid(principal, ${send}) when { context.input has phone };`,
    ],
  });
  worker = await world.enrol();
}

async function said(args: JsonObject): Promise<Outcome> {
  return world.ask(worker, 'send', args);
}
const left = () =>
  world.invocations.map(({ argumentBytes }) => JSON.parse(argumentBytes.toString('utf8')));
const last = () => world.records.at(-1);

describe('a call that carries more than its task declares', () => {
  it('leaves without it: nobody downstream, and no rule, sees what was not needed [DAT-11]', async () => {
    await begin({ fields: ['to', 'body'] });
    expect((await said(sent)).kind).toBe('result');
    expect(left()).toEqual([{ to: 'ann', body: 'hello' }]);
    const intent = world.records.find(({ type }) => type === 'policy.intent');
    expect(intent?.details?.['surplus']).toEqual({ count: 1, names: ['phone'] });
    // What is on record, and what a yes is for, is what goes.
    const whole = sha256Hex(canonicalBytes({ to: 'ann', body: 'hello' }));
    expect(JSON.stringify(intent?.arguments)).toContain(whole);
    expect(JSON.stringify(world.records)).not.toContain('555-0199');
  });

  it('is shown to whoever approves as it goes, with how much was dropped on record [DAT-11]', async () => {
    await begin({ fields: ['to', 'body'] });
    expect((await said({ ...sent, body: 'ask' })).kind).toBe('held');
    const held = world.records.find(({ type }) => type === 'gateway.held');
    expect(held?.details?.['surplus']).toEqual({ count: 1, names: ['phone'] });
  });

  it('is told by number alone where its caller made the name up [DAT-11]', async () => {
    await begin({ fields: ['to'] });
    expect((await said({ to: 'ann', 'secret-note-of-ann': 'x' })).kind).toBe('result');
    const intent = world.records.find(({ type }) => type === 'policy.intent');
    expect(intent?.details?.['surplus']).toEqual({ count: 1, names: [] });
    expect(left()).toEqual([{ to: 'ann' }]);
  });

  it('is refused where the document says so [DAT-11]', async () => {
    await begin({ fields: ['to', 'body'], surplus: 'refuse' });
    expect(await said(sent)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'tools/surplus-fields', details: { count: 1, names: ['phone'] } },
    });
    expect(left()).toEqual([]);
    expect(last()?.refusal?.code).toBe('tools/surplus-fields');
    expect((await said({ to: 'ann', body: 'hello' })).kind).toBe('result');
  });

  it('goes whole where nobody declared fields, and what is missing is still asked for', async () => {
    await begin({});
    expect(await said(sent)).toMatchObject({ kind: 'refused', refusal: { code: 'policy/denied' } });
    await begin({ fields: ['to'], arguments: { body: { oneOf: ['hello'] } } });
    expect(await said(sent)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'tools/outside-envelope' },
    });
  });
});
