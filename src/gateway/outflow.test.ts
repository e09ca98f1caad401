import { beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOutflow } from '#contracts/outflow-book.ts';
import type { Outcome } from '#kernel/call.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { outflowInMemory } from '../../test/fakes/gateway-books.ts';
import { definition } from '../../test/fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../../test/fakes/gateway-world.ts';
import type { TestInstance } from '../../test/fakes/identity-world.ts';

const anything = {
  type: 'object',
  properties: {
    rows: { type: 'array' },
    to: { type: 'string' },
    body: { type: 'string' },
    limit: { type: 'number' },
  },
};
const results = { labels: [] };
const bulk = { call: { rows: 10, bytes: 2_000 }, window: { rows: 25, calls: 6 } };
const sinks = { to: 'recipient', body: 'payload' };
const documents = {
  definitions: ['export', 'post', 'mail', 'never', 'list', 'people', 'archive'].map((name) =>
    definition(name, anything),
  ),
  server: {
    tools: {
      export: { effect: 'write', results, flow: { sinks, bulk: { ...bulk, at: 'rows' } } },
      post: { effect: 'write', results, flow: { sinks, bulk } },
      mail: { effect: 'write', results, flow: { sinks, clearance: { labels: ['personal'] } } },
      never: { effect: 'write', results, flow: { sinks, bulk: { ...bulk, over: 'refuse' } } },
      archive: {
        effect: 'write',
        results,
        flow: { sinks: { to: 'path' }, bulk: { ...bulk, in: 'count' } },
      },
      list: { effect: 'read', results, flow: { bulk: { ...bulk, in: 'items' } } },
      people: { effect: 'read', results, flow: { results: { labels: { name: ['personal'] } } } },
    },
  },
  policies: ['@id("yes") permit(principal, action, resource);'],
};

let world: GatewayWorld;
let worker: TestInstance;
let answer: JsonObject;
let book: GatewayOutflow;
let handle: string;

beforeEach(async () => {
  answer = { done: true };
  book = outflowInMemory();
  const outflow: GatewayOutflow = {
    count: (ask) => book.count(ask),
    giveBack: (ask) => book.giveBack(ask),
  };
  world = await createGatewayWorld({ ...documents, outflow });
  worker = await world.enrol();
  world.control.takeGateways(1, 0);
  world.onCall = () => ({
    kind: 'answer',
    result: { content: [], structuredContent: answer },
    bytes: 99,
  });
});

const rows = (length: number) => Array.from({ length }, (_, at) => at);
async function said(tool: string, args: JsonObject): Promise<string> {
  const outcome: Outcome = await world.ask(worker, tool, args);
  if (outcome.kind === 'held') handle = outcome.approval.handle;
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}
const last = () => world.records.at(-1);
const lastAsked = () => world.records.findLast(({ type }) => type === 'approval.requested');

describe('what leaves at once', () => {
  it('asks a person by a count of rows, with the count, the bound and what is in it [APR-11]', async () => {
    expect(await said('export', { rows: rows(10) })).toBe('result');
    expect(await said('export', { rows: rows(11) })).toBe('held');
    expect(lastAsked()?.decision?.rules).toEqual(['builtin/bulk-asks']);
    const explained = JSON.stringify(lastAsked()?.details);
    expect(explained).toContain('asks a human (class `bulk`)');
    expect(explained).toContain('it carries 11 rows, and 10 go unasked');
    expect(lastAsked()?.facts?.flow?.bulk).toMatchObject({ rows: 11, over: ['rows'] });
    expect(world.invocations).toHaveLength(1);
  });

  it('asks a person by a count of bytes, whatever form they have [APR-11]', async () => {
    expect(await said('post', { body: 'x'.repeat(1_900) })).toBe('result');
    expect(await said('post', { body: 'x'.repeat(2_000) })).toBe('held');
    expect(JSON.stringify(lastAsked()?.details)).toContain('bytes, and 2,000 go unasked');
  });

  it('is refused where its document says so, and no approval is asked for [APR-11]', async () => {
    expect(await said('never', { rows: rows(11) })).toBe('policy/denied');
    expect(last()?.decision?.rules).toContain('builtin/bulk-no');
    expect(lastAsked()).toBeUndefined();
    expect(world.invocations).toEqual([]);
  });

  it('is bounded as usual where its task carries what is confidential, and no document says how much [APR-11]', async () => {
    expect(await said('mail', { rows: rows(600) })).toBe('result');
    answer = { name: 'Marta Novak' };
    expect(await said('people', {})).toBe('result');
    expect(await said('mail', { rows: rows(500) })).toBe('result');
    expect(await said('mail', { rows: rows(501) })).toBe('held');
    const explained = JSON.stringify(lastAsked()?.details);
    expect(explained).toContain(
      'it carries 501 rows, and 500 go unasked; the task carries personal',
    );
  });

  it('does not leave where nobody can count it [APR-11]', async () => {
    book = { ...book, count: () => Promise.reject(new BailiwickError('store/unavailable')) };
    expect(await said('export', { rows: rows(1) })).toBe('store/unavailable');
    expect(world.invocations).toEqual([]);
    expect(await said('list', {})).toBe('store/unavailable');
  });
});

