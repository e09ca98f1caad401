import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Agent as Dispatcher, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientCertificate, generateInstanceKey } from '../../sdk/index.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { filesHolding } from './files.ts';
import { callTool, listTools, modernBody, modernHeaders, readAnswer } from './wire.ts';

type Json = Record<string, unknown>;

const packages = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol', import.meta.url),
);
const program = (name: string) => join(packages, name, 'dist/index.js');

/** Lent to server-everything, which shows its environment to whoever asks. */
const canary = `canary-${crypto.randomUUID()}`;
/** Stands in the environment that the product itself was started with. */
const ownSecret = `private-${crypto.randomUUID()}`;

let folder: string;
let instance: Instance;
let agent: TestAgent;
let remote: ChildProcess;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startRemote(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program('server-everything'), 'streamableHttp'], {
    env: { PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.includes('listening')) resolve();
    });
    child.once('exit', () => reject(new Error('the server ended')));
  });
  return child;
}

function documents(remoteUrl: string): Record<string, string> {
  const stdio = (name: string, ...args: string[]) =>
    JSON.stringify({ command: process.execPath, args: [program(name), ...args] });
  return {
    'real.yaml': `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: tries real servers, manifest: work, rate: { perMinute: 60000, burst: 6000 } }
---
kind: Manifest
name: work
spec:
  tools:
    - tool: everything/echo
    - tool: everything/get-sum
    - tool: everything/get-env
    - tool: remote/echo
    - tool: remote/get-sum
    - tool: files/read_text_file
    - tool: files/list_directory
    - tool: files/write_file
    - tool: memory/read_graph
    - tool: memory/create_entities
---
kind: ToolServer
name: everything
spec:
  connect: ${stdio('server-everything')}
  pin: first-seen
  credential: { secret: everything-key, environment: EVERYTHING_KEY }
  results: { labels: [] }
  tools: { echo: { effect: read }, get-sum: { effect: read }, get-env: { effect: read } }
---
kind: ToolServer
name: remote
spec:
  connect: { url: "${remoteUrl}" }
  pin: first-seen
  results: { labels: [] }
  tools: { echo: { effect: read }, get-sum: { effect: read } }
---
kind: ToolServer
name: files
spec:
  connect: ${stdio('server-filesystem', join(folder, 'files'))}
  pin: first-seen
  results: { labels: [] }
  tools:
    read_text_file: { effect: read }
    list_directory: { effect: read }
    write_file: { effect: write, reversible: true }
---
kind: ToolServer
name: memory
spec:
  connect: { command: ${JSON.stringify(process.execPath)}, args: [${JSON.stringify(program('server-memory'))}], environment: { MEMORY_FILE_PATH: ${JSON.stringify(join(folder, 'memory.jsonl'))} } }
  pin: first-seen
  results: { labels: [] }
  tools:
    read_graph: { effect: read }
    create_entities: { effect: write, reversible: true }
---
kind: Policy
name: real
spec:
  cedar: |
    @id("writes-here")
    permit(principal, action in [Action::"files/write_file", Action::"memory/create_entities"], resource);
`,
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-clients-'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'note.txt'), 'the harbour opens at six\n');
  const port = await freePort();
  remote = await startRemote(port);
  process.env['GATEWAY_PRIVATE'] = ownSecret;
  instance = await startInstance({
    folder: join(folder, 'instance'),
    documents: documents(`http://127.0.0.1:${port}/mcp`),
  });
  await instance.admin.request('PUT', '/v1/secrets/everything-key', { value: canary });
  agent = await instance.enrolAgent('worker');
  for (let tries = 0; (await names()).length < 10; tries += 1) {
    if (tries > 1_000) throw new Error(`${String(await names())}\n${instance.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}, 60_000);

afterAll(async () => {
  delete process.env['GATEWAY_PRIVATE'];
  await instance?.remove();
  remote?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function names(): Promise<string[]> {
  const { body } = await listTools(agent.fetch, instance.gateway);
  return (body.result?.tools ?? []).map((tool) => String(tool['name'])).sort();
}

const call = (tool: string, args: Json) => callTool(agent.fetch, instance.gateway, tool, args);

const textOf = (result: unknown): string =>
  (result as { content: { text?: string }[] }).content.map((part) => part.text ?? '').join('\n');

describe('unmodified clients', () => {
  it('of the first SDK generation list and call in revision 2025-11-25 [GOV-16]', async () => {
    const client = new Client({ name: 'stranger', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(instance.gateway), {
      fetch: agent.fetch,
    });
    await client.connect(transport);
    expect(transport.protocolVersion).toBe('2025-11-25');
    expect(client.getServerVersion()?.name).toBe('bailiwick');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(await names());
    const sum = await client.callTool({ name: 'everything__get-sum', arguments: { a: 2, b: 40 } });
    expect(textOf(sum)).toContain('42');
    const no = await client.callTool({ name: 'everything.nothing', arguments: {} }).then(
      (answer) => JSON.stringify(answer),
      (fault: unknown) => String(fault),
    );
    expect(no).toContain('no such tool for this agent');
    await client.close();
  });

  it('of the second generation list and call in revision 2026-07-28 [GOV-16]', async () => {
    const client = new ModernClient(
      { name: 'stranger', version: '2' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new ModernTransport(new URL(instance.gateway), { fetch: agent.fetch }));
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(await names());
    const answer = await client.callTool({
      name: 'everything__echo',
      arguments: { message: 'modern' },
    });
    expect(textOf(answer)).toBe('Echo: modern');
    await client.close();
  });

  it('of the second generation find the modern revision by themselves [GOV-16]', async () => {
    const client = new ModernClient(
      { name: 'stranger', version: '2' },
      { versionNegotiation: { mode: 'auto' } },
    );
    await client.connect(new ModernTransport(new URL(instance.gateway), { fetch: agent.fetch }));
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    await client.close();
  });
});

describe('the real servers, unmodified', () => {
  it('answer over a child process and over Streamable HTTP [GOV-16]', async () => {
    expect((await call('everything.echo', { message: 'a' })).text).toBe('Echo: a');
    expect((await call('remote.get-sum', { a: 1, b: 2 })).text).toContain('3');
  });

  it('read and write a folder, and only that one [GOV-16]', async () => {
    const files = join(folder, 'files');
    const read = await call('files.read_text_file', { path: join(files, 'note.txt') });
    expect(read.text).toContain('the harbour opens at six');
    const path = join(files, 'new.txt');
    const written = await call('files.write_file', { path, content: 'by an agent' });
    expect([written.told, written.isError]).toEqual([undefined, false]);
    expect(readFileSync(path, 'utf8')).toBe('by an agent');
    expect((await call('files.read_text_file', { path: '/etc/passwd' })).isError).toBe(true);
  });

  it('keep a memory [GOV-16]', async () => {
    const entities = [{ name: 'Maria', entityType: 'person', observations: ['runs the harbour'] }];
    const made = await call('memory.create_entities', { entities });
    expect([made.told, made.isError]).toEqual([undefined, false]);
    expect((await call('memory.read_graph', {})).text).toContain('runs the harbour');
  });
});

describe('mutual TLS', () => {
  async function overTls(key: Parameters<typeof clientCertificate>[0]) {
    const { key: pem, cert } = clientCertificate(key);
    const dispatcher = new Dispatcher({ connect: { key: pem, cert, rejectUnauthorized: false } });
    try {
      const response = await undiciFetch(instance.gatewayTls, {
        method: 'POST',
        headers: modernHeaders('tools/call', 'everything.echo'),
        body: JSON.stringify(
          modernBody('tools/call', { name: 'everything.echo', arguments: { message: 'tls' } }),
        ),
        dispatcher,
      });
      return await readAnswer(response);
    } finally {
      await dispatcher.close();
    }
  }

  it('with the enrolled key needs no token, and its records say so [IDN-20]', async () => {
    const answer = await overTls(agent.key);
    expect(answer.text).toBe('Echo: tls');
    const record = await recordOf(String(answer.record));
    expect((record['actors'] as Json[])[0]).toMatchObject({
      name: 'worker',
      instance: agent.identity.instance,
      binding: 'mtls',
    });
  });

  it('with a key that nobody enrolled is turned away [IDN-01]', async () => {
    const answer = await overTls(generateInstanceKey());
    expect(answer.status).toBe(401);
    expect(answer.told?.code).toMatch(/^identity\//);
  });

  it('without a certificate asks for one [IDN-01]', async () => {
    const dispatcher = new Dispatcher({ connect: { rejectUnauthorized: false } });
    const sent = undiciFetch(instance.gatewayTls, {
      method: 'POST',
      headers: modernHeaders('tools/list'),
      body: JSON.stringify(modernBody('tools/list')),
      dispatcher,
    }).then(
      ({ status }) => status,
      () => 'refused in the handshake',
    );
    expect([401, 'refused in the handshake']).toContain(await sent);
    await dispatcher.close();
  });
});

async function recordOf(id: string): Promise<Json> {
  for (let tries = 0; tries < 60; tries += 1) {
    try {
      const found: Json = await instance.admin.request('GET', `/v1/records/${id}`);
      return found['record'] as Json;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`record ${id} did not appear`);
}

describe('a secret lent to a server that shows its environment', () => {
  it('comes back in no answer, stands in no record, no output and no file, nor does our environment [CRD-01]', async () => {
    const answer = await call('everything.get-env', {});
    expect(answer.isError).toBe(false);
    // It was lent: the name is there, and the value was taken out on the way back.
    expect(answer.text).toContain('EVERYTHING_KEY');
    const seen = JSON.stringify(answer.body);
    expect(seen).not.toContain(canary);
    expect(seen).not.toContain(ownSecret);
    expect(seen).not.toContain('GATEWAY_PRIVATE');
    const record = await recordOf(String(answer.record));
    const records: Json = await instance.admin.request('GET', '/v1/records?limit=1000');
    expect(record['target'] ?? record['named']).toBeDefined();
    for (const text of [JSON.stringify(record), JSON.stringify(records), instance.output()]) {
      expect(text).not.toContain(canary);
    }
    const spelled = [canary, ownSecret].flatMap((secret) => [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
      Buffer.from(secret).toString('hex'),
    ]);
    expect(filesHolding(instance.folder, spelled)).toEqual([]);
  });
});
