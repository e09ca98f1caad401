import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import {
  type FakeToolServer,
  type Hostile,
  startFakeToolServer,
} from '../fakes/fake-tool-server/index.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import {
  callTool,
  listTools,
  modernBody,
  modernHeaders,
  readAnswer,
  type ToolAnswer,
} from './wire.ts';

const keys = { left: 'left-key-0123456789', right: 'right-key-9876543210' } as const;
type Name = keyof typeof keys;
const names = Object.keys(keys) as Name[];
const inputSchema = { type: 'object', properties: { text: { type: 'string' } } };
const tools = [{ name: 'look', description: 'looks', inputSchema }];

let instance: Instance;
let agent: TestAgent;
let bearer: string;
let fakes: Record<Name, FakeToolServer>;

function documents(): Record<string, string> {
  const server = (name: Name) => ({
    kind: 'ToolServer',
    name,
    spec: {
      connect: { url: fakes[name].url },
      pin: 'first-seen',
      timeoutMs: 2_000,
      credential: { secret: `${name}-key`, header: 'authorization', prefix: 'Bearer ' },
      results: { labels: [] },
      default: { effect: 'read' },
    },
  });
  const unbound = { effects: ['read'] };
  const spec = { owner: 'ada@example.com', purpose: 'looks', manifest: 'work', unbound };
  const all = [
    { kind: 'Agent', name: 'worker', spec },
    {
      kind: 'Manifest',
      name: 'work',
      spec: { tools: names.map((name) => ({ tool: `${name}/look` })) },
    },
    ...names.map(server),
  ];
  return { 'all.yaml': all.map((one) => JSON.stringify(one)).join('\n---\n') };
}

const wants = (name: Name) => ({ header: 'authorization', value: `Bearer ${keys[name]}` });

beforeAll(async () => {
  fakes = {
    left: await startFakeToolServer({ era: 'modern', tools, wants: wants('left') }),
    right: await startFakeToolServer({ era: 'legacy', tools, wants: wants('right') }),
  };
  instance = await startInstance({ documents: documents() });
  for (const name of names) {
    await instance.admin.request('PUT', `/v1/secrets/${name}-key`, { value: keys[name] });
  }
  agent = await instance.enrolAgent('worker');
  await served(2);
  const issued = await instance.admin.request('POST', '/v1/agents/worker/token');
  bearer = issued['accessToken'] as string;
}, 90_000);
afterAll(async () => {
  await instance?.remove();
  for (const fake of Object.values(fakes)) await fake.close();
});

async function served(count: number): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { body } = await listTools(agent.fetch, instance.gateway);
    if (body.result?.tools?.length === count) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the tools were not served\n${instance.output()}`);
}

const look = (name: Name) => callTool(agent.fetch, instance.gateway, `${name}__look`, {});

const stack = `Error: no such row\n    at handler (/srv/app/secret/path/db.js:12:7)\n    at process.processTicks`;
const inside = /at handler|\/srv\/app|db\.js|processTicks|no-key-at-all/;

const json = (make: (id: unknown) => string, status = 200): Hostile => {
  return (response, { id }) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(make(id));
  };
};
const page = (status: number, type: string): Hostile => {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': type });
    response.end(`<pre>${stack} no-key-at-all</pre>`);
  };
};
const rpc = (id: unknown, more: object) =>
  canonicalText({ id, jsonrpc: '2.0', ...more } as JsonObject);

const crashes: Readonly<Record<string, Hostile>> = {
  'an error with its stack': json((id) => rpc(id, { error: { code: -32_603, message: stack } })),
  'an error with its stack beside it': json((id) =>
    rpc(id, { error: { code: 1, message: 'no', data: { stack, key: 'no-key-at-all' } } }),
  ),
  'an error that is none': json((id) => rpc(id, { error: stack })),
  'a page of its framework': page(500, 'text/html'),
  'a page of its proxy': page(502, 'text/plain'),
  'a page as an answer': page(200, 'text/html'),
  'half an answer': json((id) => rpc(id, { result: { content: [] } }).slice(0, 25)),
  'nothing at all': json(() => ''),
  'no object': json(() => `["${stack.replaceAll('\n', ' ')}"]`),
  'a closed connection': (response) => void response.socket?.destroy(),
  'half a stream': (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n`);
  },
  'its place on disk': (response) => {
    response.writeHead(302, { location: 'http://127.0.0.1/srv/app/secret/path' }).end();
  },
};

