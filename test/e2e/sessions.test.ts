import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAgent } from './instance.ts';
import { childOf } from './processes.ts';
import { callTool, listTools } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  world = await startWorld('', { args: ['--gateways', '2'] });
  agent = await world.instance.enrolAgent('worker');
}, 120_000);

afterAll(() => world?.close(), 60_000);

interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  readonly changes: { count: number };
}

async function connect(by: TestAgent = agent, path = ''): Promise<Connected> {
  const client = new Client({ name: 'stranger', version: '1' });
  const changes = { count: 0 };
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes.count += 1;
  });
  const url = new URL(`${world.gateway}${path}`);
  const transport = new StreamableHTTPClientTransport(url, { fetch: by.fetch });
  await client.connect(transport);
  return { client, transport, changes };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not become true\n${world.instance.output()}`);
}

/** Listens in this session until it is told something; whoever comes back says where it was. */
async function hear(session: string, by: TestAgent, after?: string): Promise<string> {
  const gone = new AbortController();
  const { body } = await by.fetch(world.gateway, {
    headers: {
      accept: 'text/event-stream',
      'mcp-session-id': session,
      ...(after === undefined ? {} : { 'last-event-id': after }),
    },
    signal: gone.signal,
  });
  let heard = '';
  for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    heard += chunk;
    if (/^id: .*\n(?:.*\n)+\n/m.test(heard)) break;
  }
  gone.abort();
  return heard;
}

/** A request in this session, as it stands on the wire. */
function ask(session: string, by: TestAgent = agent, method = 'ping'): Promise<Response> {
  return by.fetch(world.gateway, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': session,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method }),
  });
}

describe('a session of a client with a handshake', () => {
  it('outlives refusals, unknown methods and what a tool says no to [TOL-01]', async () => {
    const { client, transport } = await connect();
    const session = transport.sessionId;
    expect(session).toBeDefined();
    const no = await client.callTool({
      name: 'fake__pay',
      arguments: { to: 'bob', amount: 5_000 },
    });
    expect([no.isError, JSON.stringify(no.content)]).toEqual([
      true,
      expect.stringContaining('tools/outside-envelope'),
    ]);
    await expect(client.callTool({ name: 'fake__nothing', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    });
    const unknown = await ask(session ?? '', agent, 'tasks/list');
    expect([unknown.status, await unknown.json()]).toEqual([
      200,
      expect.objectContaining({ error: expect.objectContaining({ code: -32_601 }) }),
    ]);
    const echo = await client.callTool({ name: 'fake__echo', arguments: { text: 'still here' } });
    expect(JSON.stringify(echo.content)).toContain('still here');
    expect(transport.sessionId).toBe(session);
    await client.close();
  });

  it('is known at every gateway, and to nobody else [TOL-01]', async () => {
    const { client, transport } = await connect();
    const session = transport.sessionId ?? '';
    for (let at = 0; at < 12; at += 1) expect((await ask(session)).status).toBe(200);
    const other = await world.instance.enrolAgent('worker');
    const foreign = await ask(session, other);
    const told = (await foreign.json()) as { error: { data: { code: string; record: string } } };
    expect([foreign.status, told.error.data.code]).toEqual([404, 'admit/unknown-session']);
    const made = await ask(`${session.slice(0, -4)}AAAA`);
    expect(made.status).toBe(404);
    await client.close();
  });

  it('hears when its tools are others, and can end itself everywhere [TOL-01]', async () => {
    const listening = (...tools: readonly string[]) =>
      world.instance.admin.request('POST', '/v1/documents', {
        kind: 'Manifest',
        name: 'listening',
        spec: { tools: tools.map((tool) => ({ tool })) },
      });
    await listening('fake/echo');
    await world.instance.admin.request('POST', '/v1/documents', {
      kind: 'Agent',
      name: 'listener',
      spec: { owner: 'ada@example.com', purpose: 'listens', manifest: 'listening' },
    });
    const listener = await world.instance.enrolAgent('listener');
    await until(async () => (await listTools(listener.fetch, world.gateway)).status === 200);
    const { client, transport, changes } = await connect(listener);
    const session = transport.sessionId ?? '';
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['fake__echo']);
    // Its stream is open: it hears nothing while nothing is changed.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(changes.count).toBe(0);
    await listening('fake/echo', 'fake/add');
    await until(() => changes.count > 0);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([
      'fake__echo',
      'fake__add',
    ]);
    // Somebody who was told of both tools, and was away when one of them went, hears of it when he is back.
    const told = hear(session, listener, 'a place of another world');
    const [, place = ''] = /^id: (\S+)$/m.exec(await told) ?? [];
    await listening('fake/echo');
    expect(await hear(session, listener, place)).toContain('notifications/tools/list_changed');
    await transport.terminateSession();
    await client.close();
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask(session, listener)));
      return answers.every(({ status }) => status === 404);
    });
  });

  it('is cut off from its stream by a stop [GOV-06]', async () => {
    const { client, transport } = await connect();
    const stream = await agent.fetch(world.gateway, {
      headers: { accept: 'text/event-stream', 'mcp-session-id': transport.sessionId ?? '' },
    });
    expect(stream.status).toBe(200);
    const target = { kind: 'agent', name: 'worker' };
    await world.instance.admin.request('POST', '/v1/stops', { target, reason: 'test' });
    // It ends by itself: reading it to its end comes back.
    expect(await stream.text()).not.toContain('error');
    await world.instance.admin.request('POST', '/v1/stops/release', { target, reason: 'over' });
    await until(async () => (await ask(transport.sessionId ?? '')).status === 200);
    await client.close();
  });
});

describe('a batch of 2025-03-26', () => {
  it('proves once whose it is, and has a record of each of its messages [TOL-01, POL-13]', async () => {
    const call = (id: number, name: string) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name, arguments: { text: `n${id}` } },
    });
    const answer = await agent.fetch(world.gateway, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify([call(1, 'fake__echo'), call(2, 'fake__hidden'), call(3, 'fake.echo')]),
    });
    const told = JSON.parse(await answer.text()) as readonly {
      readonly id: number;
      readonly error?: { readonly code: number };
      readonly result?: { readonly _meta: Record<string, string> };
    }[];
    expect(told.map(({ id, error }) => [id, error?.code])).toEqual([
      [1, undefined],
      [2, -32_602],
      [3, undefined],
    ]);
    const records = told.flatMap(({ result }) => result?._meta['dev.bailiwick/record'] ?? []);
    expect(new Set(records).size).toBe(2);
  });
});

describe('one server at an address of its own', () => {
  it('has its own names, and others are not there [TOL-18]', async () => {
    const { client } = await connect(agent, '/fake');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('echo');
    const echo = await client.callTool({ name: 'echo', arguments: { text: 'own' } });
    expect(JSON.stringify(echo.content)).toContain('own');
    await expect(client.callTool({ name: 'fake__echo', arguments: {} })).rejects.toMatchObject({
      code: -32_602,
    });
    await client.close();
    const nobody = await connect(agent, '/nobody');
    expect((await nobody.client.listTools()).tools).toEqual([]);
    await nobody.client.close();
  });

  it('is judged and recorded as everywhere', async () => {
    const own = `${world.gateway}/fake`;
    const { body } = await listTools(agent.fetch, own);
    expect(body.result?.tools?.every(({ name }) => !String(name).includes('__'))).toBe(true);
    const seen = world.upstream.calls().length;
    const told = async (name: string, args: object) => {
      const { record, told: no } = await callTool(agent.fetch, own, name, args);
      const id = record ?? (no as { readonly record?: string } | undefined)?.record;
      return { code: no?.code, record: await recorded(`${id}`) };
    };
    const fine = await told('note', { text: 'own' });
    expect(fine).toMatchObject({
      code: undefined,
      record: { type: 'policy.outcome', target: { target: 'tool:fake/note' } },
    });
    expect(await told('note', { text: 'forbidden' })).toMatchObject({
      code: 'policy/denied',
      record: { target: { target: 'tool:fake/note' } },
    });
    expect(await told('pay', { to: 'bob', amount: 1_001 })).toMatchObject({
      code: 'tools/outside-envelope',
    });
    expect(await told('hidden', {})).toMatchObject({ code: 'tools/not-visible' });
    expect(world.upstream.calls().length).toBe(seen + 1);
  });
});

/** The log is a moment behind the answer. */
async function recorded(id: string): Promise<unknown> {
  let record: unknown;
  await until(async () => {
    const path = `/v1/records/${id}`;
    const found = await world.instance.admin.request('GET', path).catch(() => undefined);
    record = found?.['record'];
    return record !== undefined;
  });
  return record;
}

describe('a session over a start', () => {
  it('is the same one: a gateway that was killed knows it again [TOL-01]', async () => {
    const { client, transport } = await connect();
    const session = transport.sessionId ?? '';
    process.kill(childOf(world.instance.pid, 'gateway/main.ts'), 'SIGKILL');
    const answered = async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => ask(session).catch(() => undefined)),
      );
      expect(answers.map((answer) => answer?.status)).not.toContain(404);
      return answers.every((answer) => answer?.status === 200);
    };
    await until(answered);
    await client.close();
  });
});
