import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, eventOf, FakeGateway, type Heard } from '../../test/fakes/fake-gateway.ts';
import { generateInstanceKey } from '../key.ts';
import { Bridge } from './bridge.ts';
import { createGateway } from './gateway.ts';

type Told = Record<string, unknown> & {
  result?: Record<string, unknown>;
  error?: Record<string, unknown>;
};

const identity = { tenant: 'main', agent: 'worker', instance: 'i-1', issuer: 'https://issuer' };
let far: FakeGateway;
let bridge: Bridge;
let told: Told[];
let said: string[];
let hold: Promise<void> | undefined;

beforeEach(async () => {
  far = new FakeGateway();
  const url = await far.start();
  told = [];
  said = [];
  hold = undefined;
  const gateway = createGateway({
    owner: { key: generateInstanceKey(), identity },
    where: () => ({ control: url, gateway: new URL(`${url}/mcp`), proof: 'dpop', ca: undefined }),
    say: (sentence) => void said.push(sentence),
  });
  bridge = new Bridge({
    gateway,
    async write(line) {
      expect(line.indexOf(10)).toBe(line.length - 1);
      told.push(JSON.parse(Buffer.from(line).toString('utf8')) as Told);
      await hold;
    },
    say: (sentence) => void said.push(sentence),
  });
});
afterEach(async () => {
  await bridge.end(0);
  await far.kill();
});

const take = (message: unknown) => bridge.take(Buffer.from(JSON.stringify(message)));
const ask = (id: unknown, method: string, params: object = {}) =>
  take({ jsonrpc: '2.0', id, method, params });
