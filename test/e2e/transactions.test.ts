import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTransactionVerifier, type TransactionVerifier } from '../../sdk/index.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { callTool, listTools } from './wire.ts';

/** What reached the server, and what it made of it. */
interface Seen {
  readonly token: string | undefined;
  readonly method: string;
}

let verifier: TransactionVerifier | undefined;
const seen: Seen[] = [];
const servers: Server[] = [];
/** Somebody between gateway and server changes what is asked. */
let isTampered = false;
let instance: Instance;
let agent: TestAgent;

/** A real server, which does nothing that its gateway did not judge. */
function payments(headerOf: () => string | undefined): McpServer {
  const server = new McpServer({ name: 'payments', version: '1.0.0' });
  server.registerTool(
    'pay',
    { inputSchema: z.object({ to: z.string(), amount: z.number() }) },
    async (args: { to: string; amount: number }) => {
      const told = await verifier?.verify({ token: headerOf(), name: 'pay', arguments: args });
      const text = JSON.stringify({ paid: args.amount, by: told?.subject, on: told?.txn });
      return { content: [{ type: 'text' as const, text }] };
    },
  );
  return server;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

async function startPayments(): Promise<string> {
  let header: string | undefined;
  const handler = toNodeHandler(createMcpHandler(() => payments(() => header)));
  return listen((request, response) => {
    const token = request.headers['txn-token'];
    const method = String(request.headers['mcp-method']);
    header = typeof token === 'string' ? token : undefined;
    seen.push({ token: header, method });
    void handler(request as Parameters<typeof handler>[0], response);
  });
}

/** Passes everything on, and changes the amount on its way if it is told to. */
function between(to: string): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const changed = isTampered ? body.replace('"amount":5', '"amount":9') : body;
      const {
        host: _host,
        'content-length': _length,
        connection: _c,
        ...headers
      } = request.headers;
      void fetch(to, {
        method: request.method ?? 'POST',
        headers: headers as Record<string, string>,
        ...(changed === '' ? {} : { body: changed }),
      })
        .then(async (answer) => {
          response.writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? 'application/json',
          });
          response.end(await answer.text());
          // A stream that the server ends when it goes away.
        })
        .catch(() => response.destroy());
    });
  };
}

beforeAll(async () => {
  const url = await listen(between(await startPayments()));
  const spec = (more: object) => ({
    connect: { url },
    pin: 'first-seen',
    results: { labels: [] },
    tools: { pay: { effect: 'read' } },
    ...more,
  });
  const all = [
    {
      kind: 'Agent',
      name: 'worker',
      spec: { owner: 'ada@example.com', purpose: 'pays', manifest: 'work' },
    },
    {
      kind: 'Manifest',
      name: 'work',
      spec: { tools: [{ tool: 'asks/pay' }, { tool: 'silent/pay' }] },
    },
    { kind: 'ToolServer', name: 'asks', spec: spec({ transactions: {} }) },
    { kind: 'ToolServer', name: 'silent', spec: spec({}) },
  ];
  const documents = { 'all.yaml': all.map((one) => JSON.stringify(one)).join('\n---\n') };
  instance = await startInstance({ documents });
  agent = await instance.enrolAgent('worker');
  const metadata = (await (
    await fetch(`${instance.console}/.well-known/oauth-authorization-server`)
  ).json()) as Record<string, string>;
  verifier = createTransactionVerifier({
    issuer: metadata['dev.bailiwick/assertion_audience'] ?? '',
    audience: url,
    jwks: `${instance.console}/oauth/transactions/jwks`,
  });
  const tools = async () => (await listTools(agent.fetch, instance.gateway)).body.result?.tools;
  for (let tries = 0; (await tools())?.length !== 2; tries += 1) {
    if (tries > 1_000) throw new Error(`the tools were not served\n${instance.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}, 90_000);
afterAll(async () => {
  await instance?.remove();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const pay = (tool: string) =>
  callTool(agent.fetch, instance.gateway, tool, { to: 'bob', amount: 5 });

describe('a real tool server that verifies transaction tokens', () => {
  it('does what the gateway let go, and knows whose call and which record it is', async () => {
    const { text, record } = await pay('asks__pay');
    const { paid, by, on } = JSON.parse(text) as Record<string, unknown>;
    expect({ paid, by }).toEqual({
      paid: 5,
      by: `agent:main/worker/${agent.identity.instance}`,
    });
    const read = () => instance.admin.request('GET', `/v1/records/${String(on)}`);
    await expect.poll(() => read().catch(() => undefined), { timeout: 10_000 }).toBeDefined();
    const intent = JSON.stringify(await read());
    expect(intent).toContain('policy.intent');
    expect(record).toBeDefined();
  });

  it('refuses what somebody changed on its way', async () => {
    isTampered = true;
    const { text, isError } = await pay('asks__pay');
    isTampered = false;
    expect(isError).toBe(true);
    expect(text).toContain('not the arguments that the gateway judged');
  });

  it('does not see its own token in what agents are told, and refuses whoever has none', async () => {
    const { text } = await pay('asks__pay');
    const token = seen.findLast(({ method }) => method === 'tools/call')?.token ?? '';
    expect(token.length).toBeGreaterThan(100);
    expect(text).not.toContain(token.slice(0, 40));
  });

  it('is the only one that gets them: a server that did not ask has none', async () => {
    const before = seen.length;
    const { isError, text } = await pay('silent__pay');
    expect(isError).toBe(true);
    expect(text).toContain('no transaction token');
    expect(seen.slice(before).map(({ token }) => token)).toEqual(
      seen.slice(before).map(() => undefined),
    );
  });
});
