import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  ElicitRequestSchema,
  PromptListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTalkingOnHttp, talkingOnStdio } from '../fakes/talking-server.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { callTool, listTools, modernBody, modernHeaders, readAnswer } from './wire.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const documents = (url: string) => ({
  'talk.yaml': `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: talks, manifest: work, rate: { perMinute: 60000, burst: 6000 } }
---
kind: Manifest
name: work
spec: { tools: [ { tool: sdk/count }, { tool: sdk/who }, { tool: sdk/model }, { tool: there/who-beside }, { tool: there/touch } ], targets: [ 'resource:there/note:///*', 'prompt:there/greet' ] }
---
kind: ToolServer
name: sdk
spec:
  connect: ${JSON.stringify({
    command: process.execPath,
    args: ['--input-type=module', '-e', talkingOnStdio],
    cwd: root,
  })}
  pin: first-seen
  results: { labels: [] }
  tools: { count: { effect: read }, who: { effect: read }, model: { effect: read } }
---
kind: ToolServer
name: there
spec:
  connect: { url: '${url}' }
  pin: first-seen
  results: { labels: [] }
  resources: {}
  prompts: {}
  tools: { who-beside: { effect: read }, touch: { effect: read } }
`,
});

let instance: Instance;
let agent: TestAgent;
let stop: () => void = () => undefined;

beforeAll(async () => {
  const talking = await startTalkingOnHttp();
  ({ stop } = talking);
  instance = await startInstance({ documents: documents(talking.url) });
  agent = await instance.enrolAgent('worker');
  await until(async () => {
    const { body } = await listTools(agent.fetch, instance.gateway);
    return (body.result as { tools: unknown[] } | undefined)?.tools.length === 5;
  });
}, 60_000);

afterAll(async () => {
  await instance?.stop();
  await instance?.remove();
  stop();
});

describe('a server that says more than its answer, to a client of the newest revision', () => {
  it('is heard while it works, in order, with the token of the client [SYS-043]', async () => {
    const client = await modernClient();
    const heard: unknown[] = [];
    const answer = await client.callTool(
      { name: 'sdk.count', arguments: { to: 3 } },
      { onprogress: (progress) => heard.push(progress) },
    );
    expect(answer.content).toMatchObject([{ text: 'counted to 3' }]);
    expect(heard).toEqual([
      { progress: 1, total: 3 },
      { progress: 2, total: 3 },
      { progress: 3, total: 3 },
    ]);
    await client.close();
  });

  it('asks its user through a second call, and goes on where it was [SYS-043]', async () => {
    const client = await modernClient();
    const asked: unknown[] = [];
    client.setRequestHandler('elicitation/create', (request) => {
      asked.push(request.params);
      return { action: 'accept', content: { name: 'Ada' } };
    });
    const answer = await client.callTool({ name: 'sdk.who', arguments: {} });
    expect(asked).toMatchObject([{ message: 'who?' }]);
    expect(answer.content).toMatchObject([
      { text: '{"action":"accept","content":{"name":"Ada"}}' },
    ]);
    await client.close();
  });

  it('is not asked again by a handle that was used, made up, or is somebody else’s', async () => {
    const ask = (params: object, who = agent) => {
      const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
      return postCall(who, { name: 'sdk.who', arguments: {}, ...params }, meta);
    };
    const { result } = await ask({});
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { 'ask-1': { method: 'elicitation/create', params: { message: 'who?' } } },
      requestState: expect.any(String),
    });
    const { requestState } = result as { requestState: string };
    const inputResponses = { 'ask-1': { action: 'decline' } };
    const other = await instance.enrolAgent('worker');
    const stolen = await ask({ inputResponses, requestState }, other);
    expect(stolen).toMatchObject({
      error: { code: -32_602, data: { code: 'tools/unknown-state' } },
    });
    const madeUp = await ask({ inputResponses, requestState: `${requestState}x` });
    expect(madeUp).toMatchObject({
      error: { code: -32_602, data: { code: 'tools/unknown-state' } },
    });
    const done = await ask({ inputResponses, requestState });
    expect(done.result).toMatchObject({ content: [{ text: '{"action":"decline"}' }] });
    const again = await ask({ inputResponses, requestState });
    expect(again).toMatchObject({
      error: { code: -32_602, data: { code: 'tools/unknown-state' } },
    });
  });

  it('is told that its client cannot be asked, and says so', async () => {
    const answer = await callTool(agent.fetch, instance.gateway, 'sdk.who', {});
    expect(answer.body.result).toMatchObject({ isError: true });
    const sampled = await callTool(agent.fetch, instance.gateway, 'sdk.model', {});
    expect(sampled.body.result).toMatchObject({ content: [{ text: 'refused: -32601' }] });
  });

  it('leaves every word on record before it is told', async () => {
    const path = '/v1/records?type=policy.outcome-part&agent=worker&limit=50';
    const recorded = async () => {
      const { records } = (await instance.admin.request('GET', path)) as { records: unknown[] };
      return records.length;
    };
    await expect.poll(recorded, { timeout: 20_000 }).toBeGreaterThan(0);
  });
});

