import { fileURLToPath } from 'node:url';
import { type FakeToolServer, startFakeToolServer } from '../fakes/fake-tool-server/index.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { listTools } from './wire.ts';

/** Lent to the fake server in a header. */
export const lentValue = `canary-${crypto.randomUUID()}`;

export const handbook = 'file:///docs/handbook.md';

const everything = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/server-everything/dist/index.js',
    import.meta.url,
  ),
);

function documents(url: string): Record<string, string> {
  return {
    'offers.yaml': `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: reads what servers offer, manifest: work, rate: { perMinute: 60000, burst: 6000 } }
---
kind: Agent
name: bare
spec: { owner: ada@example.com, purpose: has no offers, manifest: bare }
---
kind: Manifest
name: work
spec:
  tools: [ { tool: files/echo } ]
  targets:
    - 'resource:everything/demo://resource/static/document/*'
    - 'resource:files/file:///docs/*'
    - 'resource:ledger/file:///ledger/book'
    - 'prompt:everything/args-prompt'
    - 'prompt:files/summary'
---
kind: Manifest
name: bare
spec: { tools: [ { tool: files/echo } ] }
---
kind: ToolServer
name: everything
spec:
  connect: ${JSON.stringify({ command: process.execPath, args: [everything] })}
  resources: { results: { labels: [] } }
  prompts: { results: { labels: [] } }
---
kind: ToolServer
name: files
spec:
  connect: { url: '${url}' }
  pin: first-seen
  credential: { secret: files-key, header: authorization, prefix: 'Bearer ' }
  tools: { echo: { effect: read, results: { labels: [] } } }
  resources: { results: { labels: [] } }
  prompts: { results: { labels: [] } }
---
kind: ToolServer
name: ledger
spec:
  connect: { url: '${url}' }
  resources: { effect: write, results: { labels: [] } }
`,
  };
}

export interface OffersWorld {
  readonly instance: Instance;
  readonly fake: FakeToolServer;
  readonly agent: TestAgent;
  close(): Promise<void>;
}

/** Each pin is a configuration of its own, in which cursors of the last one are over. */
async function pinned(instance: Instance, agent: TestAgent): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { body } = await listTools(agent.fetch, instance.gateway);
    if (body.result?.tools?.length === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the tool was not served\n${instance.output()}`);
}

/** The product over an unmodified server of the protocol's authors, and one that lies on demand. */
export async function startOffersWorld(): Promise<OffersWorld> {
  const fake = await startFakeToolServer();
  const instance = await startInstance({ documents: documents(fake.url) });
  await instance.admin.request('PUT', '/v1/secrets/files-key', { value: lentValue });
  const agent = await instance.enrolAgent('worker');
  await pinned(instance, agent);
  return {
    instance,
    fake,
    agent,
    async close() {
      await instance.remove();
      await fake.close();
    },
  };
}
