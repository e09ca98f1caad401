import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ToolServerConnection } from '#contracts/tool-server.ts';
import { testHomes } from '../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './stdio/index.ts';
import { createStreamableHttpTransport } from './streamable-http/index.ts';

const packages = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol', import.meta.url),
);
const { signal } = new AbortController();
const homes = testHomes();

function program(name: string): string {
  return join(packages, name, 'dist/index.js');
}

function stdio(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ToolServerConnection {
  return createStdioTransport({ homes }).connect(
    serverEntry({
      kind: 'stdio',
      command: process.execPath,
      args: [program(name), ...args],
      cwd: undefined,
      environment,
    }),
    [],
    noEvents,
    'main',
  );
}

async function names(connection: ToolServerConnection): Promise<readonly string[]> {
  return (await connection.listTools({ lent: [], signal })).map(({ name }) => name);
}

/** What both ways to the same unmodified server must show. */
function everything(open: () => ToolServerConnection): void {
  it('lists its tools', async () => {
    expect(await names(open())).toEqual(expect.arrayContaining(['echo', 'get-env', 'get-sum']));
  });

  it('answers calls', async () => {
    const answer = await open().exchange(invocation('get-sum', { a: 2, b: 40 }));
    expect(JSON.stringify(essence(answer))).toContain('42');
  });

  it('answers a wrong call with a tool error', async () => {
    const answer = await open().exchange(invocation('get-sum', { a: 'two' }));
    expect(essence(answer)).toMatchObject({ isError: true });
  });

  it('answers an unknown tool in a way that is told', async () => {
    const answer = await open().exchange(invocation('no-such-tool', {}));
    expect(essence(answer)).toMatchObject({ isError: true });
  });

  it('is left when it takes too long, and goes on serving', async () => {
    const slow = { duration: 20, steps: 2 };
    const answer = await open().exchange(
      invocation('trigger-long-running-operation', slow, { timeoutMs: 100 }),
    );
    expect(essence(answer)).toEqual({ code: 'tools/upstream-timeout', effect: 'unknown' });
    const next = await open().exchange(invocation('echo', { message: 'on' }));
    expect(essence(next)).toMatchObject({ content: [{ text: 'Echo: on' }] });
  });
}

describe('server-everything over stdio', () => {
  let connection: ToolServerConnection;
  beforeAll(() => {
    process.env['GATEWAY_PRIVATE'] = 'must not leak';
    connection = stdio('server-everything', [], { SHOWN: 'yes' });
  });
  afterAll(async () => {
    delete process.env['GATEWAY_PRIVATE'];
    await connection.close();
  });

  everything(() => connection);

  it('sees nothing of our environment', async () => {
    const shown = JSON.stringify(essence(await connection.exchange(invocation('get-env', {}))));
    expect(shown).toContain('SHOWN');
    expect(shown).not.toContain('GATEWAY_PRIVATE');
    expect(shown).not.toContain('VITEST');
  });
});

describe('server-everything over streamable HTTP', () => {
  let connection: ToolServerConnection;
  let child: ChildProcess;
  beforeAll(async () => {
    const port = await freePort();
    child = spawn(process.execPath, [program('server-everything'), 'streamableHttp'], {
      env: { PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('listening')) resolve();
      });
      child.once('exit', () => reject(new Error('the server ended')));
    });
    connection = createStreamableHttpTransport().connect(
      serverEntry({ kind: 'http', url: `http://127.0.0.1:${port}/mcp` }),
      [],
      noEvents,
      'main',
    );
  });
  afterAll(async () => {
    await connection.close();
    child.kill();
  });

  everything(() => connection);
});

describe('servers that keep things', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'real-servers-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('server-filesystem writes and reads, and refuses paths outside', async () => {
    const connection = stdio('server-filesystem', [folder]);
    const path = join(folder, 'note.txt');
    expect(await names(connection)).toContain('write_file');
    await connection.exchange(invocation('write_file', { path, content: 'hello' }));
    expect(readFileSync(path, 'utf8')).toBe('hello');
    const outside = await connection.exchange(
      invocation('read_text_file', { path: '/etc/hostname' }),
    );
    expect(essence(outside)).toMatchObject({ isError: true });
    await connection.close();
  });

  it('server-memory remembers', async () => {
    const connection = stdio('server-memory', [], {
      MEMORY_FILE_PATH: join(folder, 'memory.jsonl'),
    });
    const entities = [{ name: 'Ada', entityType: 'person', observations: ['likes tea'] }];
    await connection.exchange(invocation('create_entities', { entities }));
    const answer = await connection.exchange(invocation('read_graph', {}));
    expect(JSON.stringify(essence(answer))).toContain('likes tea');
    await connection.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
