import { afterEach, describe, expect, it } from 'vitest';
import { essence, invocation, request, serverEntry } from '#contracts/tool-server.suite.ts';
import { mirroredIn } from '#contracts/mirrored.ts';
import type { Lent, ToolServerConnection } from '#contracts/tool-server.ts';
import {
  type FakeToolServer,
  type FakeToolServerOptions,
  headersTool,
  startFakeToolServer,
} from '../../../../test/fakes/fake-tool-server/index.ts';
import { createStreamableHttpTransport } from './index.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Seen {
  readonly fake: FakeToolServer;
  readonly connection: ToolServerConnection;
  readonly changes: () => number;
  readonly late: readonly string[];
}

interface Address {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function open(options: FakeToolServerOptions, address: Address = {}): Promise<Seen> {
  const fake = await startFakeToolServer(options);
  closers.push(() => fake.close());
  let changes = 0;
  const late: string[] = [];
  const connection = createStreamableHttpTransport().connect(
    serverEntry({
      kind: 'http',
      url: `${fake.url}${address.query ?? ''}`,
      headers: address.headers ?? {},
    }),
    [],
    {
      listChanged: () => {
        changes += 1;
      },
      lateAnswer: (callId) => late.push(callId),
    },
    'main',
  );
  closers.push(() => connection.close());
  return { fake, connection, changes: () => changes, late };
}

const lent: Lent = {
  kind: 'header',
  header: 'authorization',
  value: 'Bearer s3cret',
  secret: 's3cret',
};

describe('what a tool server gets over HTTP', () => {
  it.each(['modern', 'legacy'] as const)(
    'holds the judged argument bytes unchanged (%s)',
    async (era) => {
      const { fake, connection } = await open({ era });
      const argumentBytes = Buffer.from('{"b":1e+30,"text":"\u2028é","z":[{},""]}');
      await connection.exchange(invocation('echo', {}, { argumentBytes }));
      const [call] = fake.requestsOf('tools/call');
      expect(call?.body.includes(argumentBytes)).toBe(true);
    },
  );

  it('follows the modern revision: `_meta` in the body, headers that repeat it, no session', async () => {
    const { fake, connection } = await open({ era: 'modern' });
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await connection.exchange(invocation('echo', { text: 'x' }, { trace }));
    const methods = fake.requests().map(({ body }) => /"method":"([^"]+)"/.exec(String(body))?.[1]);
    expect(methods[0]).toBe('server/discover');
    expect(methods).not.toContain('initialize');
    const call = fake.requestsOf('tools/call')[0];
    expect(call?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      traceparent: trace,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    });
    expect(call?.headers).not.toHaveProperty('mcp-session-id');
    const body = String(call?.body);
    expect(body).toContain('"io.modelcontextprotocol/protocolVersion":"2026-07-28"');
    expect(body).toContain('"io.modelcontextprotocol/clientCapabilities":{}');
    expect(body).toContain(`"traceparent":"${trace}"`);
  });

