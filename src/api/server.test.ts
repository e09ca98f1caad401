import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
let closed: boolean;

beforeEach(async () => {
  world = await createControlWorld();
  closed = false;
});

afterEach(() => close());

/** Ends the listener, which writes down every refusal that it only counted so far. */
async function close(): Promise<void> {
  if (!closed) await world.close();
  closed = true;
}

/** What came back for these very bytes; the header lines as they are, without any client between. */
async function raw(lines: readonly string[], body = ''): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => {
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    });
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}

const host = () => `host: ${new URL(world.url).host}`;
const bearer = (role: 'admin' | 'auditor' = 'auditor') =>
  `authorization: Bearer ${world.credential(role)}`;
const status = (...headers: string[]) =>
  raw(['GET /v1/status HTTP/1.1', ...headers, 'connection: close']);

interface Counted {
  readonly code: string | undefined;
  readonly count: number | undefined;
  readonly source: string | undefined;
}

async function counted(): Promise<Counted[]> {
  await close();
  return world.log.drafts
    .filter(({ type }) => type === 'gateway.refused-unknown')
    .map(({ refusal, source }) => ({ code: refusal?.code, count: refusal?.count, source }));
}

describe('a question about the log', () => {
  it('ends when whoever asked it has gone, and is on record all the same', async () => {
    const { hostname, port } = new URL(world.url);
    const socket = connect(Number(port), hostname);
    const ended = new Promise<boolean>((resolve) => {
      world.log.tail = (filter) => {
        socket.destroy();
        return new Promise((found) => {
          filter.signal?.addEventListener('abort', () => {
            resolve(true);
            found([]);
          });
        });
      };
    });
    socket.write(`GET /v1/records HTTP/1.1\r\n${host()}\r\n${bearer()}\r\n\r\n`);
    expect(await ended).toBe(true);
    await close();
    expect(world.log.drafts.map(({ type }) => type)).toContain('log.read');
  });
});

