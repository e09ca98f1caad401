import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { sayYes } from './say-yes.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const people = 'https://people.bailiwick.test';
const canOpen = { capabilities: { elicitation: { url: {} } } };

type Params = Readonly<Record<string, unknown>>;

/** A program of an official SDK whose user is sent to pages. */
interface Chat {
  call(args: object): Promise<string>;
  readonly asked: Params[];
  readonly completed: unknown[];
  close(): Promise<void>;
}

let world: RunningWorld;
let amount = 400;

beforeAll(async () => {
  world = await startWorld('', { args: ['--public-url', people] });
}, 60_000);
afterAll(async () => {
  await world?.close();
});

async function newest(agent: TestAgent): Promise<Chat> {
  const client = new Client(
    { name: 'chat', version: '1' },
    { ...canOpen, versionNegotiation: { mode: 'auto' } },
  );
  const asked: Params[] = [];
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked.push(params);
    return { action: 'accept' };
  });
  const url = new URL(world.gateway);
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: agent.fetch }));
  return {
    call: async (args) =>
      JSON.stringify(await client.callTool({ name: 'fake.pay', arguments: { ...args } })),
    asked,
    completed: [],
    close: () => client.close(),
  };
}

async function handshake(agent: TestAgent): Promise<Chat> {
  const client = new LegacyClient({ name: 'chat', version: '1' }, canOpen);
  const asked: Params[] = [];
  const completed: unknown[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return { action: 'accept' };
  });
  client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
    completed.push(params);
  });
  await client.connect(new LegacyTransport(new URL(world.gateway), { fetch: agent.fetch }));
  return {
    call: async (args) =>
      JSON.stringify(await client.callTool({ name: 'fake.pay', arguments: { ...args } })),
    asked,
    completed,
    close: () => client.close(),
  };
}

const paid = (of: number) =>
  world.upstream.calls().filter(({ argumentText }) => argumentText.includes(`"amount":${of}`))
    .length;

async function pending(): Promise<string> {
  const find = async () => {
    const { approvals } = await world.instance.admin.request('GET', '/v1/approvals?state=pending');
    return (approvals as Params[])[0]?.['id'];
  };
  await expect.poll(find, { timeout: 20_000 }).toBeDefined();
  return String(await find());
}

async function say(verdict: 'approve' | 'reject', id: string): Promise<void> {
  const { admin } = world.instance;
  if (verdict === 'approve') return sayYes(admin, id);
  await admin.request('POST', `/v1/approvals/${id}/decide`, { verdict, reason: 'no' });
}

describe.each([
  ['of the newest revision (SDK v2)', newest],
  ['of the handshake era (SDK v1, 2025-11-25)', handshake],
] as const)('the chat that staged a call, a client %s', (_, open) => {
  it('is sent to the page of its approval, and the call goes on by itself after the yes, once [APR-01, APR-02]', async () => {
    const chat = await open(await world.instance.enrolAgent('worker'));
    const of = (amount += 1);
    const answer = chat.call({ to: 'bob', amount: of });
    const id = await pending();
    await expect.poll(() => chat.asked.length, { timeout: 20_000 }).toBe(1);
    expect(chat.asked[0]).toMatchObject({
      mode: 'url',
      url: `${people}/console/approvals/${id}`,
      message: expect.stringContaining(people),
    });
    expect(paid(of)).toBe(0);
    await say('approve', id);
    expect(await answer).toContain(`paid ${of} to bob`);
    expect(paid(of)).toBe(1);
    if (open === handshake) expect(chat.completed).toEqual([{ elicitationId: id }]);
    await chat.close();
  });

  it('is told of a no, and nothing is done [APR-02]', async () => {
    const chat = await open(await world.instance.enrolAgent('worker'));
    const of = (amount += 1);
    const answer = chat.call({ to: 'bob', amount: of });
    await say('reject', await pending());
    expect(await answer).toContain('approvals/rejected');
    expect(paid(of)).toBe(0);
    await chat.close();
  });
});

describe('a call whose client waits at the page', () => {
  it('is made once, by whoever repeats it, when its gateway dies before the yes [APR-02, APR-06]', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const chat = await handshake(agent);
    const of = (amount += 1);
    const answer = chat.call({ to: 'bob', amount: of }).then(
      () => 'answered',
      () => 'lost',
    );
    const id = await pending();
    process.kill(childOf(world.instance.pid, 'gateway/main.ts'), 'SIGKILL');
    await say('approve', id);
    const repeated = async () =>
      (
        await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'bob', amount: of }).catch(
          () => undefined,
        )
      )?.text ?? '';
    await expect.poll(repeated, { timeout: 60_000 }).toContain(`paid ${of} to bob`);
    expect(paid(of)).toBe(1);
    await chat.close().catch(() => undefined);
    void answer;
  });

  it('sees what it saw before where its client did not say that it can open pages', async () => {
    const agent = await world.instance.enrolAgent('worker');
    const held = await callTool(agent.fetch, world.gateway, 'fake.pay', { to: 'bob', amount: 1 });
    expect(held.told?.code).toBe('approvals/pending');
    expect(JSON.stringify(held.body)).not.toContain(people);
  });
});
