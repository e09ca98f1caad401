import {
  type FakeModelProvider,
  startFakeModelProvider,
} from '../fakes/fake-model-provider/index.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { startUpstream, type Upstream } from './upstream.ts';

/** What the provider wants, and no agent may ever see. */
export const realKey = `sk-real-${crypto.randomUUID()}`;

export interface ModelsWorld {
  readonly instance: Instance;
  readonly provider: FakeModelProvider;
  readonly agent: TestAgent;
  /** For a client of models: its base URL. */
  readonly base: string;
  /** A stand-in for `name`: works only here, and for a while. */
  standIn(name: string): Promise<string>;
  close(): Promise<void>;
}

/** The product between agents and one model provider, with a tool server beside it. */
export async function startModelsWorld(): Promise<ModelsWorld> {
  const provider = await startFakeModelProvider({ key: realKey });
  const upstream: Upstream = await startUpstream();
  const instance = await startInstance({
    documents: { 'models.yaml': documents(provider.url, upstream.url) },
  });
  await instance.admin.request('PUT', '/v1/secrets/model-key', { value: realKey });
  const agent = await instance.enrolAgent('chat');
  await keyIsLent(agent, instance);
  return {
    instance,
    provider,
    agent,
    base: instance.gateway.replace(/\/mcp$/, '/llm/v1'),
    async standIn(name) {
      const token: Record<string, unknown> = await instance.admin.request(
        'POST',
        `/v1/agents/${name}/token`,
        { reason: 'test' },
      );
      return String(token['accessToken']);
    },
    async close() {
      await instance.remove();
      await provider.close();
      await upstream.close();
    },
  };
}

/** A secret travels: control seals it, and the gateway hears of it. */
async function keyIsLent(agent: TestAgent, { gateway }: Instance): Promise<void> {
  const messages = [{ role: 'user', content: 'hello' }];
  for (let tries = 0; tries < 1_000; tries += 1) {
    const answer = await agent.fetch(gateway.replace(/\/mcp$/, '/llm/v1/chat/completions'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fake/fake-echo', messages }),
    });
    if (answer.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the key was not lent');
}

const models = [
  'fake-leak',
  'fake-tool',
  'fake-no-usage',
  'fake-endless',
  'fake-stall',
  'fake-cut',
  'fake-error-in-stream',
  'fake-html-error',
  'fake-redirect',
  'fake-rate',
  'fake-forbidden',
];

function documents(providerUrl: string, toolUrl: string): string {
  return `
kind: Agent
name: chat
spec: { owner: ada@example.com, purpose: chats, manifest: chat, rate: { perMinute: 600000, burst: 100000 } }
---
kind: Agent
name: other
spec: { owner: ada@example.com, purpose: something else, manifest: other }
---
kind: Manifest
name: chat
spec:
  tools: [ { tool: tools/echo } ]
  targets:
    - model:fake/fake-echo
    - model:fake/vendor/asks
${models.map((name) => `    - model:fake/${name}`).join('\n')}
---
kind: Manifest
name: other
spec: { tools: [ { tool: tools/echo } ] }
---
kind: ToolServer
name: tools
spec:
  connect: { url: '${toolUrl}' }
  pin: first-seen
  results: { labels: [] }
  tools: { echo: { effect: read } }
---
kind: Model
name: fake
spec:
  connect: { url: '${providerUrl}' }
  credential: { secret: model-key }
  results: { labels: [] }
  idleMs: 3000
  models:
    fake-echo: { maxOutputTokens: 100 }
    vendor/asks: { upstream: fake-echo, effect: write }
    hidden: {}
${models.map((name) => `    ${name}: {}`).join('\n')}
---
kind: Policy
name: models
spec:
  cedar: |
    @id("no-such-model")
    forbid(principal, action, resource == Model::"model:fake/fake-forbidden");
`;
}