describe('the listener of people', () => {
  it('answers who comes by its own name, with a credential', async () => {
    expect((await status(host(), bearer())).status).toBe(200);
    const { port } = new URL(world.url);
    expect((await status(`host: localhost:${port}`, bearer())).status).toBe(200);
    const own = `origin: ${new URL(world.url).origin}`;
    expect((await status(host(), bearer(), own)).status).toBe(200);
  });

  it.each([
    ['another host', ['host: evil.example'], 403, 'admit/forbidden-host'],
    ['the host without its port', ['host: 127.0.0.1'], 403, 'admit/forbidden-host'],
    ['another origin', ['HOST', 'origin: http://evil.example'], 403, 'admit/forbidden-origin'],
    ['the origin `null`', ['HOST', 'origin: null'], 403, 'admit/forbidden-origin'],
  ])('refuses %s, and counts it', async (_, headers, code, name) => {
    const sent = headers.map((line) => (line === 'HOST' ? host() : line));
    const answers = [await status(...sent, bearer()), await status(...sent, bearer())];
    for (const answer of answers) {
      expect([answer.status, answer.text]).toEqual([code, expect.stringContaining(name)]);
    }
    expect(await counted()).toEqual([{ code: name, count: 2, source: '127.0.0.1' }]);
  });

  it.each([
    ['host', () => [host(), host()]],
    ['authorization', () => [bearer('admin'), bearer('auditor')]],
    ['origin', () => [`origin: ${world.url}`, 'origin: http://evil.example']],
    ['content-type', () => ['content-type: application/json', 'content-type: text/plain']],
  ] as const)('refuses two `%s` headers, and counts it', async (name, lines) => {
    const answer = await status(...(name === 'host' ? [] : [host()]), ...lines());
    expect(answer.status).toBe(400);
    expect(await counted()).toEqual([
      { code: expect.stringMatching(/^admit\//), count: 1, source: '127.0.0.1' },
    ]);
  });

  it.each([
    ['two lengths', ['content-length: 2', 'content-length: 2']],
    ['two encodings', ['transfer-encoding: chunked', 'transfer-encoding: chunked']],
    ['a length and an encoding', ['content-length: 2', 'transfer-encoding: chunked']],
  ])('refuses %s, and counts it', async (_, lines) => {
    const head = ['POST /v1/stops HTTP/1.1', host(), bearer('admin'), 'connection: close'];
    const answer = await raw([...head, 'content-type: application/json', ...lines], '{}');
    expect(answer.status).toBe(400);
    expect(await counted()).toHaveLength(1);
    expect(
      (await world.log.tail({ tenant: 'main', limit: 9 })).map(({ record }) => record.type),
    ).toEqual(['gateway.refused-unknown']);
  });

  it('counts what is no HTTP at all, and a head that is too large', async () => {
    expect((await raw(['NONSENSE'])).status).toBe(400);
    const large = `x-filler: ${'x'.repeat(limits.headerBytes)}`;
    const tooLarge = await status(host(), large);
    expect(tooLarge.status).toBe(413);
    expect(tooLarge.text).toMatch(/\r\ncontent-type: application\/json\r\n/);
    const [, body = ''] = tooLarge.text.split('\r\n\r\n');
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['code', 'message', 'suggestedAction']);
    const codes = new Set((await counted()).map(({ code }) => code));
    expect(codes).toEqual(new Set(['admit/malformed', 'admit/too-large']));
  });

  it('counts paths and verbs that there are not, by source and without their text', async () => {
    for (const path of ['/v2/nothing', '/.git/config', '/v1/../v1/status', '//v1/status']) {
      expect([
        path,
        (await raw([`GET ${path} HTTP/1.1`, host(), 'connection: close'])).status,
      ]).toEqual([path, 404]);
    }
    const verb = await raw(['DELETE /v1/stops HTTP/1.1', host(), 'connection: close']);
    expect(verb.status).toBe(405);
    expect(verb.text).toMatch(/\r\nallow: GET, POST\r\n/);
    expect(verb.text).toContain('"suggestedAction":"use GET or POST"');
    const refusals = await counted();
    expect(refusals).toEqual([
      { code: 'admit/not-found', count: 4, source: '127.0.0.1' },
      { code: 'admit/method-not-allowed', count: 1, source: '127.0.0.1' },
    ]);
    expect(JSON.stringify(world.log.drafts)).not.toContain('.git');
  });

  it('names the person who asks for what there is not', async () => {
    await raw(['GET /v1/nothing HTTP/1.1', host(), bearer(), 'connection: close']);
    expect(world.log.drafts).toMatchObject([
      {
        type: 'api.refused',
        actors: [{ name: 'auditor-main' }],
        refusal: { code: 'admit/not-found' },
        details: { path: '/v1/nothing' },
      },
    ]);
  });

  it('counts who comes without a credential', async () => {
    expect((await status(host())).status).toBe(401);
    expect((await status(host(), 'authorization: Bearer nonsense')).status).toBe(401);
    expect(await counted()).toEqual([{ code: 'api/unauthorized', count: 2, source: '127.0.0.1' }]);
  });
});

describe('a body', () => {
  const post = (body: string, type = 'application/json') =>
    raw(
      [
        'POST /v1/stops HTTP/1.1',
        host(),
        bearer('admin'),
        'connection: close',
        `content-type: ${type}`,
        `content-length: ${Buffer.byteLength(body)}`,
      ],
      body,
    );

  it.each([
    ['{"target":{"kind":"all"},"target":{"kind":"all"},"reason":"x"}', 400, 'json/duplicate-key'],
    ['{"target":', 400, 'json/syntax'],
    ['[]', 422, 'api/invalid'],
    ['{"target":{"kind":"all"},"reason":"x","extra":1}', 422, 'extra'],
    ['{"target":{"kind":"everybody"},"reason":"x"}', 422, 'target.kind'],
    ['{"target":{"kind":"all"},"reason":" "}', 422, 'a reason is required'],
    ['{"target":{"kind":"all"}}', 422, 'reason'],
  ])('%s is refused before any desk hears of it', async (body, code, said) => {
    const answer = await post(body);
    expect([answer.status, answer.text]).toEqual([code, expect.stringContaining(said)]);
    expect((await world.store.overlay.current()).entries).toEqual([]);
  });

  it('in another writing is refused', async () => {
    const form = await post('reason=x', 'application/x-www-form-urlencoded');
    expect([form.status, form.text]).toEqual([415, expect.stringContaining('admit/content-type')]);
    const token = await raw(
      [
        'POST /v1/token HTTP/1.1',
        host(),
        'connection: close',
        'content-type: application/json',
        'content-length: 2',
      ],
      '{}',
    );
    expect(token.status).toBe(415);
  });

  it('is taken up to the size of a document, and not one byte more', async () => {
    const filler = (bytes: number) => {
      const empty = JSON.stringify({ target: { kind: 'all' }, reason: '', x: '' });
      return empty.replace('"x":""', `"x":"${'x'.repeat(bytes - empty.length)}"`);
    };
    expect((await post(filler(limits.documentBytes))).status).toBe(422);
    expect((await post(filler(limits.documentBytes + 1))).status).toBe(413);
  });

  it('that is far too large is refused to whoever sends all of it before they read, up to a bound', async () => {
    const sent = async (bytes: number) => {
      const { hostname, port } = new URL(world.url);
      const head = ['POST /v1/stops HTTP/1.1', host(), bearer('admin'), 'connection: close'];
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const answer = new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.once('close', () => resolve(text));
      });
      socket.pause();
      socket.write(
        `${head.join('\r\n')}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`,
      );
      socket.write(Buffer.alloc(bytes, 'x'), () => socket.resume());
      socket.once('error', () => socket.resume());
      return (await answer).slice(0, 12);
    };
    expect(await sent(24 * limits.documentBytes)).toBe('HTTP/1.1 413');
    // Whoever sends without an end is cut, and not read for ever.
    expect(await sent(64 * limits.documentBytes)).not.toBe('HTTP/1.1 200');
  });

  it('of a token request may say each thing once', async () => {
    const form = 'grant_type=client_credentials&grant_type=password';
    const answer = await raw(
      [
        'POST /v1/token HTTP/1.1',
        host(),
        'connection: close',
        'content-type: application/x-www-form-urlencoded',
        `content-length: ${form.length}`,
      ],
      form,
    );
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('stands twice')]);
  });
});