describe('a slow drip', () => {
  it('is caught by a window: over calls, tools of one kind of way out, and new tasks [APR-11]', async () => {
    expect(await said('export', { rows: rows(10) })).toBe('result');
    expect(await said('post', { rows: rows(10) })).toBe('result');
    worker = { ...worker, ...(await world.enrol()) };
    expect(await said('export', { rows: rows(6) })).toBe('held');
    expect(JSON.stringify(lastAsked()?.details)).toContain(
      'with it go within 24 h 26 rows, and 25 go',
    );
    // What was held did not leave.
    expect(await said('export', { rows: rows(5) })).toBe('result');
    expect(await said('export', { rows: rows(1) })).toBe('held');
  });

  it('is caught by its calls, however small they are [APR-11]', async () => {
    for (let n = 0; n < 6; n += 1) expect(await said('post', { body: `${n}` })).toBe('result');
    expect(await said('post', { body: 'one more' })).toBe('held');
    expect(lastAsked()?.facts?.flow?.bulk?.over).toEqual(['window-calls']);
  });

  it('counts what only a result says of an export for those that come after it [APR-11]', async () => {
    answer = { count: 24 };
    expect(await said('archive', { to: 'a.zip' })).toBe('result');
    expect(await said('archive', { rows: [1, 2] })).toBe('held');
  });
});

async function again(limit: number): Promise<string> {
  const outcome = await world.ask(worker, 'list', { limit }, handle);
  return outcome.kind === 'refused' ? outcome.refusal.code : outcome.kind;
}

describe('a result that is more than may be told', () => {
  it('is withheld before a word of it is told; the same call once more is put before a person [APR-11]', async () => {
    answer = { items: rows(10) };
    expect(await said('list', { limit: 1 })).toBe('result');
    answer = { items: rows(11) };
    const withheld = await world.ask(worker, 'list', { limit: 2 });
    expect(withheld).toMatchObject({
      kind: 'refused',
      refusal: { code: 'semantic/bulk-withheld', details: { rows: 11, over: ['rows'] } },
    });
    expect(await said('list', { limit: 2 })).toBe('held');
    expect(JSON.stringify(lastAsked()?.details)).toContain('it carries 11 rows, and 10 go unasked');
    // A yes is to what was counted, and to no more.
    await world.approve(String(lastAsked()?.approval?.id));
    answer = { items: rows(12) };
    expect(await again(2)).toBe('semantic/bulk-withheld');
    expect(await said('list', { limit: 5 })).toBe('semantic/bulk-withheld');
    expect(await said('list', { limit: 5 })).toBe('held');
    await world.approve(String(lastAsked()?.approval?.id));
    expect(await again(5)).toBe('result');
  });

  it('counts no more for that: what was not told did not leave [APR-11]', async () => {
    answer = { items: rows(10) };
    expect(await said('list', { limit: 1 })).toBe('result');
    answer = { items: rows(11) };
    expect(await said('list', { limit: 2 })).toBe('semantic/bulk-withheld');
    // What was withheld was not told: it does not count.
    answer = { items: rows(9) };
    expect(await said('list', { limit: 3 })).toBe('result');
    expect(await said('list', { limit: 4 })).toBe('semantic/bulk-withheld');
  });
});
