import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  essence,
  invocation,
  noEvents,
  request,
  serverEntry,
} from '#contracts/tool-server.suite.ts';
import {
  type Lent,
  type ToolServerConnection,
  type ToolServerEvents,
  ToolServerFault,
} from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import {
  type FakeToolServer,
  type FakeToolServerOptions,
  type Hostile,
  startFakeToolServer,
} from '../../../../test/fakes/fake-tool-server/index.ts';
import { createStreamableHttpTransport } from './index.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Pair {
  readonly fake: FakeToolServer;
  readonly connection: ToolServerConnection;
}

async function pair(
  options: FakeToolServerOptions = {},
  events: ToolServerEvents = noEvents,
): Promise<Pair> {
  const fake = await startFakeToolServer(options);
  closers.push(() => fake.close());
  return { fake, connection: connectTo(fake.url, events) };
}

function connectTo(url: string, events: ToolServerEvents = noEvents): ToolServerConnection {
  const connection = createStreamableHttpTransport().connect(
    serverEntry({ kind: 'http', url }),
    [],
    events,
    'main',
  );
  closers.push(() => connection.close());
  return connection;
}

async function hostileCall(hostile: Hostile, options: FakeToolServerOptions = {}) {
  const { fake, connection } = await pair(options);
  fake.answerNext('tools/call', hostile);
  return essence(await connection.exchange(invocation('echo', { text: 'x' })));
}

function status(code: number): Hostile {
  return (response) => response.writeHead(code).end();
}

function json(make: (id: string) => string | Buffer, code = 200): Hostile {
  return (response, request) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(make(JSON.stringify(request['id'])));
  };
}

function unsupported(supported: unknown): Hostile {
  const error = { code: -32_022, message: 'no', data: { supported } };
  return json((id) => JSON.stringify({ jsonrpc: '2.0', id: Number(id), error }), 400);
}

function result(value: JsonObject): Hostile {
  return json((id) => `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(value)}}`);
}

const protocol = { code: 'tools/upstream-protocol', effect: 'unknown' };

