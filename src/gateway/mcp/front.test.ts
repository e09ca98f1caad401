import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, contentOf, type Outcome } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { createHttpHandler } from '../http/handler.ts';
import { listen, type Listener } from '../http/listener.ts';
import { createMcpProtocol } from './protocol.ts';

let listener: Listener;
let calls: Call[];
let bad: Refusal[];
let outcome: (call: Call) => Promise<Outcome>;

/** What the path would say of each kind, without any of its gates. */
async function pass(call: Call): Promise<Outcome> {
  const { action } = call;
  if (action.kind === 'refused') {
    return { kind: 'refused', recordId: 'r', refusal: action.reason, effect: 'none' };
  }
  if (action.kind === 'tool-list') {
    return { kind: 'listed', recordId: 'r', page: { tools: [], nextCursor: undefined } };
  }
  if (action.kind !== 'tool-call') return { kind: 'greeted', recordId: 'r' };
  const result = { content: [] };
  return { kind: 'result', recordId: 'r', result, bytes: Buffer.from('{"content":[]}') };
}

beforeEach(async () => {
  calls = [];
  bad = [];
  outcome = pass;
  const clock = new ManualClock();
  const hosts = new Set<string>();
  const handler = createHttpHandler({
    pipeline: {
      run(call) {
        calls.push(call);
        return outcome(call);
      },
    },
    identity: {
      hasCredential: ({ authorization }) => authorization !== undefined,
      nonce: () => 'n',
    },
    clock,
    tenant: 'main',
    protocols: [createMcpProtocol({ name: 'bailiwick', version: '0' })],
    hosts: () => hosts,
    origins: new Set(['https://good.example']),
  });
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    handler,
    onBadConnection: (_source, reason) => void bad.push(reason),
    now: () => clock.now(),
  });
  hosts.add(`127.0.0.1:${listener.port}`);
});
afterEach(() => listener.close(0));