const notice = (method: string, params: object = {}) => take({ jsonrpc: '2.0', method, params });

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 400) throw new Error(`${JSON.stringify(told)} ${JSON.stringify(said)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const result = ({ json }: Heard, value: object = {}) => ({
  jsonrpc: '2.0',
  id: json.id,
  result: value,
});

/** A server with sessions: it knows those that it gave, and forgets them when it is told to. */
function withSessions(then: (heard: Heard) => object | undefined = (heard) => result(heard)) {
  let given = 0;
  let current = '';
  far.answers = (heard, response) => {
    if (heard.json.method === 'initialize') {
      given += 1;
      current = `session-${given}`;
      const value = result(heard, { protocolVersion: '2025-06-18', capabilities: {} });
      return answer(response, value, { 'mcp-session-id': current });
    }
    if (heard.method !== 'POST') return void response.writeHead(405).end();
    if (heard.headers['mcp-session-id'] !== current) return void response.writeHead(404).end();
    const value = then(heard);
    if (value === undefined) return void response.writeHead(202).end();
    return answer(response, value);
  };
  return { forget: () => (current = 'nobody knows') };
}

async function begin(): Promise<void> {
  await ask('init', 'initialize', { protocolVersion: '2025-06-18', capabilities: {} });
  await notice('notifications/initialized');
}

describe('a bridge', () => {
  it('proves every request, with the nonce that it was given last', async () => {
    far.answers = (heard, response) => {
      const isFresh = far.heard.length > 1;
      if (isFresh) return answer(response, result(heard));
      response.writeHead(401, {
        'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"',
        'dpop-nonce': 'n-1',
      });
      response.end();
    };
    await ask(1, 'ping');
    await until(() => told.length === 1);
    expect(told[0]).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    const proof = String(far.heard[1]?.headers['dpop']).split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(proof, 'base64url').toString('utf8'))).toMatchObject({
      nonce: 'n-1',
      htm: 'POST',
    });
    expect(far.heard[1]?.headers['authorization']).toBe('DPoP token-1');
  });

  it('passes bytes on as they came, in both directions', async () => {
    const line =
      '{"params":{"n":1.50,"big":12345678901234567890},"id":"a","method":"ping","jsonrpc":"2.0"}';
    far.answers = (_heard, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{\n  "id": "a",\r\n  "jsonrpc": "2.0",\n  "result": {"n": 1.50}\n}');
    };
    await bridge.take(Buffer.from(line));
    await until(() => told.length === 1);
    expect(far.heard[0]?.body).toBe(line);
    expect(told[0]).toEqual({ id: 'a', jsonrpc: '2.0', result: { n: 1.5 } });
  });

  it('repeats what a message names in the headers of its revision', async () => {
    far.answers = (heard, response) => answer(response, result(heard));
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    await ask(1, 'tools/call', { name: 'grüße', _meta: meta });
    await until(() => told.length === 1);
    expect(far.heard[0]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': `=?base64?${Buffer.from('grüße').toString('base64')}?=`,
    });
  });

  it('repeats in headers the arguments that a list of tools wants there', async () => {
    const properties = {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      depth: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } },
      plain: { type: 'string' },
    };
    const tools = [{ name: 'route', inputSchema: { type: 'object', properties } }];
    far.answers = (heard, response) => answer(response, { ...result(heard), result: { tools } });
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const given = { region: 'süd', depth: { n: 3 }, plain: 'x' };
    const call = { name: 'route', arguments: given, _meta: meta };
    const paramsOf = () =>
      Object.entries(far.heard.at(-1)?.headers ?? {}).filter(([name]) => name.startsWith('mcp-p'));
    await ask(1, 'tools/call', call);
    await until(() => told.length === 1);
    expect(paramsOf().map(([name]) => name)).toEqual(['mcp-protocol-version']);
    await ask(2, 'tools/list', { _meta: meta });
    await until(() => told.length === 2);
    await ask(3, 'tools/call', call);
    await until(() => told.length === 3);
    expect(paramsOf()).toEqual([
      ['mcp-protocol-version', '2026-07-28'],
      ['mcp-param-region', `=?base64?${Buffer.from('süd').toString('base64')}?=`],
      ['mcp-param-n', '3'],
    ]);
    await ask(4, 'tools/call', { name: 'other', arguments: given, _meta: meta });
    await until(() => told.length === 4);
    expect(paramsOf()).toHaveLength(1);
  });

  it('tells progress and questions of a stream as they come, and takes the reply to them', async () => {
    let end = (): void => undefined;
    far.answers = (heard, response) => {
      if (heard.json.method === undefined) {
        response.writeHead(202).end();
        return end();
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\r\nretry: 10\r\n\r\n');
      response.write(eventOf({ jsonrpc: '2.0', method: 'notifications/progress', params: {} }));
      response.write(eventOf({ jsonrpc: '2.0', id: 1, method: 'elicitation/create', params: {} }));
      end = () => response.end(eventOf(result(heard, { done: true })));
    };
    await ask(1, 'tools/call', { name: 'a' });
    await until(() => told.length === 2);
    expect(told.map(({ method }) => method)).toEqual([
      'notifications/progress',
      'elicitation/create',
    ]);
    await take({ jsonrpc: '2.0', id: 1, result: { action: 'accept' } });
    await until(() => told.length === 3);
    expect(told[2]).toMatchObject({ id: 1, result: { done: true } });
  });

  it('answers what was asked before the client said its last, unless the end is asked for', async () => {
    let release = (): void => undefined;
    far.answers = (heard, response) => void (release = () => answer(response, result(heard)));
    await ask(1, 'tools/call', { name: 'slow' });
    await until(() => far.heard.length === 1);
    const ended = bridge.end(60_000);
    release();
    await ended;
    expect(told).toMatchObject([{ id: 1, result: {} }]);
  });

  it('cuts off what is open when the end is asked for', async () => {
    far.answers = () => undefined;
    await ask(1, 'tools/call', { name: 'slow' });
    await until(() => far.heard.length === 1);
    await bridge.end(60_000, Promise.resolve());
    expect(told).toEqual([]);
  });

  it('waits with the next event until the client took the last one', async () => {
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    far.answers = (heard, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const note = eventOf({ jsonrpc: '2.0', method: 'notifications/message', params: {} });
      response.end(`${note}${note}${eventOf(result(heard))}`);
    };
    await ask(1, 'tools/call', { name: 'a' });
    await until(() => told.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told.length).toBe(1);
    release();
    await until(() => told.length === 3);
  });

  it('takes a message of ten megabytes in either direction', async () => {
    const text = 'x'.repeat(10_000_000);
    far.answers = (heard, response) =>
      answer(response, result(heard, { size: heard.body.length, text }));
    await ask(1, 'tools/call', { name: 'a', arguments: { text } });
    await until(() => told.length === 1);
    expect(Number(told[0]?.result?.['size'])).toBeGreaterThan(text.length);
    expect(told[0]?.result?.['text']).toBe(text);
  });

  it('tells an error that names nobody to whoever asked', async () => {
    far.answers = (_heard, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(
        '{"error":{"code":403,"message":"a stop is in force"},"id":null,"jsonrpc":"2.0"}',
      );
    };
    await ask(7, 'tools/list');
    await until(() => told.length === 1);
    expect(told[0]).toEqual({
      jsonrpc: '2.0',
      id: 7,
      error: { code: 403, message: 'a stop is in force' },
    });
  });

  it('answers what is no message, and says what it was told with something unreadable', async () => {
    await bridge.take(Buffer.from('{"jsonrpc":"2.0","id":1'));
    expect(told[0]).toMatchObject({ id: null, error: { code: -32_700 } });
    await bridge.take('too-long');
    expect(said.at(-1)).toContain('was dropped');
    far.answers = (_heard, response) => void response.writeHead(502).end('<html>');
    await ask(2, 'tools/list');
    await until(() => told.length === 2);
    expect(String(told[1]?.error?.['message'])).toContain('status 502');
  });
});

describe('a cancelled request', () => {
  it('of a session is cancelled by a notice, closed, and not heard of any more', async () => {
    let closed = false;
    withSessions();
    await begin();
    const { answers } = far;
    far.answers = (heard, response) => {
      if (heard.json.method === 'tools/call') {
        response.on('close', () => (closed = true));
        return;
      }
      return answers(heard, response);
    };
    await ask(1, 'tools/call', { name: 'a' });
    await until(() => far.of('tools/call').length === 1);
    await notice('notifications/cancelled', { requestId: 1 });
    expect(far.of('notifications/cancelled').length).toBe(1);
    await until(() => closed);
    expect(told.filter(({ id }) => id === 1)).toEqual([]);
  });

  it('without a session is closed, which is how that revision cancels', async () => {
    let closed = false;
    far.answers = (_heard, response) => void response.on('close', () => (closed = true));
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    await ask(1, 'tools/call', { name: 'a', _meta: meta });
    await until(() => far.heard.length === 1);
    await notice('notifications/cancelled', { requestId: 1 });
    await until(() => closed);
    expect(far.heard.length).toBe(1);
    expect(told).toEqual([]);
  });
});

describe('a session that the gateway forgot', () => {
  it('is begun anew by the client’s own words, once for all who ask, and the client need not know', async () => {
    const sessions = withSessions();
    await begin();
    sessions.forget();
    await Promise.all([ask(1, 'tools/list'), ask(2, 'tools/list'), ask(3, 'tools/list')]);
    await until(() => told.length === 4);
    expect(told.every(({ result: value }) => value !== undefined)).toBe(true);
    expect(far.of('initialize').length).toBe(2);
    expect(far.of('initialize')[1]?.json['params']).toEqual(
      far.of('initialize')[0]?.json['params'],
    );
    expect(said.join()).toContain('begun anew');
  });
});

describe('what the gateway says by itself', () => {
  it('arrives over the stream of a session, and goes on where it broke off', async () => {
    const asked: (string | undefined)[] = [];
    withSessions((heard) => (heard.json.id === undefined ? undefined : result(heard)));
    const { answers } = far;
    far.answers = (heard, response) => {
      if (heard.method !== 'GET') return answers(heard, response);
      asked.push(heard.headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const note = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
      response.write(`retry: 10\n${eventOf(note, `e-${asked.length}`)}`);
      if (asked.length === 1) response.end();
    };
    await begin();
    await until(() => asked.length === 2);
    expect(asked).toEqual([undefined, 'e-1']);
    await until(() => told.length === 3);
  });

  it('is not asked for again where there is no such stream', async () => {
    withSessions((heard) => (heard.json.id === undefined ? undefined : result(heard)));
    await begin();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(far.heard.filter(({ method }) => method === 'GET').length).toBe(1);
  });
});

describe('a gateway that goes away', () => {
  it('leaves what it was doing unknown, which the model is told in the result of its tool', async () => {
    far.answers = () => undefined;
    await ask(1, 'tools/call', { name: 'pay' });
    await until(() => far.heard.length === 1);
    await far.kill();
    await until(() => told.length === 1);
    expect(told[0]?.result).toMatchObject({
      isError: true,
      _meta: { 'dev.bailiwick/refusal': { code: 'connect/gateway-lost', effect: 'unknown' } },
    });
    expect(far.heard.length).toBe(1);
  });

  it('is waited for: what changes nothing is asked again, and what was not sent is sent', async () => {
    far.answers = () => undefined;
    await ask(1, 'tools/list');
    await until(() => far.heard.length === 1);
    await far.kill();
    await ask(2, 'tools/call', { name: 'a' });
    far.answers = (heard, response) => answer(response, result(heard));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await far.start();
    await until(() => told.length === 2);
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set([1, 2]));
    expect(far.of('tools/call').length).toBe(1);
    expect(far.of('tools/list').length).toBe(2);
  });

  it('in the middle of a stream is asked for the rest of it where a session can', async () => {
    withSessions();
    await begin();
    const { answers } = far;
    far.answers = (heard, response) => {
      if (heard.method === 'GET' && heard.headers['last-event-id'] === 'p-1') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        return void response.end(eventOf({ jsonrpc: '2.0', id: 5, result: { late: true } }, 'p-2'));
      }
      if (heard.json.method !== 'tools/call') return answers(heard, response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(eventOf({ jsonrpc: '2.0', method: 'notifications/progress' }, 'p-1'));
      setTimeout(() => response.destroy(), 20);
    };
    await ask(5, 'tools/call', { name: 'a' });
    await until(() => told.some(({ id }) => id === 5));
    expect(told.find(({ id }) => id === 5)?.result).toEqual({ late: true });
  });
});

describe('a client that asks for more than a bridge holds', () => {
  it('is refused what is over 256 open requests, and nothing else', async () => {
    far.answers = () => undefined;
    for (let id = 0; id < 260; id += 1) await ask(id, 'tools/list');
    await until(() => told.length === 4);
    expect(told.map(({ error }) => JSON.stringify(error))).toEqual(
      Array.from({ length: 4 }, () => expect.stringContaining('connect/too-many') as string),
    );
  });
});
