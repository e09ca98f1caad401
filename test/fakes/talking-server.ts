import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server of the official SDK of the handshake era, with a tool for each thing that it can say. */
const legacyServer = (transport: string) => `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
  import { z } from 'zod';
  const touched = ['note:///one'];
  const told = new Map();
  const newServer = () => {
    const server = new McpServer({ name: 'sdk', version: '1.0.0' }, {
      capabilities: { logging: {}, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true } },
    });
    const text = (value) => ({ content: [{ type: 'text', text: value }] });
    server.registerTool('count', { inputSchema: { to: z.number() } }, async ({ to }, extra) => {
      const progressToken = extra._meta?.progressToken;
      for (let at = 1; at <= to; at += 1) {
        const method = 'notifications/progress';
        await extra.sendNotification({ method, params: { progressToken, progress: at, total: to } });
      }
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'counted' } });
      return text('counted to ' + to);
    });
    server.registerTool('who', { inputSchema: {} }, async (_, extra) => {
      const params = { message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } };
      const reply = await extra.sendRequest({ method: 'elicitation/create', params }, z.any());
      return text(JSON.stringify(reply));
    });
    server.registerTool('model', { inputSchema: {} }, async (_, extra) => {
      try {
        await extra.sendRequest({ method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } }, z.any());
        return text('sampled');
      } catch (fault) {
        return text('refused: ' + fault.code);
      }
    });
    const watched = new Set();
    server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => (watched.add(params.uri), {}));
    server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => (watched.delete(params.uri), {}));
    server.registerResource('note', 'note:///one', {}, async (uri) => ({ contents: [{ uri: uri.href, text: 'one' }] }));
    server.registerPrompt('greet', {}, async () => ({ messages: [] }));
    server.registerTool('touch', { inputSchema: {} }, async () => {
      for (const uri of touched) await told.get(uri)?.();
      return text('touched');
    });
    // Whatever session it is called in: all of them hear.
    for (const uri of touched) {
      const before = told.get(uri) ?? (async () => undefined);
      told.set(uri, async () => {
        await before();
        if (watched.has(uri)) await server.server.sendResourceUpdated({ uri });
        await server.server.sendResourceListChanged();
        await server.server.sendPromptListChanged();
      });
    }
    // Without saying for which call: on the stream of the session, where there is one.
    const beside = {
      who: () => server.server.elicitInput({ message: 'who?', requestedSchema: { type: 'object', properties: { name: { type: 'string' } } } }),
      model: () => server.server.createMessage({ messages: [], maxTokens: 1 }),
      roots: () => server.server.listRoots(),
      // What comes on another stream than the answer has to come before it to be heard.
      log: async () => {
        await server.server.sendLoggingMessage({ level: 'info', data: 'said beside' });
        await new Promise((resolve) => setTimeout(resolve, 300));
      },
    };
    for (const [name, act] of Object.entries(beside)) {
      server.registerTool(name + '-beside', { inputSchema: { ms: z.number().optional() } }, async ({ ms = 0 }) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        try {
          return text(JSON.stringify((await act()) ?? 'said'));
        } catch (fault) {
          return text('refused: ' + fault.code);
        }
      });
    }
    return server;
  };
  ${transport}`;

/** Over the standard streams, as the text of a module. */
export const talkingOnStdio = legacyServer(`
  import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
  await newServer().connect(new StdioServerTransport());`);

/** Over Streamable HTTP; it writes its port. */
export const talkingOnHttp = legacyServer(`
  import { createServer } from 'node:http';
  import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
  const sessions = new Map();
  const http = createServer(async (request, response) => {
    const known = sessions.get(request.headers['mcp-session-id']);
    if (known !== undefined) return known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await newServer().connect(transport);
    await transport.handleRequest(request, response);
  });
  http.listen(0, '127.0.0.1', () => console.log(http.address().port));`);

/** The same, started. */
export async function startTalkingOnHttp(): Promise<{
  readonly url: string;
  readonly stop: () => void;
}> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', talkingOnHttp], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data: Buffer) => resolve(String(data).trim()));
  });
  return { url: `http://127.0.0.1:${port}/mcp`, stop: () => void child.kill() };
}