describe('an answer', () => {
  it('of a read does not leave before it is on record that it was read', async () => {
    const ask = () => world.ask('GET', '/v1/stops', { as: world.credential('auditor') });
    expect((await ask()).status).toBe(200);
    expect(world.log.drafts).toMatchObject([
      { type: 'api.read', tenant: 'main', actors: [{ name: 'auditor-main' }], method: 'GET' },
    ]);
    world.log.failing = true;
    const refused = await ask();
    expect([refused.status, Object.keys(refused.body)]).toEqual([
      503,
      ['code', 'message', 'suggestedAction'],
    ]);
  });

  it('of status comes although nothing can be recorded: nobody could see why else', async () => {
    world.log.failing = true;
    expect((await status(host(), bearer())).status).toBe(200);
    world.log.failing = false;
    expect((await status(host(), bearer())).status).toBe(200);
    expect(world.log.drafts.filter(({ type }) => type === 'api.read')).toHaveLength(1);
  });

  it('says nothing that its shape does not name, and nothing of a fault of ours', async () => {
    const list = world.desks.standing.list.bind(world.desks.standing);
    const leaky = { ...(await list('main')), number: 'not a number' as unknown as number };
    Object.assign(world.desks.standing, { list: async () => leaky });
    const as = world.credential('auditor');
    const unfit = await world.ask('GET', '/v1/stops', { as });
    expect([unfit.status, unfit.body['code']]).toEqual([500, 'gateway/internal']);
    const fault = async () => Promise.reject(new Error('/secret/path'));
    Object.assign(world.desks.standing, { list: fault });
    const failed = await world.ask('GET', '/v1/stops', { as });
    expect([failed.status, failed.body['code']]).toEqual([500, 'gateway/internal']);
    expect(JSON.stringify([failed, world.log.drafts])).not.toContain('/secret/path');
  });

  it('is never kept by anybody, and asks who has no credential for one', async () => {
    const answer = await status(host());
    expect(answer.text).toMatch(/cache-control: no-store/);
    expect(answer.text).toMatch(/www-authenticate: Bearer/);
    expect(answer.text).toMatch(/x-content-type-options: nosniff/);
  });

  it('that is a no has code, message and what to do', async () => {
    const { body } = await world.ask('POST', '/v1/agents/nobody/suspend', {
      as: world.credential('admin'),
      body: { reason: 'x' },
    });
    const { message, suggestedAction } = new BailiwickError('api/not-found', {
      message: 'no agent is called `nobody`',
    });
    expect(body).toEqual({ code: 'api/not-found', message, suggestedAction });
  });
});
