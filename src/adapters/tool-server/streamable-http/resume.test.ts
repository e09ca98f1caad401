import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { Hearing, Lent, ToolServerConnection } from '#contracts/tool-server.ts';
import { createStreamableHttpTransport } from './index.ts';

/** What is written of each stream of the call, in turn, before it ends; a status when it is refused. */
let streams: readonly (readonly string[] | number)[] = [];
let asked: {
  readonly method: string;
  readonly after: string | undefined;
  key: string | undefined;
}[] = [];
let isModern = false;
/** Set: is given the stream of a call instead of its end. */
let hold: ((stream: ServerResponse) => void) | undefined;
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
  hold = undefined;
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

  it('is not taken up with the credential of a call that was given up', async () => {
    streams = [[primed], ['answer']];
    const held = Promise.withResolvers<ServerResponse>();
    hold = held.resolve;
    const leaving = new AbortController();
    const late = Promise.withResolvers<void>();
    const connection = connect();
    const answer = connection.exchange(
      invocation('any', {}, { lent: [key], signal: leaving.signal }),
    );
    const stream = await held.promise;
    leaving.abort();
    expect(essence(await answer)).toMatchObject({ effect: 'unknown' });
    stream.end(late.resolve);
    await late.promise;
    // Well beyond the wait that its server asked for.
    await setTimeout(100);
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
    await connection.close();
  });

  it('is taken up with what is lent to its call then, and with nothing while nothing is lent', async () => {
    const other: Lent = { ...key, value: 'Bearer l', secret: 'l' };
    streams = [[primed], ['answer']];
    expect(await call(hearing([other]))).toEqual({ content: [] });
    expect(asked.map((one) => one.key)).toEqual(['Bearer k', 'Bearer l']);
    asked = [];
    streams = [[primed], ['answer']];
    expect(await call(hearing([]))).toMatchObject({ effect: 'unknown' });
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
  });

  it('is never taken up in the revision that knows no such thing', async () => {
    isModern = true;
    streams = [[primed], ['answer']];
    expect(await call()).toMatchObject({ effect: 'unknown' });
    expect(asked.map(({ method }) => method)).toEqual(['POST']);
  });
});

const key: Lent = { kind: 'header', header: 'authorization', value: 'Bearer k', secret: 'k' };

function connect(): ToolServerConnection {
  const entry = serverEntry({ kind: 'http', url });
  return createStreamableHttpTransport().connect(entry, [], noEvents, 'main');
}

async function call(hearing?: Hearing): Promise<unknown> {
  const connection = connect();
  const asking = { ...invocation('any', {}, { lent: [key] }), hearing };
  const answer = await connection.exchange(asking);
  await connection.close();
  return essence(answer);
}

/** Of a call whose own lease is over: it goes on with these. */
function hearing(lent: readonly Lent[]): Hearing {
  const hears = { progress: false, log: undefined, capabilities: {}, hear: () => undefined };
  return { ...hears, lent: () => lent };
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
  if (method === 'POST' && hold !== undefined) return hold(response);
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
