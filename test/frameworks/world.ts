import { setTimeout as later } from 'node:timers/promises';
import { type RunningWorld, startWorld } from '../e2e/world.ts';
import { startFakeModelProvider } from '../fakes/fake-model-provider/index.ts';
import type { Doors } from './framework.ts';
import { type ScriptedModel, scriptedModel } from './script.ts';
import { sayYes } from '../e2e/say-yes.ts';

export interface FrameworkWorld {
  readonly doors: Doors;
  readonly model: ScriptedModel;
  /** Tools that were really called, oldest first. */
  reached(): readonly string[];
  bearer(agent: string): Promise<string>;
  admin(path: string, body?: unknown): Promise<Json>;
  approveAll(): Promise<void>;
  /** What the records say of this agent's calls of tools and models, oldest first. */
  recordsOf(agent: string): Promise<readonly Json[]>;
  close(): Promise<void>;
}

export type Json = Readonly<Record<string, unknown>>;

/** Agents that can prove nothing, before one tool server and one scripted model. */
export async function startFrameworkWorld(agents: readonly string[]): Promise<FrameworkWorld> {
  const key = `sk-real-${crypto.randomUUID()}`;
  const model = scriptedModel();
  const provider = await startFakeModelProvider({
    key,
    behaviour: (response, asked) => model.answer(response, asked),
  });
  const world = await startWorld(documents(provider.url, agents));
  const { admin } = world.instance;
  await admin.request('PUT', '/v1/secrets/scripted-key', { value: key });
  const post = (path: string, body?: unknown): Promise<Json> => admin.request('POST', path, body);
  const bearer = async (agent: string): Promise<string> =>
    String((await post(`/v1/agents/${agent}/token`))['accessToken']);
  const doors: Doors = {
    mcp: world.gateway,
    llm: world.gateway.replace(/\/mcp$/, '/llm/v1'),
    model: 'scripted/plays',
  };
  await modelIsServed(doors, await bearer('first'));
  return {
    doors,
    model,
    reached: () => world.upstream.calls().map(({ tool }) => tool),
    bearer,
    admin: post,
    approveAll: () => approveAll(world),
    async recordsOf(agent) {
      const path = `/v1/records?agent=${agent}&limit=200`;
      const { records }: Json = await admin.request('GET', path);
      return (records as { record: Json }[]).map(({ record }) => record).toReversed();
    },
    async close() {
      await world.close();
      await provider.close();
    },
  };
}

async function approveAll({ instance }: RunningWorld): Promise<void> {
  const { approvals } = await instance.admin.request('GET', '/v1/approvals');
  for (const { id, state } of approvals as { id: string; state: string }[]) {
    if (state !== 'pending') continue;
    await sayYes(instance.admin, id);
  }
}

/** A secret travels: control seals it, and the gateway hears of it. */
async function modelIsServed({ llm, model }: Doors, bearer: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await fetch(`${llm}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
    });
    if (status === 200) return;
    await later(50);
  }
  throw new Error('the model was not served');
}

function documents(provider: string, agents: readonly string[]): string {
  const all = ['first', ...agents].map((name) => agentDocument(name));
  return `
${all.join('\n')}
---
kind: Manifest
name: played
spec:
  tools:
    - tool: fake/echo
    - tool: fake/note
    - tool: fake/untrusted
    - tool: fake/pay
      arguments: { amount: { max: 1000 } }
  targets: [ model:scripted/plays ]
---
kind: Model
name: scripted
spec:
  connect: { url: '${provider}' }
  credential: { secret: scripted-key }
  results: { labels: [] }
  models: { plays: {} }
`;
}

/** Those that hurry are told to slow down soon. */
function agentDocument(name: string): string {
  const rate = name.startsWith('hurried') ? [60, 12] : [60_000, 6_000];
  return `---
kind: Agent
name: ${name}
spec: { owner: ada@example.com, purpose: plays a script, manifest: played, rate: { perMinute: ${rate[0]}, burst: ${rate[1]} }, unbound: { effects: [read, write] } }`;
}
