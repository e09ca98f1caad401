import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  endOf,
  essence,
  generation,
  providerEntry,
  readWhole,
} from '#contracts/model-provider.suite.ts';
import type {
  Generation,
  GenerationAnswer,
  ModelConnection,
  ProviderEntry,
} from '#contracts/model-provider.ts';
import { canonicalBytes, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import {
  type FakeModelProvider,
  type FakeModelProviderOptions,
  startFakeModelProvider,
} from '../../../../test/fakes/fake-model-provider/index.ts';
import { createOpenAiProvider } from './index.ts';
import { poolOptions } from './pool.ts';

const key = 'sk-hostile-0123456789';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Pair {
  readonly fake: FakeModelProvider;
  readonly connection: ModelConnection;
}

async function pair(
  changes: Partial<ProviderEntry> = {},
  options: Partial<FakeModelProviderOptions> = {},
): Promise<Pair> {
  const fake = await startFakeModelProvider({ key, ...options });
  closers.push(() => fake.close());
  return { fake, connection: connectTo(fake.url, changes) };
}

function connectTo(url: string, changes: Partial<ProviderEntry> = {}): ModelConnection {
  const connection = createOpenAiProvider().open(providerEntry(url, changes));
  closers.push(() => connection.close());
  return connection;
}

async function ask(
  model: string,
  changes: Partial<Generation> = {},
  entry: Partial<ProviderEntry> = {},
): Promise<GenerationAnswer> {
  const { connection } = await pair(entry);
  return connection.generate(generation(model, 'say this', { key, ...changes }));
}

async function askStream(model: string, entry: Partial<ProviderEntry> = {}) {
  const answer = await ask(model, { stream: true }, entry);
  if (answer.kind !== 'stream') throw new Error(JSON.stringify(essence(answer)));
  return readWhole(answer.stream);
}

function completionOf(places: readonly number[]) {
  const message = { role: 'assistant', content: 'x' };
  const choices = places.map((index) => ({ index, finish_reason: 'stop', message }));
  return { id: 'x', created: 1, model: 'x', choices };
}

const protocol = { code: 'models/upstream-protocol', effect: 'unknown' };
const lost = { code: 'models/upstream-unreachable', effect: 'unknown' };

describe('a request to a provider', () => {
  it('carries the judged bytes unchanged, after what is not the caller’s to say', async () => {
    const { fake, connection } = await pair();
    const request = canonicalBytes({
      messages: [{ role: 'user', content: 'é \u2028 "x"' }],
      temperature: 0.5,
    });
    await connection.generate(generation('fake-echo', '', { key, request }));
    const body = fake.requests()[0]?.body ?? Buffer.alloc(0);
    expect(body.subarray(-(request.length - 1))).toEqual(request.subarray(1));
    expect(parseJson(body)).toEqual({
      model: 'fake-echo',
      messages: [{ role: 'user', content: 'é \u2028 "x"' }],
      temperature: 0.5,
    });
  });

  it('asks for the usage of every stream, and for the output that it is told, where it is told one', async () => {
    const { fake, connection } = await pair();
    const asked = generation('fake-echo', 'x', { key, stream: true, maxOutputTokens: 100 });
    const answer = await connection.generate(asked);
    if (answer.kind === 'stream') await readWhole(answer.stream);
    const own = canonicalBytes({ max_tokens: 5, messages: [] });
    await connection.generate({
      ...asked,
      stream: false,
      request: own,
      maxOutputTokens: undefined,
    });
    const [first, second] = fake.requests().map(({ body }) => parseJson(body));
    expect(first).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
    });
    expect(second).toEqual({ model: 'fake-echo', max_tokens: 5, messages: [] });
  });

  it('has headers of ours alone, and the key in one of them [CRD-19]', async () => {
    const { fake, connection } = await pair();
    const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await connection.generate(generation('fake-echo', 'x', { key, trace }));
    expect(fake.requests()[0]?.headers['traceparent']).toBe(trace);
    const { rawHeaders = [] } = fake.requests()[0] ?? {};
    const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
    expect(names.sort()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'traceparent',
    ]);
    expect(rawHeaders.filter((text) => text.includes(key))).toEqual([`Bearer ${key}`]);
  });

  it('carries the key in the header that the document names [SYS-042]', async () => {
    const { fake, connection } = await pair({}, { header: 'api-key' });
    const lent = [{ kind: 'header', header: 'api-key', value: key, secret: key }] as const;
    const answer = await connection.generate(generation('fake-echo', 'x', { key, lent }));
    expect(answer.kind).toBe('answer');
    expect(fake.requests()[0]?.headers).not.toHaveProperty('authorization');
  });

  it('goes below the address of the document, with its query', async () => {
    const fake = await startFakeModelProvider({ key });
    closers.push(() => fake.close());
    const connection = connectTo(`${fake.url}/?api-version=2026-10-01`);
    await connection.generate(generation('fake-echo', 'x', { key }));
    expect(fake.requests()[0]?.url).toBe('/v1/chat/completions?api-version=2026-10-01');
  });

  it('with a wrong key is refused by the provider, whose words quote it and stand apart', async () => {
    const { connection } = await pair();
    const answer = await connection.generate(generation('fake-echo', 'x', { key: 'sk-wrong' }));
    expect(answer).toMatchObject({
      refusal: {
        code: 'models/upstream-error',
        details: { upstreamStatus: 401 },
        recorded: { upstreamStatus: 401 },
        suggestedAction: expect.stringContaining('ask the operator'),
      },
      effect: 'unknown',
      said: 'Incorrect API key provided: sk-wrong',
    });
    expect(JSON.stringify(answer.kind === 'failed' && answer.refusal)).not.toContain('sk-wrong');
  });
});