/** The bytes of one request, as they are, and all that came back. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
      // Every answer here is one chunk of a few hundred bytes.
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}

function request(body: string, ...headers: readonly string[]): string {
  const head = [
    'POST /mcp HTTP/1.1',
    `host: 127.0.0.1:${listener.port}`,
    'content-type: application/json',
    ...headers,
  ];
  const framed = headers.some((one) => /^(content-length|transfer-encoding)/i.test(one));
  if (!framed) head.push(`content-length: ${Buffer.byteLength(body)}`);
  if (!headers.some((one) => one.startsWith('authorization'))) head.push('authorization: Bearer t');
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const legacyList = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const legacyCall =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a.b","arguments":{}}}';
const cancelled = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}';

describe('headers of a request', () => {
  it.each([
    'authorization',
    'dpop',
    'host',
    'origin',
    'cookie',
    'content-type',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
    'mcp-session-id',
    'mcp-later',
  ])('that stand twice are refused: %s', async (name) => {
    const value = name === 'host' ? `127.0.0.1:${listener.port}` : 'x';
    const answer = await raw(request(legacyList, `${name}: ${value}`, `${name}: ${value}`));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    // Node itself refuses a second host before anybody reads it.
    expect(answer).toMatch(
      name === 'host' ? /admit\/(duplicate-header|malformed)/ : /duplicate-header/,
    );
    for (const call of calls) expect(call.action.kind).toBe('refused');
  });

  it.each([
    ['two transfer codings', ['transfer-encoding: chunked', 'transfer-encoding: chunked']],
    ['a coding and a length', ['transfer-encoding: chunked', 'content-length: 5']],
    ['a length and a coding', ['content-length: 5', 'transfer-encoding: chunked']],
    ['two lengths', ['content-length: 5', 'content-length: 6']],
    ['one length twice', ['content-length: 5', 'content-length: 5']],
    ['a list of codings', ['transfer-encoding: gzip, chunked']],
    ['a list of the same coding', ['transfer-encoding: chunked, chunked']],
    ['an unknown coding', ['transfer-encoding: xchunked']],
  ])('that frame the body in two ways are refused: %s', async (_, framing) => {
    const answer = await raw(request('5\r\nhello\r\n0\r\n\r\n', ...framing));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toMatch(/admit\/(malformed|duplicate-header)/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(calls.every(({ action }) => action.kind === 'refused')).toBe(true);
    expect(calls.length + bad.length).toBeGreaterThan(0);
  });

  it('frame a body in one way and are served', async () => {
    const size = legacyList.length.toString(16);
    const answer = await raw(
      request(`${size}\r\n${legacyList}\r\n0\r\n\r\n`, 'transfer-encoding: chunked'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });

  it('cannot say that the body is encoded', async () => {
    const answer = await raw(request(legacyList, 'content-encoding: gzip'));
    expect(answer).toMatch(/^HTTP\/1\.1 415/);
  });

  it('that proxies write are not believed', async () => {
    await raw(
      request(
        legacyCall,
        'x-forwarded-for: 10.0.0.1',
        'x-forwarded-for: 10.0.0.2',
        'x-forwarded-host: other.example',
        'x-forwarded-proto: https',
        'forwarded: for=10.0.0.1;host=other.example;proto=https',
        'x-real-ip: 10.0.0.1',
        'mcp-session-id: somebody-elses',
      ),
    );
    expect(calls[0]?.source).toBe('127.0.0.1');
    expect(calls[0]?.presented.url).toBe(`http://127.0.0.1:${listener.port}/mcp`);
    expect(JSON.stringify(calls[0])).not.toMatch(/10\.0\.0|other\.example|somebody-elses/);
  });
});

describe('headers beside a body', () => {
  const modernList = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  });
  const modern = 'mcp-protocol-version: 2026-07-28';

  it.each([
    ['the method of a legacy list', legacyList, ['mcp-method: tools/call']],
    ['the method of a legacy call', legacyCall, ['mcp-method: tools/list', 'mcp-name: a.b']],
    ['the name of a legacy call', legacyCall, ['mcp-method: tools/call', 'mcp-name: a.other']],
    ['the name of a legacy call alone', legacyCall, ['mcp-name: a.other']],
    ['an encoded name', legacyCall, ['mcp-name: =?base64?YS5vdGhlcg==?=']],
    ['a name where there is none', legacyList, ['mcp-name: a.b']],
    ['the method of a notification', cancelled, ['mcp-method: tools/call']],
    ['the method of a modern notification', cancelled, [modern, 'mcp-method: tools/call']],
    ['the method of a modern list', modernList, [modern, 'mcp-method: tools/call']],
    ['a name beside a modern list', modernList, [modern, 'mcp-method: tools/list', 'mcp-name: a']],
  ])('that contradict it are refused: %s', async (_, body, headers) => {
    const answer = await raw(request(body, ...headers));
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toContain('admit/header-mismatch');
    expect(calls.map(({ action }) => action.kind)).toEqual(['refused']);
  });

  it.each([
    ['nothing', legacyCall, []],
    ['the same', legacyCall, ['mcp-method: tools/call', 'mcp-name: a.b']],
    ['the same, encoded', legacyCall, ['mcp-name: =?base64?YS5i?=']],
    ['the same method', legacyList, ['mcp-method: tools/list']],
    ['the same of a modern list', modernList, [modern, 'mcp-method: tools/list']],
  ])('that say %s are served', async (_, body, headers) => {
    expect(await raw(request(body, ...headers))).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('the front', () => {
  it('asks for a credential before it reads a body', async () => {
    outcome = async () => ({
      kind: 'refused',
      recordId: 'r',
      refusal: refusal('identity/missing'),
      effect: 'none',
    });
    const head = request('', 'authorization-none: x', 'content-length: 1000000').replace(
      'authorization: Bearer t\r\n',
      '',
    );
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1\.1 401/);
    expect(answer).toMatch(/www-authenticate: DPoP/i);
    expect(answer).toMatch(/connection: close/i);
    expect(calls[0]?.action.kind).toBe('refused');
  });

  it('turns a call into the bytes that are judged, and its name into server and tool', async () => {
    await raw(request(legacyCall.replace('"arguments":{}', '"arguments":{"b":1.0,"a":"ü"}')));
    expect(calls[0]).toMatchObject({
      revision: '2025-11-25',
      action: {
        kind: 'tool-call',
        target: { kind: 'tool', owner: 'a', name: 'b' },
        named: 'a.b',
      },
    });
    expect(contentOf((calls[0] as Call).action)?.argumentBytes.toString()).toBe('{"a":"ü","b":1}');
  });

  it('takes a body of as many bytes as may be, and not of one more', async () => {
    const longest = legacyList.padEnd(limits.requestBodyBytes, ' ');
    expect(await raw(request(longest))).toMatch(/^HTTP\/1\.1 200/);
    expect(calls[0]?.action.kind).toBe('tool-list');
    expect(await raw(request(`${longest} `))).toContain('admit/too-large');
    expect(calls[1]?.action).toMatchObject({ reason: { code: 'admit/too-large' } });
  });

  it('asks for the `_meta` of the new revision where its header is sent without it', async () => {
    await raw(request(legacyList, 'mcp-protocol-version: 2026-07-28'));
    expect(calls[0]?.action).toMatchObject({ reason: { code: 'admit/missing-meta' } });
  });

  it('says when to come back to whoever is refused for a while', async () => {
    outcome = async () => ({
      kind: 'refused',
      recordId: undefined,
      refusal: refusal('admit/overloaded', { retryAfter: 3 }),
      effect: 'none',
    });
    const answer = await raw(request(legacyCall));
    expect(answer).toMatch(/^HTTP\/1\.1 503/);
    expect(answer).toMatch(/retry-after: 3/i);
  });

  it('aborts the call of a caller that left', async () => {
    const left = new Promise<void>((resolve) => {
      outcome = (call) =>
        new Promise((done) => {
          call.signal.addEventListener('abort', () => {
            resolve();
            void pass(call).then(done);
          });
        });
    });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(request(legacyCall));
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    await left;
    expect(calls[0]?.signal.aborted).toBe(true);
  });
});
