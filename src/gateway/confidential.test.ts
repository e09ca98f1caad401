import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import { methodOf } from './mcp/methods.ts';
import { resourceMethods } from './mcp/resources.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const open = { type: 'object', properties: { to: { type: 'string' }, body: { type: 'string' } } };
const key = 'Zk7Qw92mXp44RtYh81LdVb03';
/** Of no stranger: what is looked at here is where it goes. */
const results = { labels: [] };
const person = { name: 'Marta Novak', salary: 84_213, key };
const documents = {
  definitions: [
    definition('person', { type: 'object', properties: { id: { type: 'number' } } }),
    definition('send', open),
    definition('inside', open),
    definition('note', open),
  ],
  manifest: { targets: ['resource:fake/file:///out/*', 'prompt:fake/ask'] },
  server: {
    // A read that reaches out is a deed, as their documents say.
    resources: { effect: 'write', results },
    prompts: { effect: 'write', results },
    tools: {
      person: {
        effect: 'read',
        results,
        flow: { results: { labels: { salary: ['personal'], key: ['secret'] } } },
      },
      send: { effect: 'write', results, flow: { sinks: { to: 'recipient', body: 'payload' } } },
      inside: {
        effect: 'write',
        results,
        flow: {
          sinks: { to: 'recipient', body: 'payload' },
          clearance: { inside: { domains: ['acme.example'], labels: ['personal'] } },
        },
      },
      note: { effect: 'write', results, flow: { sinks: { to: 'path', body: 'payload' } } },
    },
  },
  policies: ['@id("yes") permit(principal, action, resource);'],
};

let world: GatewayWorld;
let worker: TestInstance;

async function begin(agent: JsonObject = {}): Promise<void> {
  world = await createGatewayWorld({ ...documents, agent });
  worker = await world.enrol();
  world.control.takeGateways(1, 1);
  world.onCall = () => ({
    kind: 'answer',
    result: { content: [], structuredContent: person },
    bytes: 99,
  });
}
beforeEach(() => begin());

async function said(tool: string, args: JsonObject): Promise<string> {
  const outcome: Outcome = await world.ask(worker, tool, args);
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}
const tells = (body: string, to = 'x@other.example') => ({ to, body });
const last = () => world.records.at(-1);
const lastAsked = () => world.records.findLast(({ type }) => type === 'approval.requested');

describe('what a task read that may not be told everywhere', () => {
  it('leaves by a question where it is personal, and not at all where it is secret [SEM-10] [DAT-16]', async () => {
    expect(await said('send', tells('she has 84213 a year'))).toBe('result');
    expect(await said('person', { id: 1 })).toBe('result');
    expect(await said('send', tells('lunch at noon?'))).toBe('result');
    expect(await said('send', tells('she has 84,213 a year'))).toBe('held');
    const asked = lastAsked();
    expect(asked?.decision?.rules).toEqual(['builtin/flow-confidential']);
    expect(JSON.stringify(asked?.details)).toContain('asks a human (class `confidential`)');
    expect(JSON.stringify(asked?.details)).toContain('`body` tells what came from `fake/person`');
    const hidden = Buffer.from(Buffer.from(key).toString('hex')).toString('base64');
    for (const body of [key, hidden, key.split('').join(' ')]) {
      expect(await said('send', tells(body)), body).toBe('policy/denied');
    }
    expect(last()?.decision?.rules).toContain('builtin/flow-keeps');
    expect(JSON.stringify(world.records)).not.toContain('84213');
  });

  it('stays where a document clears it: at home, and with people of its domains [SEM-10]', async () => {
    await said('person', { id: 1 });
    const salary = 'she has 84213 a year';
    expect(await said('note', tells(salary, 'pay.md'))).toBe('result');
    expect(await said('inside', tells(salary, 'ann@acme.example'))).toBe('result');
    expect(await said('inside', tells(salary, 'ann@acme.example.evil.example'))).toBe('held');
    // What belongs into a vault is at home nowhere else.
    expect(await said('note', tells(key, 'pay.md'))).toBe('result');
    expect(await said('inside', tells(key, 'ann@acme.example'))).toBe('policy/denied');
  });

  it('leaves no other way: in a resource’s address, in what a prompt is asked with, in headers [SEM-10]', async () => {
    await said('person', { id: 1 });
    const offers = async (method: string, params: JsonObject) => {
      const read = (resourceMethods[method] ?? methodOf('2026-07-28', method))?.read(params);
      if (read === undefined || !('action' in read)) throw new Error('the front refuses it');
      const presented = await world.present(worker);
      const outcome = await world.send(presented, { kind: 'other', method, action: read.action });
      return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
    };
    expect(await offers('resources/read', { uri: `file:///out/${key}` })).toBe('policy/denied');
    expect(await offers('resources/read', { uri: 'file:///out/84213' })).toBe('held');
    const prompt = (topic: string) =>
      offers('prompts/get', { name: 'fake.ask', arguments: { topic } });
    expect(await prompt(Buffer.from(key).toString('hex'))).toBe('policy/denied');
    expect(world.requests).toEqual([]);
    // A header repeats an argument, and nothing else goes along in one.
    expect(await said('send', tells('ok', `${key}@out.example`))).toBe('policy/denied');
  });

  it('counts as told where this gateway has not seen all that was read [SEM-10]', async () => {
    await said('person', { id: 1 });
    world.control.takeGateways(2, 2);
    expect(await said('send', tells('lunch at noon?'))).toBe('policy/denied');
    expect(JSON.stringify(last()?.details)).toContain('it is not known whether');
  });
});

describe('an agent that is cleared for less than a tool tells', () => {
  it('is refused before the tool is asked, and reads what it is cleared for [SEM-11]', async () => {
    await begin({ clearance: ['personal'] });
    expect(await said('person', { id: 1 })).toBe('policy/denied');
    expect(world.invocations).toEqual([]);
    expect(last()?.decision?.rules).toEqual(['builtin/crosses-sensitivity']);
    await begin({ clearance: ['personal', 'secret'] });
    expect(await said('person', { id: 1 })).toBe('result');
  });
});
