import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usualContent } from '../fakes/fake-tool-server/index.ts';
import { handbook, lentValue, type OffersWorld, startOffersWorld } from './offers-world.ts';
import { modernBody, modernHeaders, post } from './wire.ts';
import { sayYes } from './say-yes.ts';

let world: OffersWorld;

beforeAll(async () => {
  world = await startOffersWorld();
}, 60_000);

afterAll(async () => {
  await world?.close();
});

const document = 'demo://resource/static/document/architecture.md';

async function older(): Promise<Client> {
  const client = new Client({ name: 'stranger', version: '1' });
  const { agent, instance } = world;
  await client.connect(
    new StreamableHTTPClientTransport(new URL(instance.gateway), { fetch: agent.fetch }),
  );
  return client;
}

async function newer(): Promise<ModernClient> {
  const client = new ModernClient(
    { name: 'stranger', version: '2' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const { agent, instance } = world;
  await client.connect(new ModernTransport(new URL(instance.gateway), { fetch: agent.fetch }));
  return client;
}

interface Page {
  readonly nextCursor?: string | undefined;
}

async function allPages<P extends Page>(page: (cursor: string | undefined) => Promise<P>) {
  const pages: P[] = [];
  for (let cursor: string | undefined; pages.length < 20; ) {
    const next = await page(cursor);
    pages.push(next);
    cursor = next.nextCursor;
    if (cursor === undefined) return pages;
  }
  throw new Error('the list does not end');
}

const ask = (method: string, params: Record<string, unknown> = {}, agent = world.agent) =>
  post(agent.fetch, world.instance.gateway, method, params);

const read = (uri: string, meta: Record<string, unknown> = {}) =>
  ask('resources/read', { uri, _meta: meta });

describe.each([
  ['2025-11-25', older, -32_002],
  ['2026-07-28', newer, -32_602],
] as const)('an unmodified client in revision %s', (_revision, connect, notFound) => {
  it('lists and reads resources of a real server and of another [GOV-16]', async () => {
    const client = await connect();
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, resources: {} });
    const pages = await allPages((cursor) =>
      client.listResources(cursor === undefined ? {} : { cursor }),
    );
    const uris = pages.flatMap(({ resources }) => resources.map(({ uri }) => uri));
    expect(uris).toEqual(expect.arrayContaining([document, handbook]));
    expect(uris).not.toContain('file:///private/salaries.csv');
    const templates = await allPages((cursor) =>
      client.listResourceTemplates(cursor === undefined ? {} : { cursor }),
    );
    expect(
      templates.flatMap((one) => one.resourceTemplates.map(({ uriTemplate }) => uriTemplate)),
    ).toEqual(['file:///docs/{name}']);
    const real = await client.readResource({ uri: document });
    expect(real.contents[0]).toMatchObject({ uri: document, text: expect.stringContaining('#') });
    const { contents } = await client.readResource({ uri: handbook });
    expect(contents).toEqual([
      { uri: handbook, mimeType: 'text/markdown', text: 'Ask before you pay. 漢字' },
    ]);
    await client.close();
  });

  it('is told alike of what is hidden and of what is not there [TOL-21]', async () => {
    const client = await connect();
    const fault = (uri: string) =>
      client.readResource({ uri }).then(
        () => undefined,
        (no: unknown) => no,
      );
    const [hidden, missing] = [
      await fault('file:///private/salaries.csv'),
      await fault('file:///docs/missing.md'),
    ];
    expect(hidden).toMatchObject({ code: notFound });
    expect(missing).toMatchObject({ code: notFound });
    expect(String(missing)).toBe(String(hidden));
    await client.close();
  });
});

