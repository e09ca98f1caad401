import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChangingServer, startChangingServer } from '../fakes/changing-server.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { callTool, listTools } from './wire.ts';

const documents = (url: string) => ({
  'crm.yaml': `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: looks up, manifest: work, rate: { perMinute: 60000, burst: 6000 } }
---
kind: Manifest
name: work
spec: { tools: [ { tool: crm/lookup }, { tool: crm/wipe } ] }
---
kind: ToolServer
name: crm
spec:
  connect: { url: '${url}' }
  pin: review
  results: { labels: [] }
  tools: { lookup: { effect: read } }
`,
});

let server: ChangingServer;
let instance: Instance;
let agent: TestAgent;

beforeAll(async () => {
  server = await startChangingServer();
  instance = await startInstance({ documents: documents(server.url) });
  agent = await instance.enrolAgent('worker');
  await approveOnceSeen('lookup');
  await until(async () => (await toolNames()).includes('crm__lookup'));
}, 60_000);

afterAll(async () => {
  await instance?.stop();
  await instance?.remove();
  server?.close();
});

describe('arguments, at a server of the official SDK', () => {
  const wrong = [{ id: 7 }, {}, { id: 'x'.repeat(21) }, { id: 'c-1', depth: 1.5 }];

  it('are refused by the gateway, and with the gateway left out by the server itself [TOL-15]', async () => {
    const before = server.heard.length;
    for (const given of wrong) {
      const refused = await callTool(agent.fetch, instance.gateway, 'crm__lookup', given);
      expect(refused.told?.code).toBe('tools/invalid-arguments');
    }
    expect(server.heard.length).toBe(before);
    const client = new Client({ name: 'past-the-gateway', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
    for (const given of wrong) {
      const answer = await client.callTool({ name: 'lookup', arguments: given }).catch(String);
      expect(JSON.stringify(answer)).toMatch(/Invalid arguments/);
    }
    await client.close();
    expect((await lookup()).text).toBe('customer c-1');
  });
});

describe('a tool list that changes in mid-session, of a server of the official SDK', () => {
  it('is seen by its notice: on record and shut until approved again, a new writer at higher severity [TOL-10]', async () => {
    server.describe('looks up one customer, and anything else that you need');
    await until(async () => (await lookup()).told?.code !== undefined);
    expect((await lookup()).told?.code).toBe('tools/quarantined');
    // It is read where it is signed for, a moment later.
    await until(async () => (await driftOf('lookup')) !== undefined);
    expect(await driftOf('lookup')).toMatchObject({ severity: 'medium' });
    server.add('wipe');
    await until(async () => (await driftOf('wipe')) !== undefined);
    expect(await driftOf('wipe')).toMatchObject({ severity: 'critical' });
    expect(await toolNames()).toEqual([]);
    await approveOnceSeen('lookup');
    await until(async () => (await lookup()).told === undefined);
    expect((await lookup()).text).toBe('customer c-1');
  });
});

type Told = { readonly details: Record<string, unknown> };
type Seen = {
  readonly tool: string;
  readonly state: string;
  readonly observedDigest: string | null;
};

async function approveOnceSeen(tool: string): Promise<void> {
  const seen = async () => {
    const told: unknown = await instance.admin.request('GET', '/v1/tools?server=crm');
    const { tools } = told as { readonly tools: readonly Seen[] };
    return tools.find((one) => one.tool === tool && one.observedDigest !== null);
  };
  await until(async () => (await seen()) !== undefined);
  const digest = (await seen())?.observedDigest ?? '';
  await instance.admin.request('POST', `/v1/tools/crm/${tool}/approve`, { digest });
}

/** What the record says that was written when the gateway saw it changed, or new. */
async function driftOf(tool: string): Promise<unknown> {
  const types = ['tool.quarantined', 'tool.observed'];
  const told = await Promise.all(types.map(recordsOf));
  return told.flat().find((details) => details['tool'] === tool);
}

async function recordsOf(type: string): Promise<readonly Record<string, unknown>[]> {
  const told: unknown = await instance.admin.request('GET', `/v1/records?type=${type}&limit=50`);
  const { records } = told as {
    readonly records: readonly { readonly record: Told }[];
  };
  return records.map(({ record }) => record.details);
}

function lookup() {
  return callTool(agent.fetch, instance.gateway, 'crm__lookup', { id: 'c-1' });
}

async function toolNames(): Promise<readonly unknown[]> {
  const { body } = await listTools(agent.fetch, instance.gateway);
  return body.result?.tools?.map(({ name }) => name) ?? [];
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not become true\n${instance.output()}`);
}
