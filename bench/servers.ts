import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/**
 * The two processes that the gateway is measured beside, run as children: `upstream`, a bare tool
 * server, and `proxy URL`, a bare proxy that parses both ways and decides nothing.
 */
const [role, target] = process.argv.slice(2);

const tool = {
  name: 'echo',
  description: 'answers',
  inputSchema: {
    type: 'object',
    properties: {
      customer: { type: 'string' },
      fields: { type: 'array', items: { type: 'string' } },
      limit: { type: 'integer', minimum: 1, maximum: 100 },
      note: { type: 'string', maxLength: 2000 },
      nested: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'boolean' } } },
    },
    required: ['customer'],
    additionalProperties: false,
  },
};

const resultText = JSON.stringify({ id: 'c-1001', name: 'Ada', address: 'x'.repeat(600) });

function upstreamAnswer(body: Buffer): Buffer | undefined {
  const message = JSON.parse(body.toString()) as { id?: number; method: string };
  if (message.id === undefined) return undefined;
  const results: Record<string, unknown> = {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    },
    'tools/list': { tools: [tool, { ...tool, name: 'write' }] },
    'tools/call': { content: [{ type: 'text', text: resultText }] },
  };
  const result = results[message.method];
  return Buffer.from(
    JSON.stringify(
      result === undefined
        ? { jsonrpc: '2.0', id: message.id, error: { code: -32601, message: 'no' } }
        : { jsonrpc: '2.0', id: message.id, result },
    ),
  );
}

const pool =
  target === undefined
    ? undefined
    : new Pool(new URL(target).origin, { connections: 256, pipelining: 1 });

async function proxyAnswer(body: Buffer): Promise<Buffer> {
  const message: unknown = JSON.parse(body.toString());
  const response = await (pool as Pool).request({
    path: '/mcp',
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(message),
  });
  const answer: unknown = JSON.parse(Buffer.from(await response.body.arrayBuffer()).toString());
  return Buffer.from(JSON.stringify(answer));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    void Promise.resolve(role === 'proxy' ? proxyAnswer(body) : upstreamAnswer(body)).then(
      (bytes) => {
        if (bytes === undefined) return void response.writeHead(202).end();
        response.writeHead(200, [
          'content-type',
          'application/json',
          'content-length',
          `${bytes.length}`,
        ]);
        response.end(bytes);
      },
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` });
});
process.on('disconnect', () => process.exit(0));
