import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/**
 * The processes that the gateway is measured beside, run as children: `upstream TOOLS`, a bare tool
 * server; `model`, a bare server of models; `proxy URL`, a bare proxy that parses both ways and
 * decides nothing.
 */
const [role, parameter] = process.argv.slice(2);

const tool = {
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

const more = Array.from({ length: Number(parameter ?? 0) || 0 }, (_, at) => `tool_${at}`);
const tools = ['echo', 'write', 'big', ...more].map((name) => ({ ...tool, name }));

const small = JSON.stringify({ id: 'c-1001', name: 'Ada', address: 'x'.repeat(600) });
const lines = Array.from({ length: 600 }, (_, at) => ({
  id: at,
  name: 'Ada',
  note: 'x'.repeat(72),
}));
const big = JSON.stringify(lines);

interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly model?: string;
  readonly params?: { readonly name?: string };
}

function upstreamAnswer(asked: Asked): unknown {
  if (asked.id === undefined) return undefined;
  const { id, params } = asked;
  const text = params?.name === 'big' ? big : small;
  const results: Record<string, unknown> = {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    },
    'tools/list': { tools },
    'tools/call': { content: [{ type: 'text', text }] },
  };
  const result = results[asked.method ?? ''];
  if (result !== undefined) return { jsonrpc: '2.0', id, result };
  return { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } };
}

function modelAnswer({ model }: Asked): unknown {
  const message = { role: 'assistant', content: 'Your parcel is on its way. '.repeat(20) };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 180, completion_tokens: 120, total_tokens: 300 },
  };
}

function startProxy(target: string): (asked: Asked) => Promise<unknown> {
  const { origin, pathname: path } = new URL(target);
  const pool = new Pool(origin, { connections: 256, pipelining: 1 });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return async (asked) => {
    const body = JSON.stringify(asked);
    const response = await pool.request({ path, method: 'POST', headers, body });
    return JSON.parse(Buffer.from(await response.body.arrayBuffer()).toString()) as unknown;
  };
}

const roles: Record<string, () => (asked: Asked) => unknown> = {
  upstream: () => upstreamAnswer,
  model: () => modelAnswer,
  proxy: () => startProxy(parameter ?? ''),
};

const answerOf = roles[role ?? '']?.();
if (answerOf === undefined) throw new Error(`no such role: ${role}`);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    void Promise.resolve(answerOf(JSON.parse(body.toString()) as Asked)).then((answer) => {
      if (answer === undefined) return void response.writeHead(202).end();
      const bytes = Buffer.from(JSON.stringify(answer));
      const length = `${bytes.length}`;
      response.writeHead(200, ['content-type', 'application/json', 'content-length', length]);
      response.end(bytes);
    });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` });
});
process.on('disconnect', () => process.exit(0));