describe('a provider that misbehaves', () => {
  it.each([
    'fake-html',
    'fake-redirect',
    'fake-bomb',
    'fake-not-a-completion',
    'fake-duplicate',
    'fake-stream-anyway',
  ])('with a whole answer (%s) broke the protocol', async (model) => {
    expect(essence(await ask(model))).toEqual(protocol);
  });

  it.each(['fake-html', 'fake-redirect', 'fake-bomb', 'fake-json-anyway'])(
    'before its stream (%s) broke the protocol',
    async (model) => {
      expect(essence(await ask(model, { stream: true }))).toEqual(protocol);
    },
  );

  it.each(['fake-broken-chunk', 'fake-half-event', 'fake-no-done'])(
    'in its stream (%s) broke the protocol, whatever it said before',
    async (model) => {
      expect(endOf(await askStream(model))).toEqual(protocol);
    },
  );

  it.each([
    ['content-type', 'application/json', 'application/json'],
    ['content-encoding', 'identity', 'identity'],
    ['content-encoding', 'gzip', 'identity'],
  ])('that says %s twice broke the protocol, and its exchange is ended', async (...said) => {
    const [name, ...values] = said;
    const { fake, connection } = await pair();
    for (let at = 0; at < 3; at += 1) {
      const left = new Promise<void>((resolve) => {
        fake.answerNext((response) => {
          response.on('close', resolve);
          response.setHeader('content-type', 'application/json');
          response.setHeader(name, values);
          response.write('{');
        });
      });
      const answer = await connection.generate(generation('x', 'x', { key }));
      expect(essence(answer)).toEqual(protocol);
      await left;
    }
  });

  it.each([
    ['application/json; charset=utf-8', 'answer'],
    ['application/json;charset="UTF-8"', 'answer'],
    ['application/json; charset=utf-16', 'failed'],
    ['application/json; charset=utf-8; charset=utf-16', 'failed'],
    ['application/json, text/html', 'failed'],
  ])('is read as UTF-8 or not at all: %s', async (type, kind) => {
    const { fake, connection } = await pair();
    fake.answerNext((response) => {
      response.writeHead(200, { 'content-type': type });
      response.end(JSON.stringify(completionOf([0])));
    });
    expect((await connection.generate(generation('x', 'x', { key }))).kind).toBe(kind);
  });

  it.each([
    [1, [0], 'answer'],
    [1, [1], 'failed'],
    [1, [0, 1], 'failed'],
    [2, [0, 1], 'answer'],
    [2, [1, 1], 'failed'],
    [2, [0, 1, 2], 'failed'],
  ])('cannot answer %i asked choices with those at %j', async (n, places, kind) => {
    const { fake, connection } = await pair();
    fake.answerNext((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(completionOf(places)));
    });
    const request = canonicalBytes({ messages: [], ...(n === 1 ? {} : { n }) });
    const asked = generation('x', 'x', { key, request, choices: n });
    const answer = await connection.generate(asked);
    expect(answer.kind).toBe(kind);
    if (kind === 'failed') expect(essence(answer)).toEqual(protocol);
  });

  const end = { index: 0, delta: {}, finish_reason: 'stop' };
  const more = { index: 0, delta: { content: 'more' } };

  it.each([
    ['more choices than were asked for', [{ ...end, index: 1 }], false],
    ['text after the end of a choice', [end, more], false],
    ['another end after the end', [end, { ...end, finish_reason: 'length' }], false],
    ['the same end once more', [end, end], true],
    ['nothing more after the end', [end, { index: 0, delta: { content: '' } }], true],
  ])('cannot stream what is not of the answer: %s', async (_what, choices, isWhole) => {
    const { fake, connection } = await pair();
    fake.answerNext((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const events = choices.map((one) => JSON.stringify({ id: 'x', choices: [one] }));
      response.end([...events, '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));
    });
    const answer = await connection.generate(generation('x', 'x', { key, stream: true }));
    if (answer.kind !== 'stream') throw new Error('no stream');
    const read = await readWhole(answer.stream);
    if (isWhole) expect(read.end.kind).toBe('complete');
    else expect(endOf(read)).toEqual(protocol);
    expect(JSON.stringify(read)).not.toContain('more');
  });

  it('is not followed to another address, and the key does not go there', async () => {
    const { fake, connection } = await pair();
    await connection.generate(generation('fake-redirect', 'x', { key }));
    expect(fake.requests()).toHaveLength(1);
  });

  it('lied about the length of its answer', async () => {
    expect(essence(await ask('fake-short'))).toEqual(lost);
  });

  it('was cut off in the middle of an event: what came before stands', async () => {
    const read = await askStream('fake-cut');
    expect(read.lanes).toEqual({ '0/content': 'half' });
    expect(endOf(read)).toEqual(lost);
  });

  it('fell silent in the middle', async () => {
    const read = await askStream('fake-stall', { idleMs: 100 });
    expect(read.lanes).toEqual({ '0/content': 'well then' });
    expect(endOf(read)).toEqual({ code: 'models/upstream-timeout', effect: 'unknown' });
  });

  it.each(['fake-endless', 'fake-comments'])(
    'cannot hold a generation longer than its time (%s)',
    async (model) => {
      const read = await askStream(model, { timeoutMs: 150 });
      expect(endOf(read)).toEqual({ code: 'models/upstream-timeout', effect: 'unknown' });
    },
  );

  it('said too much, whole or in one event', async () => {
    const small = { answerBytes: 100_000 };
    expect(essence(await ask('fake-huge', {}, small))).toEqual({
      code: 'models/answer-too-large',
      effect: 'unknown',
    });
    expect(endOf(await askStream('fake-huge-event', small))).toEqual({
      code: 'models/answer-too-large',
      effect: 'unknown',
    });
  });

  it('ended its stream with an error: its words stand apart', async () => {
    const read = await askStream('fake-error-in-stream');
    expect(read.lanes).toEqual({ '0/content': 'so ' });
    expect(read.end).toMatchObject({
      refusal: { code: 'models/upstream-error' },
      effect: 'unknown',
      said: `internal: ${key}`,
    });
  });

  it('said something after its end, which nobody hears', async () => {
    const read = await askStream('fake-after-done');
    expect(read.lanes).toEqual({ '0/content': 'say this' });
    expect(read.end.kind).toBe('complete');
  });

  it('says when to come back', async () => {
    expect(await ask('fake-rate')).toMatchObject({
      refusal: { code: 'models/upstream-error', retryAfter: 7, details: { upstreamStatus: 429 } },
      effect: 'unknown',
    });
  });

  it('says nothing by a page of an error', async () => {
    const answer = await ask('fake-html-error');
    expect(essence(answer)).toEqual({ code: 'models/upstream-error', effect: 'unknown' });
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(answer).not.toHaveProperty('said');
  });

  it('cannot pass on members that nobody knows', async () => {
    expect(JSON.stringify(await ask('fake-echo'))).not.toContain('secret_sauce');
    expect(JSON.stringify(await askStream('fake-echo'))).not.toMatch(/sauce|obfuscation|xK2/);
  });

  it('cannot name a tool call twice', async () => {
    const { fake, connection } = await pair();
    fake.answerNext((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const call = (name: string): string =>
        `data: {"id":"x","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"${name}"}}]}}]}\n\n`;
      response.end(call('send_') + call('money'));
    });
    const answer = await connection.generate(generation('fake-tool', 'x', { key, stream: true }));
    if (answer.kind !== 'stream') throw new Error('no stream');
    expect(endOf(await readWhole(answer.stream))).toEqual(protocol);
  });

  it('is told apart from one that was never reached', async () => {
    const { fake, connection } = await pair();
    await fake.close();
    const asked = generation('fake-echo', 'x', { key });
    expect(essence(await connection.generate(asked))).toEqual({ ...lost, effect: 'none' });
  });

  it('has the connection back after each stream that ended well', async () => {
    const sockets = new Set<Socket>();
    const { fake } = await pair();
    const relay = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    });
    relay.on('connection', (socket: Socket) => pipeTo(Number(new URL(fake.url).port), socket));
    const { port } = relay.address() as AddressInfo;
    const connection = connectTo(`http://127.0.0.1:${port}/v1`);
    for (let at = 0; at < 3; at += 1) {
      const answer = await connection.generate(generation('fake-echo', 'x', { key, stream: true }));
      if (answer.kind === 'stream') await readWhole(answer.stream);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(sockets.size).toBe(1);
  });

  it('that is faster than its reader waits for it', async () => {
    const { fake, connection } = await pair({ answerBytes: 100_000_000 });
    let written = 0;
    fake.answerNext((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const text = `data: {"id":"x","choices":[{"index":0,"delta":{"content":"${'y'.repeat(30_000)}"}}]}\n\n`;
      const more = (): void => {
        while (!response.destroyed && response.write(text)) written += text.length;
      };
      response.on('drain', more);
      more();
    });
    const answer = await connection.generate(generation('x', 'x', { key, stream: true }));
    if (answer.kind !== 'stream') throw new Error('no stream');
    const events = answer.stream.events[Symbol.asyncIterator]();
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // What the two kernels hold between them, and no more.
    expect(written).toBeLessThan(20_000_000);
    await events.return?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fake.requests()[0]?.left).toBe(true);
  });
});

describe('a pool of connections to a provider', () => {
  it('waits for a connection as long as the table of limits says, and sends one request at a time', () => {
    expect(poolOptions).toMatchObject({
      connections: limits.openCallsPerServer,
      connectTimeout: limits.upstreamConnectMs,
      maxHeaderSize: limits.headerBytes,
      pipelining: 1,
    });
  });
});

function pipeTo(port: number, socket: Socket): void {
  const onward = connect(port, '127.0.0.1');
  socket.pipe(onward).pipe(socket);
  socket.on('error', () => onward.destroy());
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}
