import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A tool server of files that strangers wrote, and of a till. */
export interface FileServer {
  readonly url: string;
  /** What stands in which file. */
  readonly files: Map<string, string>;
  /** To whom something was paid. */
  readonly paid: string[];
  close(): Promise<void>;
}

const string = { type: 'string' };
const tools = [
  { name: 'read', inputSchema: { type: 'object', properties: { path: string } } },
  {
    name: 'pay',
    inputSchema: { type: 'object', properties: { to: string, amount: { type: 'integer' } } },
  },
  { name: 'write', inputSchema: { type: 'object', properties: { path: string, text: string } } },
].map((tool) => ({ ...tool, description: `does ${tool.name}` }));

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: { readonly name?: string; readonly arguments?: Record<string, unknown> };
}

export async function startFileServer(): Promise<FileServer> {
  const files = new Map<string, string>();
  const paid: string[] = [];
  const done = (tool: string | undefined, { path, text, to }: Record<string, unknown>): string => {
    if (tool === 'read') return files.get(String(path)) ?? 'no such file';
    if (tool === 'pay') paid.push(String(to));
    else files.set(String(path), String(text));
    return tool === 'pay' ? 'paid' : 'written';
  };
  const answer = ({ method, params }: Message): object => {
    if (method === 'initialize') {
      const serverInfo = { name: 'files', version: '1' };
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
    }
    if (method === 'tools/list') return { tools };
    return { content: [{ type: 'text', text: done(params.name, params.arguments ?? {}) }] };
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method !== 'POST') return void response.writeHead(405).end();
      const message = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Message;
      if (message.id === undefined) return void response.writeHead(202).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: answer(message) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    files,
    paid,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
