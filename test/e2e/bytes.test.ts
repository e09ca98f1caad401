import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestAgent } from './instance.ts';
import { callTool, modernBody, modernHeaders, readAnswer, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

let world: RunningWorld;
let agent: TestAgent;

beforeAll(async () => {
  world = await startWorld();
  agent = await world.instance.enrolAgent('worker');
});
afterAll(async () => {
  await world?.close();
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

describe('bad requests', () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(world.gateway);
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });

  it('refuses Content-Length together with Transfer-Encoding', async () => {
    const { host } = new URL(world.gateway);
    const answer = await raw(
      `POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toContain('admit/malformed');
  });

  it('refuses a header block over its size', async () => {
    const { host } = new URL(world.gateway);
    const answer = await raw(
      `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
  });

  const send = async (init: RequestInit, path = ''): Promise<ToolAnswer> =>
    readAnswer(await agent.fetch(world.gateway + path, { method: 'POST', ...init }));
  const listBody = () => JSON.stringify(modernBody('tools/list'));

  it.each([
    [
      'another content type',
      { headers: { 'content-type': 'text/plain' }, body: '{}' },
      415,
      'admit/content-type',
    ],
    ['no JSON', { headers: modernHeaders('tools/list'), body: 'hello' }, 400, 'json/syntax'],
    ['an empty body', { headers: modernHeaders('tools/list'), body: '' }, 400, 'json/syntax'],
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
    [
      'a foreign origin',
      {
        headers: { ...modernHeaders('tools/list'), origin: 'https://evil.example' },
        body: listBody(),
      },
      403,
      'admit/forbidden-origin',
    ],
  ])('answers %s with a clear error', async (_, init, status, code) => {
    const answer = await send(init);
    expect(answer.status).toBe(status);
    expect(answer.told?.code).toBe(code);
    expect(answer.told?.message).not.toBe('');
  });

  it('answers GET and DELETE with 405, and other paths with 404', async () => {
    for (const method of ['GET', 'DELETE']) {
      const response = await agent.fetch(world.gateway, { method });
      expect(response.status).toBe(405);
    }
    const elsewhere = await agent.fetch(`${world.gateway}/other`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(elsewhere.status).toBe(404);
  });

  it('refuses a body over the cap and stays up', async () => {
    const answer = await send({
      headers: modernHeaders('tools/list'),
      body: 'x'.repeat(1_100_000),
    }).catch(() => undefined);
    // The connection may be cut before the answer is read; either way it is no 200 and nothing broke.
    expect(answer?.status ?? 413).toBe(413);
    const after = await callTool(agent.fetch, world.gateway, 'fake.add', { a: 2, b: 2 });
    expect(after.text).toBe('4');
  });
});