describe('a server that says more than its answer, to a client of the handshake era', () => {
  it('is heard while it works', async () => {
    const client = new LegacyClient({ name: 'old', version: '1' });
    await client.connect(new LegacyTransport(new URL(instance.gateway), { fetch: agent.fetch }));
    const heard: unknown[] = [];
    const answer = await client.callTool({ name: 'sdk.count', arguments: { to: 2 } }, undefined, {
      onprogress: (progress) => heard.push(progress),
    });
    expect(answer.content).toMatchObject([{ text: 'counted to 2' }]);
    expect(heard).toMatchObject([{ progress: 1 }, { progress: 2 }]);
    await client.close();
  });
});

describe('a server by URL that asks without saying for which call', () => {
  it('asks a client of the handshake era in mid-call, and goes on [SYS-043, D-07]', async () => {
    const { client, asked } = legacyAsked();
    await client.connect(new LegacyTransport(new URL(instance.gateway), { fetch: agent.fetch }));
    const answer = await client.callTool({ name: 'there.who-beside', arguments: {} });
    expect(asked).toMatchObject([{ message: 'who?' }]);
    expect(answer.content).toMatchObject([{ text: accepted }]);
    await client.close();
  });

  it('asks a client of the newest revision through a second call [SYS-043, D-07]', async () => {
    const client = await modernClient();
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { name: 'Ada' },
    }));
    const answer = await client.callTool({ name: 'there.who-beside', arguments: {} });
    expect(answer.content).toMatchObject([{ text: accepted }]);
    await client.close();
  });

  it('asks nobody else of two instances that are both in mid-call [SYS-043]', async () => {
    const other = await instance.enrolAgent('worker');
    const [one, two] = [legacyAsked(), legacyAsked('Bob')];
    const url = new URL(instance.gateway);
    await one.client.connect(new LegacyTransport(url, { fetch: agent.fetch }));
    await two.client.connect(new LegacyTransport(url, { fetch: other.fetch }));
    const ask = { name: 'there.who-beside', arguments: { ms: 200 } };
    const [first, second] = await Promise.all([one, two].map(({ client }) => client.callTool(ask)));
    expect(first?.content).toMatchObject([{ text: accepted }]);
    expect(second?.content).toMatchObject([{ text: accepted.replace('Ada', 'Bob') }]);
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    await Promise.all([one.client.close(), two.client.close()]);
  });
});

