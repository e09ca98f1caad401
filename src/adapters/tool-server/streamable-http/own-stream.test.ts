import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { Aside, Hearing, Lent, ToolServerConnection } from '#contracts/tool-server.ts';
import type { Reply } from '#kernel/call.ts';
import { startTalkingOnHttp } from '../../../../test/fakes/talking-server.ts';
import { createStreamableHttpTransport } from './index.ts';

const asks = ['elicitation', 'sampling', 'roots'] as const;
const capabilities = { elicitation: {}, sampling: {}, roots: {} };
const accept: Reply = {
  kind: 'result',
  result: { action: 'accept', content: { name: 'Ada' } },
};

let url = '';
let stop: () => void = () => undefined;
let connection: ToolServerConnection;
beforeAll(async () => {
  ({ url, stop } = await startTalkingOnHttp());
});
afterEach(() => connection.close());
afterAll(() => stop());

describe('a server that asks on the stream of its session, without saying for which call', () => {
  it.each([
    ['who', 'elicitation/create', accept, '{"action":"accept","content":{"name":"Ada"}}'],
    [
      'model',
      'sampling/createMessage',
      result({ role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } }),
      '{"model":"m","role":"assistant","content":{"type":"text","text":"hi"}}',
    ],
    ['roots', 'roots/list', result({ roots: [] }), '{"roots":[]}'],
  ] as const)(
    'asks the only call that listens there: %s [SYS-043]',
    async (of, method, reply, told) => {
      connection = connectAlone();
      const { heard, hearing } = listening({ capabilities }, reply);
      const answer = await connection.exchange(invocation(`${of}-beside`, {}, { hearing }));
      expect(heard).toMatchObject([{ kind: 'ask', method }]);
      expect(essence(answer)).toMatchObject({ content: [{ text: told }] });
      // The stream stays, and the next call is heard as well.
      await connection.exchange(invocation(`${of}-beside`, {}, { hearing }));
      expect(heard).toHaveLength(2);
    },
  );

  it('is heard there by whoever reads its log', async () => {
    connection = connectAlone();
    const { heard, hearing } = listening({ log: 'info' });
    await connection.exchange(invocation('log-beside', {}, { hearing }));
    expect(heard).toMatchObject([{ kind: 'notice', params: { data: 'said beside' } }]);
  });

  it('is told that nobody can be asked when several calls listen [SYS-043]', async () => {
    connection = connectAlone();
    const { heard, hearing } = listening({ capabilities }, accept);
    const other = connection.exchange(invocation('log-beside', { ms: 1_000 }, { hearing }));
    const answer = await connection.exchange(invocation('who-beside', {}, { hearing }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'refused: -32601' }] });
    await other;
    expect(heard).toEqual([]);
  });

  it('is told so on a connection of several callers', async () => {
    const entry = serverEntry({ kind: 'http', url }, { asks });
    connection = createStreamableHttpTransport().connect(entry, [], noEvents, 'main');
    const { heard, hearing } = listening({ capabilities }, accept);
    const answer = await connection.exchange(invocation('who-beside', {}, { hearing }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'refused: -32601' }] });
    expect(heard).toEqual([]);
  });

  it('asks no other call in the place of one that was given up [SYS-043]', async () => {
    connection = connectAlone();
    const aborter = new AbortController();
    const first = listening({ capabilities });
    const { hearing, heard } = listening({ capabilities }, accept);
    const { signal } = aborter;
    const gone = connection.exchange(
      invocation('who-beside', { ms: 400 }, { hearing: first.hearing, signal }),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    aborter.abort();
    expect(essence(await gone)).toMatchObject({ code: 'gateway/cancelled' });
    const next = await connection.exchange(invocation('roots-beside', { ms: 600 }, { hearing }));
    expect(essence(next)).toMatchObject({ content: [{ text: 'refused: -32601' }] });
    expect(heard).toEqual([]);
  });
});

