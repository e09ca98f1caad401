import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer, type RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';

export interface ChangingServer {
  readonly url: string;
  /** What came in, as it came: every header and every body. */
  readonly heard: readonly string[];
  /** The description of `lookup` becomes this, and every session is told that the list changed. */
  describe(description: string): void;
  /** One more tool, told in the same way. */
  add(name: string): void;
  close(): void;
}

/** A server of the official SDK of the handshake era, whose tools change while sessions are open. */
export async function startChangingServer(): Promise<ChangingServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const lookups: RegisteredTool[] = [];
  const servers: McpServer[] = [];
  const added: string[] = [];
  const heard: string[] = [];
  let description = 'looks up one customer';
  const addTo = (server: McpServer, name: string) =>
    server.registerTool(name, { inputSchema: {} }, () => ({ content: [] }));
  const newServer = () => {
    const server = new McpServer({ name: 'changing', version: '1.0.0' });
    const inputSchema = { id: z.string().max(20), depth: z.number().int().optional() };
    const lookup = server.registerTool('lookup', { description, inputSchema }, ({ id }) => ({
      content: [{ type: 'text', text: `customer ${id}` }],
    }));
    for (const name of added) addTo(server, name);
    lookups.push(lookup);
    servers.push(server);
    return server;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces).toString();
    heard.push(`${request.rawHeaders.join('\n')}\n${body}`);
    const parsed: unknown = body === '' ? undefined : JSON.parse(body);
    const known = sessions.get(String(request.headers['mcp-session-id']));
    if (known !== undefined) return known.handleRequest(request, response, parsed);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await newServer().connect(transport);
    return transport.handleRequest(request, response, parsed);
  };
  const http = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    heard,
    describe(text) {
      description = text;
      for (const lookup of lookups) lookup.update({ description });
    },
    add(name) {
      added.push(name);
      for (const server of servers) addTo(server, name);
    },
    close() {
      http.closeAllConnections();
      http.close();
    },
  };
}