/** The one shape of every error, whatever it was. */
const toldShape = z.strictObject({
  code: z.string().regex(/^tools\/[a-z-]+$/),
  message: z.string().min(1),
  suggestedAction: z.string().min(4),
  effect: z.enum(['none', 'done', 'unknown']),
  record: z.string().min(10),
  details: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});

function problemsOf(where: string, { told, body, isError }: ToolAnswer): string[] {
  const text = JSON.stringify(body);
  const shape = toldShape.safeParse(told);
  return [
    ...(shape.success ? [] : [`${where}: ${shape.error.message}: ${text}`]),
    ...(inside.test(text) ? [`${where}: it shows its insides: ${text}`] : []),
    ...(isError ? [] : [`${where}: a model does not see that it failed: ${text}`]),
  ];
}

async function recordOf(id: string): Promise<unknown> {
  const get = () => instance.admin.request('GET', `/v1/records/${id}`).catch(() => undefined);
  await expect.poll(get, { timeout: 10_000 }).toBeDefined();
  return get();
}

describe('a server that crashes in a dozen ways', () => {
  it.each(names)(
    'is told in one shape, without stack, path or secret, and on record (%s) [TOL-05]',
    async (name) => {
      const problems: string[] = [];
      for (const [way, does] of Object.entries(crashes)) {
        fakes[name].answerNext('tools/call', does);
        const answer = await look(name);
        problems.push(...problemsOf(way, answer));
        const { record } = answer.told as unknown as { record: string };
        const kept = JSON.stringify(await recordOf(record));
        if (!kept.includes(`${answer.told?.code}`)) problems.push(`${way}: no record`);
      }
      expect(problems).toEqual([]);
    },
    60_000,
  );
});

describe('each tool server', () => {
  it('is its own boundary: it gets its own credential, and nothing of the client nor of another server [TOL-12]', async () => {
    const token = bearer;
    const answers = await Promise.all(
      names.map(async (name) => {
        const headers = {
          ...modernHeaders('tools/call', `${name}__look`),
          authorization: `Bearer ${token}`,
        };
        const body = modernBody('tools/call', { name: `${name}__look`, arguments: { text: 'x' } });
        const sent = { method: 'POST', headers, body: JSON.stringify(body) };
        return readAnswer(await fetch(instance.gateway, sent));
      }),
    );
    expect(answers.map(({ isError }) => isError)).toEqual([false, false]);
    for (const name of names) {
      const all = fakes[name].requests();
      expect(all.some(({ headers }) => headers['authorization'] === `Bearer ${keys[name]}`)).toBe(
        true,
      );
      const seen = all.map(
        ({ rawHeaders, body, url }) => `${url} ${rawHeaders.join(' ')} ${body.toString('utf8')}`,
      );
      const foreign = names.filter((other) => other !== name).map((other) => keys[other]);
      const mine = seen.join('\n');
      for (const secret of [token, token.split('.')[2] ?? token, ...foreign, 'dpop']) {
        expect([name, secret.slice(0, 8), mine.includes(secret)]).toEqual([
          name,
          secret.slice(0, 8),
          false,
        ]);
      }
    }
  });

  it('refuses what was lent for another one, and the caller is told so in our words [TOL-12]', async () => {
    await instance.admin.request('PUT', '/v1/secrets/right-key', { value: keys.left });
    try {
      await expect
        .poll(async () => (await look('right')).told?.code, { timeout: 20_000 })
        .toBe('tools/upstream-error');
      expect((await look('left')).isError).toBe(false);
    } finally {
      await instance.admin.request('PUT', '/v1/secrets/right-key', { value: keys.right });
    }
  });
});
