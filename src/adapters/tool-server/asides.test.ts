import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { essence, invocation, noEvents, serverEntry } from '#contracts/tool-server.suite.ts';
import {
  type Aside,
  type Hearing,
  type ToolServerConnection,
  withReplies,
} from '#contracts/tool-server.ts';
import type { Reply } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { ServerConnect } from '#kernel/snapshot.ts';
import { testHomes } from '../../../test/fakes/test-homes.ts';
import { startTalkingOnHttp, talkingOnStdio } from '../../../test/fakes/talking-server.ts';
import { createStdioTransport } from './stdio/index.ts';
import { createStreamableHttpTransport } from './streamable-http/index.ts';

const homes = testHomes();
const root = fileURLToPath(new URL('../../..', import.meta.url));

describe.each(['stdio', 'http'] as const)('a server of the handshake era, over %s', (kind) => {
  let connection: ToolServerConnection;
  let end: () => void = () => undefined;
  beforeAll(async () => {
    const asks = ['elicitation'] as const;
    if (kind === 'stdio') {
      const args = ['--input-type=module', '-e', talkingOnStdio];
      const connect: ServerConnect = {
        kind,
        command: process.execPath,
        args,
        cwd: root,
        environment: {},
      };
      connection = createStdioTransport({ homes }).connect(
        serverEntry(connect, { asks }),
        [],
        noEvents,
        'main',
      );
      return;
    }
    const { url, stop } = await startTalkingOnHttp();
    end = stop;
    const entry = serverEntry({ kind, url }, { asks });
    connection = createStreamableHttpTransport().connect(entry, [], noEvents, 'main');
  });
  afterAll(async () => {
    await connection.close();
    end();
  });

  it('is heard while it works: its progress without the token, and its log', async () => {
    const { heard, hearing } = listening({ progress: true, log: 'info' });
    const answer = await connection.exchange(invocation('count', { to: 3 }, { hearing }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'counted to 3' }] });
    expect(heard.map(({ method, params }) => [method, params])).toEqual([
      ['notifications/progress', { progress: 1, total: 3 }],
      ['notifications/progress', { progress: 2, total: 3 }],
      ['notifications/progress', { progress: 3, total: 3 }],
      ['notifications/message', { level: 'info', data: 'counted' }],
    ]);
  });

  it('is not heard by whoever wants the answer only', async () => {
    const answer = await connection.exchange(invocation('count', { to: 2 }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'counted to 2' }] });
  });

  it('asks whoever called it, and goes on with the reply', async () => {
    const { heard, hearing } = listening({ capabilities: { elicitation: {} } }, (ask) =>
      ask.answer({ kind: 'result', result: { action: 'accept', content: { name: 'Ada' } } }),
    );
    const answer = await connection.exchange(invocation('who', {}, { hearing }));
    expect(heard).toMatchObject([{ kind: 'ask', params: { message: 'who?' } }]);
    expect(essence(answer)).toMatchObject({
      content: [{ text: '{"action":"accept","content":{"name":"Ada"}}' }],
    });
  });

  it('is told at once that a caller cannot be asked', async () => {
    const { hearing } = listening({ capabilities: { elicitation: {} } });
    const answer = await connection.exchange(invocation('model', {}, { hearing }));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'refused: -32601' }] });
    const plain = await connection.exchange(invocation('who', {}));
    expect(essence(plain)).toMatchObject({ isError: true });
  });

  it('does not run out of time while its question is not answered', async () => {
    let asked: ((reply: Reply) => void) | undefined;
    const { hearing } = listening({ capabilities: { elicitation: {} } }, (ask) => {
      asked = (reply) => ask.answer(reply);
    });
    const timeoutMs = 1_000;
    const running = connection.exchange(invocation('who', {}, { hearing, timeoutMs }));
    await expect.poll(() => asked, { timeout: 10_000 }).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, timeoutMs + 200));
    asked?.({ kind: 'result', result: { action: 'decline' } });
    expect(essence(await running)).toMatchObject({ content: [{ text: '{"action":"decline"}' }] });
  });
});

describe('a server of the modern era', () => {
  let http: Server;
  let connection: ToolServerConnection;
  beforeAll(async () => {
    const handler = toNodeHandler(createMcpHandler(newModernServer));
    http = createServer((request, response) => {
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

  it('asks in its answer, and goes on with the replies and what it gave along', async () => {
    const { hearing } = listening({ capabilities: { elicitation: { form: {} } } });
    const first = await connection.exchange(invocation('who', {}, { hearing }));
    expect(first).toMatchObject({
      kind: 'asks',
      requests: { who: { method: 'elicitation/create' } },
    });
    if (first.kind !== 'asks') throw new Error('it did not ask');
    const replies = { who: { action: 'accept', content: { name: 'Ada' } } };
    const again = withReplies(invocation('who', {}, { hearing }), { replies, state: first.state });
    const second = await connection.exchange(again);
    expect(essence(second)).toMatchObject({ content: [{ text: 'hello {"name":"Ada"}' }] });
  });

  it('has broken the protocol when it asks whoever cannot be asked', async () => {
    const answer = await connection.exchange(invocation('who', {}));
    expect(answer.kind).toBe('failed');
  });
});

function newModernServer(): McpServer {
  const server = new McpServer({ name: 'sdk', version: '1.0.0' });
  const requestedSchema = { type: 'object', properties: { name: { type: 'string' } } } as const;
  server.registerTool('who', { inputSchema: z.object({}) }, (_, context) => {
    const given = context.mcpReq.inputResponses?.['who'] as { content?: JsonObject } | undefined;
    if (given === undefined) {
      return inputRequired({
        inputRequests: { who: inputRequired.elicit({ message: 'who?', requestedSchema }) },
      });
    }
    return {
      content: [{ type: 'text' as const, text: `hello ${JSON.stringify(given.content)}` }],
    };
  });
  return server;
}

type Ask = Extract<Aside, { kind: 'ask' }>;

function listening(changes: Partial<Hearing>, onAsk: (ask: Ask) => void = () => undefined) {
  const heard: Aside[] = [];
  const hearing: Hearing = {
    progress: false,
    log: undefined,
    capabilities: {},
    ...changes,
    hear(aside) {
      heard.push(aside);
      if (aside.kind === 'ask') onAsk(aside);
    },
  };
  return { heard, hearing };
}