describe('a server whose resources change', () => {
  it('is heard by a client of the handshake era that subscribed, until it does not want to [D-06, SYS-044]', async () => {
    const client = new LegacyClient({ name: 'old', version: '1' });
    const heard: unknown[] = [];
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      heard.push(params);
    });
    client.setNotificationHandler(
      PromptListChangedNotificationSchema,
      () => void heard.push('prompts'),
    );
    await client.connect(new LegacyTransport(new URL(instance.gateway), { fetch: agent.fetch }));
    await client.subscribeResource({ uri: 'note:///one' });
    await expect(client.subscribeResource({ uri: 'file:///etc/passwd' })).rejects.toMatchObject({
      code: -32_002,
    });
    const touch = async () => {
      await client.callTool({ name: 'there.touch', arguments: {} });
      return heard;
    };
    await expect.poll(touch, { timeout: 15_000 }).toContainEqual({ uri: 'note:///one' });
    await expect.poll(() => heard, { timeout: 5_000 }).toContain('prompts');
    await client.unsubscribeResource({ uri: 'note:///one' });
    // What is on its way still comes; after that nothing does.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    heard.length = 0;
    await touch();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(heard).not.toContainEqual({ uri: 'note:///one' });
    await client.close();
  });

  it('is heard by a client of the newest revision on its own stream, of what it may read alone [D-06]', async () => {
    const aborter = new AbortController();
    const resourceSubscriptions = ['note:///one', 'file:///etc/passwd'];
    const response = await agent.fetch(instance.gateway, {
      method: 'POST',
      headers: modernHeaders('subscriptions/listen'),
      body: JSON.stringify(
        modernBody('subscriptions/listen', { notifications: { resourceSubscriptions } }),
      ),
      signal: aborter.signal,
    });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString('utf8');
    })().catch(() => undefined);
    await expect
      .poll(() => text)
      .toContain('"notifications":{"resourceSubscriptions":["note:///one"]}');
    const touch = async () => {
      await callTool(agent.fetch, instance.gateway, 'there.touch', {});
      return text;
    };
    await expect.poll(touch, { timeout: 15_000 }).toMatch(/resources\/updated[^\n]*note:\/\/\/one/);
    expect(text).toContain('subscriptionId');
    aborter.abort();
    await reading;
  });
});

describe('a stop, while a request waits for its caller to call again', () => {
  it('reaches it: it is let go of, its handle with it, and that is on record [TOL-15, MON-17]', async () => {
    const worker = await instance.enrolAgent('worker');
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
    const call = { name: 'sdk.who', arguments: {} };
    const { result } = await postCall(worker, call, meta);
    const { requestState } = result as { requestState: string };
    const target = { kind: 'tool', name: 'sdk/who' };
    await instance.admin.request('POST', '/v1/stops', { target, reason: 'incident 17' });
    const dropped = async () => {
      const path = '/v1/records?type=gateway.question-dropped&limit=5';
      const { records } = (await instance.admin.request('GET', path)) as { records: unknown[] };
      return records;
    };
    await expect.poll(dropped, { timeout: 20_000 }).toMatchObject([
      {
        record: {
          effect: 'unknown',
          details: { target: 'tool:sdk/who', by: 'stop', code: 'stop/active' },
        },
      },
    ]);
    await instance.admin.request('POST', '/v1/stops/release', { target, reason: 'over' });
    const inputResponses = { 'ask-1': { action: 'decline' } };
    const answer = () => postCall(worker, { ...call, inputResponses, requestState }, meta);
    await expect
      .poll(answer, { timeout: 10_000 })
      .toMatchObject({ error: { data: { code: 'tools/unknown-state' } } });
  });
});

const accepted = '{"action":"accept","content":{"name":"Ada"}}';

function legacyAsked(name = 'Ada') {
  const asked: unknown[] = [];
  const client = new LegacyClient(
    { name: 'old', version: '1' },
    { capabilities: { elicitation: {} } },
  );
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return { action: 'accept', content: { name } };
  });
  return { client, asked };
}

async function modernClient(): Promise<Client> {
  const client = new Client(
    { name: 'new', version: '1' },
    { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
  );
  const transport = new StreamableHTTPClientTransport(new URL(instance.gateway), {
    fetch: agent.fetch,
  });
  await client.connect(transport);
  return client;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it is not so yet');
}

async function postCall(who: TestAgent, params: Record<string, unknown>, meta: object) {
  const body = modernBody('tools/call', params) as { params: { _meta: object } };
  Object.assign(body.params._meta, meta);
  const response = await who.fetch(instance.gateway, {
    method: 'POST',
    headers: modernHeaders('tools/call', 'sdk.who'),
    body: JSON.stringify(body),
  });
  return (await readAnswer(response)).body;
}