describe('the stream of a session', () => {
  let fake: Server;
  const gets: { readonly authorization: string | undefined; isOpen: boolean }[] = [];
  let streams = 200;
  /** Ends every stream that is open at the server. */
  let drop: () => void = () => undefined;
  /** Set: calls are answered when it resolves. */
  let held: Promise<void> | undefined;
  beforeAll(async () => {
    fake = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}/mcp`;
  });
  afterEach(() => {
    gets.length = 0;
    streams = 200;
    drop = () => undefined;
    held = undefined;
  });
  afterAll(() => {
    fake.closeAllConnections();
    fake.close();
  });

  it('that was opened with what was lent to a call ends with that call [CRD-08]', async () => {
    connection = connectAlone();
    const { hearing } = listening({ capabilities });
    const lent: readonly Lent[] = [
      { kind: 'header', header: 'authorization', value: 'Bearer k', secret: 'k' },
    ];
    await connection.exchange(invocation('any', {}, { hearing, lent }));
    await expect.poll(() => gets).toEqual([{ authorization: 'Bearer k', isOpen: false }]);
    await connection.exchange(invocation('any', {}, { hearing, lent }));
    await expect.poll(() => gets.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });

  it.each([
    ['again', 'still', 2],
    ['no more', 'not', 1],
  ] as const)(
    'that breaks in mid-call is opened %s while its credential is %s lent [CRD-08]',
    async (_what, still, times) => {
      connection = connectAlone();
      let isLent = true;
      const lent: readonly Lent[] = [
        { kind: 'header', header: 'authorization', value: 'Bearer k', secret: 'k' },
      ];
      const { promise, resolve: answerIt } = Promise.withResolvers<void>();
      held = promise;
      const { hearing } = listening({ capabilities, lent: () => (isLent ? lent : []) });
      const call = connection.exchange(invocation('any', {}, { hearing, lent }));
      await expect.poll(() => gets.length).toBe(1);
      isLent = still === 'still';
      drop();
      if (times === 2) await expect.poll(() => gets.length).toBe(2);
      // Longer than it waits before it opens it again.
      else await new Promise((resolve) => setTimeout(resolve, 400));
      answerIt();
      await call;
      expect(gets).toHaveLength(times);
      expect(gets.every(({ authorization }) => authorization === 'Bearer k')).toBe(true);
    },
  );

  it('stays for the next call when it was opened with nothing', async () => {
    connection = connectAlone();
    const { hearing } = listening({ capabilities });
    await connection.exchange(invocation('any', {}, { hearing }));
    await connection.exchange(invocation('any', {}, { hearing }));
    expect(gets).toEqual([{ authorization: undefined, isOpen: true }]);
    await connection.close();
    await expect.poll(() => gets).toEqual([{ authorization: undefined, isOpen: false }]);
  });

  it('is not asked for again where it is not served, and holds up no call', async () => {
    streams = 405;
    connection = connectAlone();
    const { hearing } = listening({ capabilities });
    await connection.exchange(invocation('any', {}, { hearing }));
    const answer = await connection.exchange(invocation('any', {}, { hearing }));
    expect(essence(answer)).toEqual({ content: [] });
    expect(gets).toHaveLength(1);
  });

  it('is asked for again when another one of its session is still open', async () => {
    streams = 409;
    connection = connectAlone();
    const { hearing } = listening({ capabilities });
    const answer = connection.exchange(invocation('any', {}, { hearing }));
    await expect.poll(() => gets.length).toBe(1);
    streams = 200;
    expect(essence(await answer)).toEqual({ content: [] });
    expect(gets.map(({ isOpen }) => isOpen)).toEqual([false, true]);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const get = { authorization: request.headers.authorization, isOpen: streams === 200 };
      gets.push(get);
      response.on('close', () => (get.isOpen = false));
      response.writeHead(streams, { 'content-type': 'text/event-stream' });
      const before = drop;
      drop = () => {
        before();
        response.end();
      };
      if (streams === 200) response.flushHeaders();
      else response.end();
      return;
    }
    const { id, method } = JSON.parse((await text(request)) || '{}') as {
      id?: number;
      method?: string;
    };
    const said = { jsonrpc: '2.0', id };
    response.setHeader('content-type', 'application/json');
    if (method === 'initialize') {
      response.setHeader('mcp-session-id', 'one');
      const protocolVersion = '2025-11-25';
      response.end(JSON.stringify({ ...said, result: { protocolVersion, capabilities: {} } }));
    } else if (method === 'tools/call') {
      await held;
      response.end(JSON.stringify({ ...said, result: { content: [] } }));
    } else if (id === undefined) response.writeHead(202).end();
    else response.end(JSON.stringify({ ...said, error: { code: -32_601, message: 'no' } }));
  }
});

function connectAlone(): ToolServerConnection {
  const entry = serverEntry({ kind: 'http', url }, { asks });
  const alone = createStreamableHttpTransport().connectAlone?.(entry, noEvents);
  if (alone === undefined) throw new Error('it knows no such connection');
  return alone;
}

function result(value: Extract<Reply, { kind: 'result' }>['result']): Reply {
  return { kind: 'result', result: value };
}

function listening(changes: Partial<Hearing>, reply?: Reply) {
  const heard: Aside[] = [];
  const hearing: Hearing = {
    progress: false,
    log: undefined,
    capabilities: {},
    ...changes,
    hear(aside) {
      heard.push(aside);
      if (aside.kind === 'ask' && reply !== undefined) aside.answer(reply);
    },
  };
  return { heard, hearing };
}