describe('the front', () => {
  it('says how long what it told may be kept, and by nobody else', async () => {
    const list = await ask('resources/list');
    expect(list.body.result).toMatchObject({ cacheScope: 'private', resultType: 'complete' });
    expect((await read(handbook)).body.result).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
  });

  it('wants the URI repeated in the header, exactly', async () => {
    const { agent, instance } = world;
    const send = (named: string | undefined) =>
      fetchWith(agent.fetch, instance.gateway, handbook, named);
    expect((await send(undefined)).error?.code).toBe(-32_020);
    expect((await send('file:///docs/other.md')).error?.code).toBe(-32_020);
    expect((await send(handbook)).error).toBeUndefined();
  });

  it('tells an agent without resources so without asking a server', async () => {
    const bare = await world.instance.enrolAgent('bare');
    const seen = world.fake.requestsOf('resources/list').length;
    const told = await ask('resources/list', {}, bare);
    expect(told.body.result).toMatchObject({ resources: [] });
    expect(told.body.result?.nextCursor).toBeUndefined();
    expect(world.fake.requestsOf('resources/list')).toHaveLength(seen);
  });
});

async function fetchWith(send: typeof fetch, url: string, uri: string, named: string | undefined) {
  const response = await send(url, {
    method: 'POST',
    headers: modernHeaders('resources/read', named),
    body: JSON.stringify(modernBody('resources/read', { uri })),
  });
  return (await response.json()) as { readonly error?: { readonly code: number } };
}

describe('what a server writes into a resource', () => {
  it('never brings back what it was lent, in text or blob, nor in the log [CRD-01]', async () => {
    const inBlob = (text: string) => Buffer.from(text).toString('base64');
    world.fake.setContent({
      contents: {
        ...usualContent.contents,
        'file:///docs/leak': [
          { uri: 'file:///docs/leak', text: `key=${lentValue}` },
          { uri: 'file:///docs/leak', blob: inBlob(`. ${lentValue}`) },
          { uri: 'file:///docs/leak', blob: inBlob(`twice ${inBlob(lentValue)}`) },
        ],
      },
    });
    const answer = await read('file:///docs/leak');
    const parts = answer.body.result?.['contents'] as readonly { text?: string; blob?: string }[];
    expect(parts).toHaveLength(3);
    const texts = parts.map(
      ({ text, blob }) => text ?? Buffer.from(blob ?? '', 'base64').toString(),
    );
    for (const text of [...texts, JSON.stringify(answer.body), world.instance.output()]) {
      expect(text).not.toContain(lentValue);
      expect(text).not.toContain(inBlob(lentValue).slice(0, 20));
    }
    const request = world.fake.requestsOf('resources/read').at(-1);
    expect(request?.headers['authorization']).toBe(`Bearer ${lentValue}`);
    expect(request?.headers['mcp-name']).toBe('file:///docs/leak');
  });

  it('is refused when it is of another resource', async () => {
    world.fake.setContent({
      contents: {
        ...usualContent.contents,
        'file:///docs/lie': [{ uri: 'file:///private/salaries.csv', text: 'x' }],
      },
    });
    expect((await read('file:///docs/lie')).told?.code).toBe('tools/upstream-protocol');
    world.fake.setContent({ contents: usualContent.contents });
  });
});

describe('a resource', () => {
  it('that writes by its document waits for a human, and is read with the yes [APR-01]', async () => {
    const uri = 'file:///ledger/book';
    world.fake.setContent({
      contents: { ...usualContent.contents, [uri]: [{ uri, text: 'entries' }] },
    });
    const held = await read(uri);
    expect(held.told).toMatchObject({ code: 'approvals/pending' });
    expect(held.body.error?.code).toBe(202);
    await sayYes(world.instance.admin, held.told?.approval);
    const meta = { 'dev.bailiwick/approval': held.told?.handle };
    const answer = await read(uri, meta);
    expect(answer.body.result?.['contents']).toEqual([{ uri, text: 'entries' }]);
    expect((await read(uri, meta)).told?.code).not.toBeUndefined();
  });

  it('stops with its whole server, and with nothing else [MON-17]', async () => {
    const target = { kind: 'tool', name: 'files' };
    const { admin } = world.instance;
    await admin.request('POST', '/v1/stops', { target, reason: 'test' });
    await until(async () => (await read(handbook)).told?.code === 'stop/active');
    expect((await read(document)).told).toBeUndefined();
    await admin.request('POST', '/v1/stops/release', { target, reason: 'over' });
    await until(async () => (await read(handbook)).told === undefined);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}
