import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { createStreamableHttpTransport } from './index.ts';

/** What is written of each stream of the call, in turn, before it ends; a status when it is refused. */
let streams: readonly (readonly string[] | number)[] = [];
let asked: {
  readonly method: string;
  readonly after: string | undefined;
  key: string | undefined;
}[] = [];
let isModern = false;
let callId = 0;
let fake: Server;
let url = '';

beforeAll(async () => {
  fake = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}/mcp`;
});
afterEach(() => {
  asked = [];
  isModern = false;
});
afterAll(() => {
  fake.closeAllConnections();
  fake.close();
});

const primed = 'id: 1\nretry: 5\ndata:\n\n';
const answered = () => `id: 9\ndata: {"jsonrpc":"2.0","id":${callId},"result":{"content":[]}}\n\n`;
const noise = 'id: 2\ndata: {"jsonrpc":"2.0","method":"notifications/x","params":{}}\n\n';

describe('the stream of a call that breaks off before its answer', () => {
  it('is taken up where it ended, with the credential of the call, and the call is not made again [SYS-046]', async () => {
    streams = [[primed], ['answer']];
    expect(await call()).toEqual({ content: [] });
    expect(asked).toEqual([
      { method: 'POST', after: undefined, key: 'Bearer k' },
      { method: 'GET', after: '1', key: 'Bearer k' },
    ]);
  });

  it('is taken up again as long as it says something new, and no longer', async () => {
    streams = [[primed], [noise], ['answer']];
    expect(await call()).toEqual({ content: [] });
    expect(asked.map(({ after }) => after)).toEqual([undefined, '1', '2']);
    asked = [];
    streams = [[primed], [], ['answer']];
    expect(await call()).toMatchObject({ code: 'tools/upstream-protocol', effect: 'unknown' });
    expect(asked.map(({ after }) => after)).toEqual([undefined, '1']);
  });

  it('stays an effect that nobody knows when its server does not go on with it', async () => {
    streams = [[primed], 404];
    expect(await call()).toMatchObject({ code: 'tools/upstream-protocol', effect: 'unknown' });
    asked = [];
    streams = [['data:\n\n']];
    expect(await call()).toMatchObject({ effect: 'unknown' });
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
  });

  it('is never taken up in the revision that knows no such thing', async () => {
    isModern = true;
    streams = [[primed], ['answer']];
    expect(await call()).toMatchObject({ effect: 'unknown' });
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
  });
});

async function call(): Promise<unknown> {
  const entry = serverEntry({ kind: 'http', url });
  const connection = createStreamableHttpTransport().connect(entry, [], noEvents, 'main');
  const lent: readonly Lent[] = [
    { kind: 'header', header: 'authorization', value: 'Bearer k', secret: 'k' },
  ];
  const answer = await connection.exchange(invocation('any', {}, { lent }));
  await connection.close();
  return essence(answer);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', headers } = request;
  const body = (await text(request)) || '{}';
  const said = JSON.parse(body) as { id?: number; method?: string };
  const isCall = said.method === 'tools/call' || method === 'GET';
  if (!isCall) return greet(said, response);
  if (said.id !== undefined) callId = said.id;
  const after = headers['last-event-id'];
  const stream = streams[asked.length] ?? 404;
  asked.push({
    method,
    after: typeof after === 'string' ? after : undefined,
    key: headers.authorization,
  });
  if (typeof stream === 'number') return void response.writeHead(stream).end();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of stream) response.write(event === 'answer' ? answered() : event);
  response.end();
}

function greet({ id, method }: { id?: number; method?: string }, response: ServerResponse): void {
  if (id === undefined) return void response.writeHead(202).end();
  response.setHeader('content-type', 'application/json');
  const tell = (more: object) => void response.end(JSON.stringify({ jsonrpc: '2.0', id, ...more }));
  if (method === 'server/discover' && isModern) {
    return tell({ result: { supportedVersions: ['2026-07-28'], capabilities: {} } });
  }
  if (method !== 'initialize') return tell({ error: { code: -32_601, message: 'no' } });
  response.setHeader('mcp-session-id', 'one');
  tell({ result: { protocolVersion: '2025-11-25', capabilities: {} } });
}
