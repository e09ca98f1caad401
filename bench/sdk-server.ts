import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

/**
 * The echo server of the MCP SDK's first version, stateless as its own example is: a new server and
 * transport for each request, answers as events. Without the example's Express, which would only
 * make it slower.
 */
const text = JSON.stringify({ id: 'c-1001', name: 'Ada', address: 'x'.repeat(600) });

function createEcho(): McpServer {
  const server = new McpServer({ name: 'bench', version: '1' });
  const inputSchema = {
    customer: z.string(),
    fields: z.array(z.string()),
    limit: z.int().min(1).max(100),
    note: z.string().max(2000),
    nested: z.object({ a: z.number(), b: z.boolean() }),
  };
  server.registerTool('echo', { description: 'answers', inputSchema }, () => ({
    content: [{ type: 'text', text }],
  }));
  return server;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): Promise<void> {
  const server = createEcho();
  const transport = new StreamableHTTPServerTransport({});
  response.on('close', () => {
    void transport.close();
    void server.close();
  });
  await server.connect(transport);
  await transport.handleRequest(request, response, body);
}

const listener = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    void serve(request, response, JSON.parse(Buffer.concat(chunks).toString()));
  });
});
listener.keepAliveTimeout = 60_000;
listener.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp` });
});
process.on('disconnect', () => process.exit(0));