  it('repeats in headers the arguments that the schema wants there', async () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    const depth = { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } };
    const inputSchema = { type: 'object', properties: { region, depth, plain: {} } };
    const { fake, connection } = await open({
      era: 'modern',
      tools: [{ name: 'route', inputSchema }],
    });
    // As it was approved: what the server says by now changes nothing.
    const mirrored = mirroredIn(inputSchema);
    const given = { region: 'süd', depth: { n: 3 }, plain: 'x' };
    await connection.exchange(invocation('route', given, { mirrored }));
    await connection.exchange(invocation('route', {}, { mirrored }));
    const [first, second] = fake.requestsOf('tools/call').map(({ headers }) => headers);
    const encoded = `=?base64?${Buffer.from('süd').toString('base64')}?=`;
    expect(first).toMatchObject({ 'mcp-param-region': encoded, 'mcp-param-n': '3' });
    expect(Object.keys(second ?? {}).filter((name) => name.startsWith('mcp-param'))).toEqual([]);
  });

  it('encodes a tool name that a header cannot carry', async () => {
    const tools = [{ name: 'größe' }];
    const { fake, connection } = await open({ era: 'modern', tools });
    await connection.exchange(invocation('größe', {}));
    const name = fake.requestsOf('tools/call')[0]?.headers['mcp-name'];
    expect(name).toBe(`=?base64?${Buffer.from('größe').toString('base64')}?=`);
  });

  it('says in headers what a resource read and a prompt are about, and nothing of a list', async () => {
    const { fake, connection } = await open({ era: 'modern' });
    const uri = 'file:///docs/handbook.md';
    const odd = 'file:///docs/größe 1.md';
    await connection.exchange(request('resources/read', uri, { uri }));
    await connection.exchange(request('resources/read', odd, { uri: odd }));
    await connection.exchange(request('prompts/get', 'summary', { name: 'summary' }));
    await connection.exchange(request('resources/list', undefined, {}));
    const told = fake
      .requests()
      .map(({ headers }) => [headers['mcp-method'], headers['mcp-name']])
      .filter(([method]) => /^(?:resources|prompts)/.test(method ?? ''));
    expect(told).toEqual([
      ['resources/read', uri],
      ['resources/read', `=?base64?${Buffer.from(odd).toString('base64')}?=`],
      ['prompts/get', 'summary'],
      ['resources/list', undefined],
    ]);
    expect(fake.requestsOf('resources/read')[0]?.body.toString()).toContain(`{"uri":"${uri}"`);
  });

  it('follows the legacy revision: greeting, session, goodbye', async () => {
    const { fake, connection } = await open({ era: 'legacy', noListening: true });
    await connection.exchange(invocation('echo', { text: 'x' }));
    await connection.close();
    const call = fake.requestsOf('tools/call')[0];
    expect(fake.requestsOf('initialize')).toHaveLength(1);
    expect(fake.requestsOf('notifications/initialized')).toHaveLength(1);
    expect(call?.headers['mcp-protocol-version']).toBe('2025-11-25');
    expect(call?.headers['mcp-session-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(fake.requests().at(-1)?.method).toBe('DELETE');
  });

  it('greets once for many calls that begin together', async () => {
    const { fake, connection } = await open({ era: 'legacy' });
    await Promise.all(
      Array.from({ length: 20 }, () => connection.exchange(invocation('echo', { text: 'x' }))),
    );
    expect(fake.requestsOf('initialize')).toHaveLength(1);
  });

  it('begins a new session once when the server forgot the old one', async () => {
    const { fake, connection, changes } = await open({ era: 'legacy' });
    await connection.exchange(invocation('echo', { text: 'x' }));
    fake.forgetSessions();
    const answer = await connection.exchange(invocation('echo', { text: 'again' }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'again' }] });
    expect(fake.requestsOf('initialize')).toHaveLength(2);
    // It may have come back with another list.
    expect(changes()).toBe(1);
  });

  it('holds nothing of the caller, and no header but those of the protocol and the loan', async () => {
    const { connection } = await open({ era: 'modern', tools: [headersTool] });
    const answer = await connection.exchange(invocation('headers', {}, { lent: [lent] }));
    const { structuredContent } = essence(answer) as { structuredContent: object };
    expect(Object.keys(structuredContent).toSorted()).toEqual([
      'accept',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-method',
      'mcp-name',
      'mcp-protocol-version',
    ]);
  });

  it('holds a lent credential only on the request it was lent for', async () => {
    const { fake, connection } = await open({ era: 'legacy' });
    await connection.exchange(invocation('echo', { text: 'x' }, { lent: [lent] }));
    await connection.exchange(invocation('echo', { text: 'y' }));
    const carried = fake.requests().filter(({ rawHeaders }) => rawHeaders.includes(lent.value));
    expect(carried).toHaveLength(1);
    expect(String(carried[0]?.body)).toContain('tools/call');
  });

  it.each(['modern', 'legacy'] as const)(
    'holds what is lent in its address on each request of that use, and in no other (%s)',
    async (era) => {
      const value = 's3cret/&=+ü';
      const key: Lent = { kind: 'query', name: 'api key', value, secret: value };
      const { fake, connection } = await open({ era }, { query: '?team=blue' });
      await connection.exchange(invocation('echo', { text: 'x' }, { lent: [key] }));
      const plain = fake.requestsOf('tools/call').length;
      await connection.exchange(invocation('echo', { text: 'y' }));
      const urls = fake.requestsOf('tools/call').map(({ url }) => url);
      expect(urls[0]).toBe('/mcp?team=blue&api%20key=s3cret%2F%26%3D%2B%C3%BC');
      expect(urls.slice(plain)).toEqual(['/mcp?team=blue']);
      const [greeting] = fake.requests();
      expect(greeting?.url).toContain('api%20key=');
      expect(fake.requests().flatMap(({ rawHeaders }) => rawHeaders)).not.toContain(value);
    },
  );

  it.each(['modern', 'legacy'] as const)(
    'has the headers of its document on every request, beside what is lent (%s)',
    async (era) => {
      const { fake, connection } = await open({ era }, { headers: { 'x-team': 'blue' } });
      await connection.exchange(invocation('echo', { text: 'x' }, { lent: [lent] }));
      expect(fake.requests().length).toBeGreaterThan(1);
      for (const { headers } of fake.requests()) expect(headers['x-team']).toBe('blue');
      expect(fake.requestsOf('tools/call')[0]?.headers).toMatchObject({
        'x-team': 'blue',
        authorization: lent.value,
        'content-type': 'application/json',
      });
    },
  );

  it.each(['modern', 'legacy'] as const)(
    'holds it in the greeting too when the server turns strangers away (%s)',
    async (era) => {
      const { connection } = await open({
        era,
        wants: { header: 'Authorization', value: lent.value },
      });
      const refused = await connection.exchange(invocation('echo', { text: 'x' }));
      expect(essence(refused)).toEqual({ code: 'tools/upstream-error', effect: 'none' });
      const answer = await connection.exchange(invocation('echo', { text: 'x' }, { lent: [lent] }));
      expect(essence(answer)).toMatchObject({ content: [{ text: 'x' }] });
    },
  );

  it('never holds a credential that breaks out of its header', async () => {
    const { fake, connection } = await open({ era: 'modern' });
    const bad: Lent = { ...lent, value: 'x\r\nx-evil: 1' };
    const answer = await connection.exchange(invocation('echo', { text: 'x' }, { lent: [bad] }));
    expect(essence(answer)).toEqual({ code: 'tools/upstream-unreachable', effect: 'none' });
    expect(fake.requestsOf('tools/call')).toHaveLength(0);
  });

  it('begins anew with the next call when the server answered 400', async () => {
    const { fake, connection } = await open({ era: 'legacy' });
    fake.answerNext('tools/call', (response) => response.writeHead(400).end());
    await connection.exchange(invocation('echo', { text: 'x' }));
    const answer = await connection.exchange(invocation('echo', { text: 'again' }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'again' }] });
    expect(fake.requestsOf('initialize')).toHaveLength(2);
  });

  it('is an answer to a ping in the middle of a stream, and a no to anything else', async () => {
    const { fake, connection } = await open({ era: 'legacy' });
    fake.answerNext('tools/call', (response, request) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","id":"p","method":"ping"}\n\n');
      response.write('data: {"jsonrpc":"2.0","id":"q","method":"sampling/createMessage"}\n\n');
      const id = JSON.stringify(request['id']);
      response.end(`data: {"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n\n`);
    });
    const answer = await connection.exchange(invocation('echo', { text: 'x' }, { lent: [lent] }));
    expect(essence(answer)).toEqual({ content: [] });
    const replies = (): string[] =>
      fake
        .requests()
        .flatMap(({ body }) => (/"id":"[pq]"/.test(String(body)) ? [String(body)] : []));
    await expect.poll(() => replies().length).toBe(2);
    expect(replies().toSorted()).toEqual([
      '{"error":{"code":-32601,"message":"method not served"},"id":"q","jsonrpc":"2.0"}',
      '{"id":"p","jsonrpc":"2.0","result":{}}',
    ]);
  });

  it('asks a legacy server to stop when nobody waits any more', async () => {
    const { fake, connection, late } = await open({ era: 'legacy' });
    await connection.exchange(invocation('echo', { text: 'greeted' }));
    await connection.exchange(invocation('sleep', { ms: 300 }, { timeoutMs: 50, callId: 'slow' }));
    await expect.poll(() => fake.requestsOf('notifications/cancelled').length).toBe(1);
    await expect.poll(() => late).toEqual(['slow']);
  });

  it('reports an answer that comes late', async () => {
    const { connection, late } = await open({ era: 'modern' });
    await connection.exchange(invocation('echo', { text: 'greeted' }));
    await connection.exchange(invocation('sleep', { ms: 200 }, { timeoutMs: 50, callId: 'slow' }));
    expect(late).toEqual([]);
    await expect.poll(() => late).toEqual(['slow']);
  });

  it.each(['modern', 'legacy'] as const)('listens for changed lists (%s) [TOL-10]', async (era) => {
    const { fake, connection, changes } = await open({ era });
    await connection.exchange(invocation('echo', { text: 'x' }));
    await expect.poll(() => fake.listeners()).toBe(1);
    fake.setTools([]);
    await expect.poll(changes).toBe(1);
    await connection.close();
    await expect.poll(() => fake.listeners()).toBe(0);
  });
});