describe('a hostile or broken HTTP tool server', () => {
  it.each([401, 403, 404, 405, 413, 415, 429])(
    'turned the call away with %d, so nothing happened',
    async (code) => {
      expect(await hostileCall(status(code), { era: 'modern' })).toEqual({
        code: 'tools/upstream-error',
        effect: 'none',
      });
    },
  );

  it.each([400, 500, 502, 503])('answered %d, so the effect is unknown', async (code) => {
    expect(await hostileCall(status(code))).toEqual({
      code: 'tools/upstream-error',
      effect: 'unknown',
    });
  });

  it('is not followed to another address', async () => {
    const other = await pair();
    const answer = await hostileCall((response) => {
      response.writeHead(307, { location: other.fake.url }).end();
    });
    expect(answer).toEqual(protocol);
    expect(other.fake.requests()).toHaveLength(0);
  });

  it.each<[string, (id: string) => string | Buffer]>([
    [
      'invalid UTF-8',
      (id) => Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{"a":"\xff"}}`, 'latin1'),
    ],
    ['the same key twice', (id) => `{"jsonrpc":"2.0","id":${id},"result":{"a":1,"a":2}}`],
    ['`__proto__`', (id) => `{"jsonrpc":"2.0","id":${id},"result":{"__proto__":{}}}`],
    ['half a message', (id) => `{"jsonrpc":"2.0","id":${id},"result":{`],
    ['the id of another request', () => '{"jsonrpc":"2.0","id":999999,"result":{}}'],
    ['a batch', (id) => `[{"jsonrpc":"2.0","id":${id},"result":{}}]`],
    [
      'a result and an error',
      (id) => `{"jsonrpc":"2.0","id":${id},"result":{},"error":{"code":1}}`,
    ],
    ['a result that is no object', (id) => `{"jsonrpc":"2.0","id":${id},"result":[]}`],
    ['nothing', () => ''],
  ])('is not believed when it answers with %s', async (_name, make) => {
    expect(await hostileCall(json(make))).toEqual(protocol);
  });

  it.each(['input_required', 'task', 'surprise'])(
    'may not answer with the result type %s, which was not offered',
    async (resultType) => {
      const broken = { code: 'tools/upstream-protocol', effect: 'done' };
      expect(await hostileCall(result({ resultType, content: [] }))).toEqual(broken);
      const { fake, connection } = await pair();
      for (const method of ['resources/read', 'prompts/get', 'resources/list']) {
        fake.answerNext(method, result({ resultType, contents: [], messages: [], resources: [] }));
        expect(essence(await connection.exchange(request(method, 'x', {})))).toEqual(broken);
      }
    },
  );

  it('cannot make the gateway read more than the cap', async () => {
    const { fake, connection } = await pair();
    let written = 0;
    fake.answerNext('tools/call', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32))) written += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const small = invocation('echo', { text: 'x' }, { resultBytes: 10_000 });
    expect(essence(await connection.exchange(small))).toEqual({
      code: 'tools/result-too-large',
      effect: 'done',
    });
    expect(written).toBeLessThan(20_000_000);
  });

  it('is cut off when its rows do not end, and what came of them is told [TOL-04]', async () => {
    const { fake, connection } = await pair();
    let written = 0;
    fake.answerNext('tools/call', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(
        '{"jsonrpc":"2.0","id":1,"result":{"content":[],"structuredContent":{"rows":[{"id":0}',
      );
      const rows = ',{"id":12345}'.repeat(5_000);
      const more = (): void => {
        while (!response.destroyed && written < 1e9 && response.write(rows)) written += rows.length;
      };
      response.on('drain', more);
      more();
    });
    const answer = await connection.exchange(invocation('echo', { text: 'x' }));
    expect(answer).toMatchObject({
      kind: 'answer',
      cut: { path: ['structuredContent', 'rows', expect.any(Number)] },
    });
    expect(written).toBeLessThan(20_000_000);
  });

  it.each(['data: ', ': ', 'x'])(
    'cannot fill memory with a stream that never ends (%j)',
    async (piece) => {
      const { fake, connection } = await pair();
      fake.answerNext('tools/call', (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const chunk = Buffer.from(`${piece}${'y'.repeat(60_000)}\n`);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) continue;
        };
        response.on('drain', more);
        more();
      });
      const small = invocation('echo', { text: 'x' }, { resultBytes: 10_000 });
      expect(essence(await connection.exchange(small))).toEqual({
        code: 'tools/result-too-large',
        effect: 'unknown',
      });
    },
  );

  it('died in the middle, so the effect is unknown', async () => {
    const unknown = { code: 'tools/upstream-unreachable', effect: 'unknown' };
    expect(await hostileCall((response) => response.destroy())).toEqual(unknown);
    const half: Hostile = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"json');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await hostileCall(half)).toEqual(unknown);
  });

  it.each([-32_601, -32_602])('refused the call with %d, so nothing happened', async (code) => {
    const error = json(
      (id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"no"}}`,
    );
    expect(await hostileCall(error)).toEqual({ code: 'tools/upstream-error', effect: 'none' });
  });

  it('is not believed that nothing happened when its status says that it broke', async () => {
    const error = json(
      (id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":-32602,"message":"no"}}`,
      500,
    );
    expect(await hostileCall(error)).toEqual({ code: 'tools/upstream-error', effect: 'unknown' });
  });

  it('cannot answer with a result under a status that says no', async () => {
    const answer = json((id) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`, 500);
    expect(await hostileCall(answer)).toEqual({ code: 'tools/upstream-error', effect: 'unknown' });
  });

  it.each(['text/html', 'text/plain', 'application/jsonp', undefined])(
    'is not read when it answers with the content type %s',
    async (type) => {
      const answer = await hostileCall((response, request) => {
        response.writeHead(200, type === undefined ? {} : { 'content-type': type });
        const id = JSON.stringify(request['id']);
        response.end(`{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`);
      });
      expect(answer).toEqual(protocol);
    },
  );

  it('is read once: a second answer in its stream changes nothing', async () => {
    const answer = await hostileCall((response, request) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const id = JSON.stringify(request['id']);
      const one = (n: number): string =>
        `data: {"jsonrpc":"2.0","id":${id},"result":{"n":${n}}}\n\n`;
      response.end(one(1) + one(2));
    });
    expect(answer).toEqual({ n: 1 });
  });

  it('is understood when its stream comes byte by byte', async () => {
    const answer = await hostileCall((response, request) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const id = JSON.stringify(request['id']);
      const text = `: é\r\nevent: message\r\ndata: {"jsonrpc":"2.0","id":${id},\r\ndata: "result":{"a":"é"}}\r\n\r\n`;
      const bytes = Buffer.from(text).values();
      const next = (): void => {
        const { value, done } = bytes.next();
        if (done === true) return void response.end();
        response.write(Buffer.of(value));
        setImmediate(next);
      };
      next();
    });
    expect(answer).toEqual({ a: 'é' });
  });

  it.each(['application/json', 'text/event-stream'])(
    'cannot hold the call by dripping its answer (%s)',
    async (type) => {
      const { fake, connection } = await pair();
      await connection.exchange(invocation('echo', { text: 'greeted' }));
      fake.answerNext('tools/call', (response) => {
        response.writeHead(200, { 'content-type': type });
        const drip = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(drip));
      });
      const slow = invocation('echo', { text: 'x' }, { timeoutMs: 100 });
      expect(essence(await connection.exchange(slow))).toEqual({
        code: 'tools/upstream-timeout',
        effect: 'unknown',
      });
    },
  );

  it.each([400, 401, 404, 500, 503])('says nothing by the body of a %d', async (code) => {
    const { fake, connection } = await pair();
    fake.answerNext('tools/call', (response) => {
      response.writeHead(code, { 'content-type': 'text/html', 'x-told': 'canary' });
      response.end('<p>canary</p>');
    });
    const answer = await connection.exchange(invocation('echo', { text: 'x' }));
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(answer).not.toHaveProperty('said');
  });

  it('has the words of an error of its list apart from ours', async () => {
    const { fake, connection } = await pair();
    fake.answerNext(
      'tools/list',
      json((id) => `{"jsonrpc":"2.0","id":${id},"error":{"code":-32000,"message":"canary"}}`),
    );
    const { signal } = new AbortController();
    const fault: unknown = await connection
      .listTools({ lent: [], signal })
      .catch((reason: unknown) => reason);
    if (!(fault instanceof ToolServerFault)) throw new Error('no fault of the server');
    expect(fault.said).toBe('canary');
    expect(JSON.stringify(fault.toRefusal())).not.toContain('canary');
    expect(fault.message).not.toContain('canary');
  });

  it('cannot send back what was lent to it inside an error', async () => {
    const lent: Lent = {
      kind: 'header',
      header: 'authorization',
      value: 'Bearer s3cret-value',
      secret: 's3cret-value',
    };
    const { fake, connection } = await pair();
    fake.answerNext(
      'tools/call',
      json((id) =>
        JSON.stringify({
          jsonrpc: '2.0',
          id: Number(id),
          error: { code: -32_000, message: `${'x'.repeat(490)} s3cret-value is not valid` },
        }),
      ),
    );
    const answer = await connection.exchange(invocation('echo', { text: 'x' }, { lent: [lent] }));
    if (answer.kind !== 'failed') throw new Error('an error became an answer');
    expect(answer.refusal.message).toBe('the tool server answered with an error');
  });

  it.each([429, 500, 503])('says nothing of its era with %d', async (code) => {
    const { fake, connection } = await pair({ era: 'both' });
    fake.answerNext('server/discover', status(code));
    const refused = await connection.exchange(invocation('echo', { text: 'x' }));
    expect(essence(refused)).toEqual({ code: 'tools/upstream-error', effect: 'none' });
    expect(fake.requestsOf('initialize')).toHaveLength(0);
    await connection.exchange(invocation('echo', { text: 'x' }));
    expect(fake.requestsOf('tools/call')[0]?.headers['mcp-method']).toBe('tools/call');
  });

  it('is of the newest era, and asked once more, when it refuses a version and names that one', async () => {
    const { fake, connection } = await pair({ era: 'both' });
    fake.answerNext('server/discover', unsupported(['2026-07-28']));
    await connection.exchange(invocation('echo', { text: 'x' }));
    expect(fake.requestsOf('server/discover')).toHaveLength(2);
    expect(fake.requestsOf('initialize')).toHaveLength(0);
    expect(fake.requestsOf('tools/call')[0]?.headers['mcp-method']).toBe('tools/call');
  });

  it.each([[['2025-11-25']], [['2027-01-01']], ['2026-07-28'], [undefined]])(
    'is greeted as the older revisions are when it refuses a version and names %j',
    async (supported) => {
      const { fake, connection } = await pair({ era: 'both' });
      fake.answerNext('server/discover', unsupported(supported));
      await connection.exchange(invocation('echo', { text: 'x' }));
      expect(fake.requestsOf('server/discover')).toHaveLength(1);
      expect(fake.requestsOf('initialize')).toHaveLength(1);
    },
  );

  it('is asked no third time when it names what it then refuses', async () => {
    const { fake, connection } = await pair({ era: 'both' });
    for (const _ of [1, 2]) fake.answerNext('server/discover', unsupported(['2026-07-28']));
    await connection.exchange(invocation('echo', { text: 'x' }));
    expect(fake.requestsOf('server/discover')).toHaveLength(2);
    expect(fake.requestsOf('initialize')).toHaveLength(1);
  });

  it('ended its stream without an answer, so the effect is unknown', async () => {
    const answer = await hostileCall((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n');
    });
    expect(answer).toEqual(protocol);
  });

  const saying = (message: JsonObject, times: number): Hostile => {
    return (response, { id }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`.repeat(times));
      response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } })}\n\n`);
    };
  };

  it('may say before its answer as much as `upstreamAsides`, and no more', async () => {
    const notice = { method: 'notifications/message', params: {} };
    expect(await hostileCall(saying(notice, limits.upstreamAsides))).not.toEqual(protocol);
    expect(await hostileCall(saying(notice, limits.upstreamAsides + 1))).toEqual(protocol);
  });

  it.each(['modern', 'legacy'] as const)(
    'that asks and asks is cut off after `asksAtOnce` times `askRounds` (%s), and not met by as many answers',
    async (era) => {
      const most = limits.asksAtOnce * limits.askRounds;
      const ask = { id: 7, method: 'roots/list' };
      expect(await hostileCall(saying(ask, most), { era })).not.toEqual(protocol);
      expect(await hostileCall(saying(ask, most + 1), { era })).toEqual(protocol);
    },
  );

  it('is told apart from one that was never reached', async () => {
    const { fake, connection } = await pair();
    const { url } = fake;
    await fake.close();
    const nothing = { code: 'tools/upstream-unreachable', effect: 'none' };
    expect(essence(await connection.exchange(invocation('echo', { text: 'x' })))).toEqual(nothing);
    expect(essence(await connectTo(url).exchange(invocation('echo', {})))).toEqual(nothing);
  });

  it('does not get the call when it never answers the first question', async () => {
    const seen: Buffer[] = [];
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', (chunk) => seen.push(chunk));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    });
    const { port } = silent.address() as AddressInfo;
    const connection = connectTo(`http://127.0.0.1:${port}/mcp`);
    const answer = await connection.exchange(invocation('echo', {}, { timeoutMs: 100 }));
    expect(essence(answer)).toEqual({ code: 'tools/upstream-timeout', effect: 'none' });
    expect(Buffer.concat(seen).includes('tools/call')).toBe(false);
  });

  it('cannot show its insides in an error [TOL-05]', async () => {
    const message = `boom\u202e at /srv/app/secret.js:3:1\n    at run (/srv/app/x.js:1:2)\n${'z'.repeat(900)}`;
    const { fake, connection } = await pair();
    fake.answerNext(
      'tools/call',
      json((id) =>
        JSON.stringify({
          jsonrpc: '2.0',
          id: Number(id),
          error: { code: -32_000, message, data: { stack: 'x' } },
        }),
      ),
    );
    const answer = await connection.exchange(invocation('echo', { text: 'x' }));
    if (answer.kind !== 'failed') throw new Error('an error became an answer');
    expect(answer.effect).toBe('unknown');
    expect(answer.refusal.details).toEqual({ upstreamCode: -32_000 });
    expect(answer.refusal.message).toBe('the tool server answered with an error');
    // Whole and as it came, for the intake alone: it takes out what must not be told, then cuts.
    expect(answer.said).toBe(message);
  });

  it.each<[string, readonly JsonObject[]]>([
    ['two tools of one name', [{ tools: [{ name: 'a' }, { name: 'a' }] }]],
    [
      'a cursor that comes back',
      [
        { tools: [], nextCursor: 'x' },
        { tools: [], nextCursor: 'x' },
      ],
    ],
    ['a tool without a name', [{ tools: [{ description: 'x' }] }]],
    ['a definition that is too large', [{ tools: [{ name: 'a', d: 'x'.repeat(70_000) }] }]],
    ['a name that is too long', [{ tools: [{ name: 'a'.repeat(200) }] }]],
    ['no list', [{}]],
  ])('cannot pass off %s as a list', async (_name, pages) => {
    const { fake, connection } = await pair();
    for (const page of pages) fake.answerNext('tools/list', result(page));
    const { signal } = new AbortController();
    await expect(connection.listTools({ lent: [], signal })).rejects.toMatchObject({
      code: 'tools/upstream-protocol',
    });
  });
});
