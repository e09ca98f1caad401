import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ToolServerConnection } from '#contracts/tool-server.ts';
import { testHomes } from '../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './stdio/index.ts';
import { createStreamableHttpTransport } from './streamable-http/index.ts';

function newServer(): McpServer {
  const server = new McpServer({ name: 'sdk', version: '1.0.0' });
  const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
  server.registerTool(
    'greet',
    { inputSchema: z.object({ name: z.string() }) },
    ({ name }: { name: string }) => text(`hello ${name}`),
  );
  server.registerTool('throws', { inputSchema: z.object({}) }, () => {
    throw new Error('it broke');
  });
  return server;
}

describe('a server of the official SDK, over the modern revision', () => {
  let http: Server;
  let connection: ToolServerConnection;
  const methods: string[] = [];
  beforeAll(async () => {
    const handler = toNodeHandler(createMcpHandler(newServer));
    http = createServer((request, response) => {
      methods.push(String(request.headers['mcp-method']));
      void handler(request as Parameters<typeof handler>[0], response);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    connection = createStreamableHttpTransport().connect(
      serverEntry({ kind: 'http', url: `http://127.0.0.1:${port}/mcp` }),
      [],
      noEvents,
      'main',
    );
  });
  afterAll(async () => {
    await connection.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });

  it('is asked, listed and called', async () => {
    const tools = await connection.listTools({ lent: [], signal: new AbortController().signal });
    expect(tools.map(({ name }) => name)).toEqual(['greet', 'throws']);
    const answer = await connection.exchange(invocation('greet', { name: 'Ada' }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'hello Ada' }] });
    expect(methods).toEqual(
      expect.arrayContaining(['server/discover', 'tools/list', 'tools/call']),
    );
  });

  it('answers a tool that throws with a tool error', async () => {
    const answer = await connection.exchange(invocation('throws', {}));
    expect(essence(answer)).toMatchObject({ isError: true });
  });

  it('says that nothing happened for a tool that it does not know', async () => {
    const answer = await connection.exchange(invocation('no-such-tool', {}));
    expect(essence(answer)).toEqual({ code: 'tools/upstream-error', effect: 'none' });
  });
});

/** An unmodified SDK server that refuses the legacy greeting. */
const homes = testHomes();

const modernOnly = `
  import { McpServer } from '@modelcontextprotocol/server';
  import { serveStdio } from '@modelcontextprotocol/server/stdio';
  import { z } from 'zod';
  serveStdio(() => {
    const server = new McpServer({ name: 'sdk', version: '1.0.0' });
    const inputSchema = z.object({ name: z.string() });
    server.registerTool('greet', { inputSchema }, ({ name }) => ({
      content: [{ type: 'text', text: 'hello ' + name }],
    }));
    return server;
  }, { legacy: 'reject' });`;

describe('a server of the official SDK that speaks only the modern revision, over stdio', () => {
  it('is asked, listed and called', async () => {
    const connection = createStdioTransport({ homes }).connect(
      serverEntry({
        kind: 'stdio',
        command: process.execPath,
        args: ['--input-type=module', '-e', modernOnly],
        cwd: fileURLToPath(new URL('../../..', import.meta.url)),
        environment: {},
      }),
      [],
      noEvents,
      'main',
    );
    try {
      const tools = await connection.listTools({ lent: [], signal: new AbortController().signal });
      expect(tools.map(({ name }) => name)).toEqual(['greet']);
      const answer = await connection.exchange(invocation('greet', { name: 'Ada' }));
      expect(essence(answer)).toMatchObject({ content: [{ text: 'hello Ada' }] });
    } finally {
      await connection.close();
    }
  });
});
