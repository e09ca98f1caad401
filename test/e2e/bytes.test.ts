import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FakeModelProvider,
  startFakeModelProvider,
} from '../fakes/fake-model-provider/index.ts';
import { fronts, frontsEstate } from './fronts.ts';
import type { TestAgent } from './instance.ts';
import { callTool, modernBody, modernHeaders, readAnswer, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;
let provider: FakeModelProvider;

beforeAll(async () => {
  // Without a key: nothing is lent here, and none is wanted.
  provider = await startFakeModelProvider({ key: '' });
  world = await startWorld(frontsEstate(provider.url));
  agent = await world.instance.enrolAgent('everywhere');
});
afterAll(async () => {
  await world?.close();
  await provider?.close();
});

/** A `tools/call` of fake.echo whose argument text is exactly this. */
async function echo(argumentText: string | Buffer): Promise<ToolAnswer> {
  const [head = '', tail = ''] = JSON.stringify(
    modernBody('tools/call', { name: 'fake.echo', arguments: 'HERE' }),
  ).split('"HERE"');
  const body = Buffer.concat([Buffer.from(head), Buffer.from(argumentText), Buffer.from(tail)]);
  const response = await agent.fetch(world.gateway, {
    method: 'POST',
    headers: modernHeaders('tools/call', 'fake.echo'),
    body,
  });
  return readAnswer(response);
}

describe('one reading of the bytes', () => {
  it.each([
    ['a number that no double holds', '{"value":9007199254740993}', 'json/number-range'],
    ['a number beyond all doubles', '{"value":1e400}', 'json/number-range'],
    ['a key twice', '{"text":"a","text":"b"}', 'json/duplicate-key'],
    ['a key twice, once escaped', '{"text":"a","\\u0074ext":"b"}', 'json/duplicate-key'],
    ['the key __proto__', '{"__proto__":{"text":"x"}}', 'json/forbidden-key'],
    ['the key __proto__, escaped', '{"\\u005f_proto__":1}', 'json/forbidden-key'],
    ['half of a surrogate pair', '{"text":"\\ud800"}', 'json/lone-surrogate'],
    ['a value nested 65 deep', `{"value":${'['.repeat(64)}${']'.repeat(64)}}`, 'json/too-deep'],
    ['a trailing comma', '{"text":"a",}', 'json/syntax'],
    ['a control character in a string', '{"text":"a\u0001"}', 'json/syntax'],
  ])('refuses %s, and the server sees nothing', async (_, text, code) => {
    const seen = world.upstream.calls().length;
    const answer = await echo(text);
    expect(answer.status).toBe(400);
    expect(answer.told?.code).toBe(code);
    expect(answer.told?.suggestedAction).not.toBe('');
    expect(world.upstream.calls().length).toBe(seen);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const seen = world.upstream.calls().length;
    const answer = await echo(Buffer.from([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]));
    expect(answer.told?.code).toBe('json/invalid-utf8');
    expect(world.upstream.calls().length).toBe(seen);
  });

  it.each([
    ['{"value":1.0,"text":"z"}', '{"text":"z","value":1}'],
    ['{"value":1e2}', '{"value":100}'],
    [
      '{ "value" : { "b":1 , "a":[ 1,2 ] , "10":0, "9":0 } }',
      '{"value":{"10":0,"9":0,"a":[1,2],"b":1}}',
    ],
    ['{"text":"\\u00e9\\ud83d\\ude00"}', '{"text":"é😀"}'],
  ])(
    'sends %s upstream as exactly the canonical bytes that were judged',
    async (sent, received) => {
      const answer = await echo(sent);
      expect(answer.isError).toBe(false);
      expect(world.upstream.calls().at(-1)?.argumentText).toBe(received);
    },
  );

  it("reads one agent's call the same whatever another agent sent before", async () => {
    const other = await world.instance.enrolAgent('worker');
    const poison = JSON.stringify({ text: 'x', ['\\u0074ext']: 'y' });
    for (let round = 0; round < 3; round += 1) {
      await callTool(other.fetch, world.gateway, 'fake.echo', JSON.parse(poison));
      const answer = await echo('{"value":1,"\\u0074ext":"kept"}');
      expect(answer.isError).toBe(false);
      expect(world.upstream.calls().at(-1)?.argumentText).toBe('{"text":"kept","value":1}');
    }
  });
});

/** All that comes back to these bytes, to the end of the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(world.gateway);
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe.each(fronts)('bad requests at $path', ({ path, headers, body, advice }) => {
  const send = (init: RequestInit, elsewhere = path): Promise<Response> =>
    agent.fetch(new URL(elsewhere, world.gateway).href, { method: 'POST', headers, ...init });
  const stands = async () => {
    const after = await callTool(agent.fetch, world.gateway, 'fake.add', { a: 2, b: 2 });
    expect(after.text).toBe('4');
  };

  it.each([
    ['a length and a coding', ['content-length: 5', 'transfer-encoding: chunked'], 400],
    ['two lengths', ['content-length: 5', 'content-length: 6'], 400],
    ['no host', [], 401],
    ['another host', ['host: evil.example', 'content-length: 2'], 401],
    ['an expectation that nobody meets', ['host: HERE', 'expect: 200-ok'], 401],
    ['no credential', ['host: HERE', 'content-type: application/json', 'content-length: 9'], 401],
    ['a header block over its size', ['host: HERE', `x: ${'y'.repeat(20_000)}`], 413],
    // Who has no credential is told that first, whatever else is wrong.
  ])('are answered and cut: %s', async (_, lines, status) => {
    const head = [`POST ${path} HTTP/1.1`, ...lines].join('\r\n');
    const answer = await raw(`${head.replace('HERE', new URL(world.gateway).host)}\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
    expect(answer).toMatch(/connection: close/i);
    // What never became a request was of no front: the listener says it in its own words.
    expect(answer).toMatch(status === 401 ? advice : /"suggestedAction":"[^"]+"/);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it.each([
    ['another content type', { headers: { 'content-type': 'text/plain' } }, 415],
    ['no JSON', { body: 'hello' }, 400],
    ['an empty body', { body: '' }, 400],
    ['a list', { body: '[]' }, 400],
    ['a foreign origin', { headers: { ...headers, origin: 'https://evil.example' } }, 403],
  ])('are answered in words: %s', async (_, init, status) => {
    const answer = await send({ body: body(), ...init });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(advice);
  });

  it("with a large body are read for nobody whose credential is nobody's", async () => {
    const { host } = new URL(world.gateway);
    const answer = await raw(
      `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
        'authorization: Bearer e30.e30.e30\r\ncontent-length: 1000000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401/);
    expect(answer).toMatch(/connection: close/i);
  });

  it('with a large body of somebody who is known are read', async () => {
    const answer = await send({ body: body().padEnd(500_000, ' ') });
    expect(answer.status).toBe(200);
  });

  it('by a method that is not served are answered with 405, and at other paths with 404', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const response = await agent.fetch(new URL(path, world.gateway).href, { method });
      expect(response.status).toBe(405);
    }
    expect((await send({ body: body() }, `${path}/other/more`)).status).toBe(404);
    expect((await send({ body: body() }, `${path}?a=1`)).status).toBe(404);
  });

  it('over the cap are refused, and the gateway stays up', async () => {
    const answer = await send({ body: 'x'.repeat(1_100_000) }).catch(() => undefined);
    // The connection may be cut before the answer is read; either way it is no 200 and nothing broke.
    expect(answer?.status ?? 413).toBe(413);
    await stands();
  });

  it('that are cut short, and readers that leave at once, harm nobody', async () => {
    const { host, port } = new URL(world.gateway);
    const text =
      `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `authorization: Bearer x\r\ncontent-length: 50\r\n\r\n{}`;
    for (let cut = 0; cut < text.length; cut += 16) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(text.slice(0, cut + 1), () => socket.destroy());
        });
        socket.on('close', () => resolve());
        socket.on('error', () => undefined);
      });
    }
    await stands();
  });
});

describe('bad requests of MCP', () => {
  const send = async (init: RequestInit, path = ''): Promise<ToolAnswer> =>
    readAnswer(await agent.fetch(world.gateway + path, { method: 'POST', ...init }));
  const listBody = () => JSON.stringify(modernBody('tools/list'));

  it.each([
    ['no JSON', { headers: modernHeaders('tools/list'), body: 'hello' }, 400, 'json/syntax'],
    ['a batch', { headers: modernHeaders('tools/list'), body: '[]' }, 400, 'admit/malformed'],
    [
      'a header that disagrees with the body',
      { headers: modernHeaders('tools/call', 'fake.echo'), body: listBody() },
      400,
      'admit/header-mismatch',
    ],
    [
      'an unknown revision',
      {
        headers: { ...modernHeaders('tools/list'), 'mcp-protocol-version': '1900-01-01' },
        body: listBody().replace('2026-07-28', '1900-01-01'),
      },
      400,
      'admit/unsupported-revision',
    ],
  ])('answers %s with a clear error', async (_, init, status, code) => {
    const answer = await send(init);
    expect(answer.status).toBe(status);
    expect(answer.told?.code).toBe(code);
    expect(answer.told?.message).not.toBe('');
  });

  it('answers GET with a stream of what changes, and DELETE of no session with a clear error', async () => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const response = await agent.fetch(world.gateway, { method: 'GET', signal });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    leaving.abort();
    const ended = await agent.fetch(world.gateway, { method: 'DELETE' });
    expect(ended.status).toBe(400);
  });
});
