import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canary } from './cases.ts';
import { filesHolding } from './files.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { callTool, listTools } from './wire.ts';

const outputSchema = {
  type: 'object',
  properties: { ok: { type: 'boolean' } },
  additionalProperties: false,
};
const tools = ['key', 'value', 'error', 'long', 'body', 'plain', 'pay'];

/** Tells its own credential in every place in which a tool server can write. */
function talkative(): { readonly server: Server; listFails: boolean } {
  const world = { listFails: false, server: createServer() };
  world.server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked;
      const key = (request.headers.authorization ?? '').slice('Bearer '.length);
      const [status, answer] = answerOf(asked, key, world.listFails);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(answer === undefined ? undefined : JSON.stringify(answer));
    });
  });
  return world;
}

interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly name?: string };
}

function answerOf({ id, method, params }: Asked, key: string, listFails: boolean) {
  if (id === undefined) return [202, undefined] as const;
  const ok = (result: object) => [200, { jsonrpc: '2.0', id, result }] as const;
  const no = (message: string) =>
    [200, { jsonrpc: '2.0', id, error: { code: -32_000, message, data: { key } } }] as const;
  if (method === 'initialize') {
    return ok({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: key, version: '1' },
    });
  }
  if (method === 'tools/list') {
    if (listFails) return no(`no list for ${key}`);
    const inputSchema = { type: 'object', properties: {} };
    return ok({
      tools: tools.map((name) => ({
        name,
        inputSchema,
        ...(name === 'key' || name === 'value' ? { outputSchema } : {}),
      })),
    });
  }
  if (method !== 'tools/call') return no('Method not found');
  const content = [{ type: 'text', text: 'fine' }];
  switch (params?.name ?? '') {
    case 'key':
      return ok({ content, structuredContent: { [key]: 1 } });
    case 'value':
      return ok({ content, structuredContent: { ok: key } });
    case 'error':
      return no(`the key ${key} is not welcome`);
    case 'long':
      return no(`${'so '.repeat(160)}${key}`);
    case 'body':
      return [500, { said: key }] as const;
    case 'pay':
      return ok({ content });
    default:
      return ok({ content: [{ type: 'text', text: key }], _meta: { [key]: key } });
  }
}

describe('a tool server that tells its own credential', () => {
  const upstream = talkative();
  const { server } = upstream;
  let instance: Instance;
  let agent: TestAgent;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    instance = await startInstance({ documents: { 'estate.yaml': documents(port) } });
    await instance.admin.request('PUT', '/v1/secrets/fake-key', { value: canary });
    agent = await instance.enrolAgent('worker');
    let served = 0;
    for (let tries = 0; tries < 1_000 && served < tools.length; tries += 1) {
      served = (await listTools(agent.fetch, instance.gateway)).body.result?.tools?.length ?? 0;
      if (served < tools.length) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  afterAll(async () => {
    await instance?.remove();
    server.closeAllConnections();
    server.close();
  });

  it('tells it neither to an agent nor to any file of the data folder [CRD-01, CRD-08]', async () => {
    const told: unknown[] = [];
    for (const name of tools) {
      if (name === 'pay') continue;
      const answer = await callTool(agent.fetch, instance.gateway, `fake.${name}`, {});
      expect(answer.record, name).toBeDefined();
      told.push(answer.body);
    }
    expect(told).toHaveLength(6);
    expect(JSON.stringify(told)).not.toContain(canary);
    // The look before a yes reads the list again: its error is told to whoever asked for the yes.
    upstream.listFails = true;
    const held = await callTool(agent.fetch, instance.gateway, 'fake.pay', {});
    expect(held.told?.code).toBe('tools/upstream-error');
    expect(JSON.stringify(held.body)).not.toContain(canary);
    upstream.listFails = false;
    await instance.stop();
    const found = filesHolding(instance.data, [canary]);
    expect(found).toEqual([]);
    expect(instance.output()).not.toContain(canary);
  });
});

function documents(port: number): string {
  return `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: tests, manifest: work }
---
kind: Manifest
name: work
spec:
  tools:
${tools.map((name) => `    - tool: fake/${name}`).join('\n')}
---
kind: ToolServer
name: fake
spec:
  connect: { url: 'http://127.0.0.1:${port}/mcp' }
  pin: first-seen
  credential: { secret: fake-key, header: authorization, prefix: 'Bearer ' }
  default: { effect: read }
  tools: { pay: { effect: write } }
`;
}
