import { readdirSync, readFileSync } from 'node:fs';
import { type FakeToolServer, startFakeToolServer } from '../fakes/fake-tool-server/index.ts';
import { stdioServer } from './hostile-stdio.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { childOf, descendants } from './processes.ts';
import { listTools, post, type ToolAnswer } from './wire.ts';

/** How long these servers may take, the start of a process included; what never ends is cut off by it. */
const serverMs: Readonly<Record<string, number>> = { stdio: 2_000, modern: 500, legacy: 500 };

const text = { type: 'object', properties: { text: { type: 'string' } } };
export const hostileTools = ['look', 'note'].map((name) => ({
  name,
  description: name,
  inputSchema: text,
}));
const tools = hostileTools;
/** No rule lets it through: a human is asked. */
const payTool = { name: 'pay', description: 'pay', inputSchema: text };

export const hostileServers = ['modern', 'legacy', 'stdio'] as const;
export type HostileServer = (typeof hostileServers)[number];

function documents(urls: Readonly<Record<string, string>>): Record<string, string> {
  const connect = (name: string): unknown =>
    name === 'stdio'
      ? { command: process.execPath, args: ['-e', stdioServer] }
      : { url: urls[name] };
  const server = (name: string): string => `
kind: ToolServer
name: ${name}
spec:
  connect: ${JSON.stringify(connect(name))}
  pin: first-seen
  timeoutMs: ${serverMs[name] ?? 20_000}
  results: { labels: [] }
  resources: { results: { labels: [] } }
  prompts: { results: { labels: [] } }
  tools: { look: { effect: read }, note: { effect: write }, pay: { effect: write } }
`;
  const names = [...hostileServers, 'good'];
  const listed = names.flatMap((name) =>
    ['look', 'note'].map((tool) => `{ tool: ${name}/${tool} }`),
  );
  const targets = names.flatMap((name) => [
    `'resource:${name}/file:///*'`,
    `'prompt:${name}/summary'`,
  ]);
  return {
    'hostile.yaml': [
      `
kind: Agent
name: worker
spec: { owner: ada@example.com, purpose: meets the worst, manifest: work, rate: { perMinute: 600000, burst: 100000 } }
`,
      `
kind: Manifest
name: work
spec: { tools: [ ${listed.join(', ')}, { tool: good/pay } ], targets: [ ${targets.join(', ')} ] }
`,
      `
kind: Policy
name: all
spec: { cedar: '@id("all") permit(principal, action, resource) unless { action == Action::"good/pay" };' }
`,
      ...names.map(server),
    ].join('---'),
  };
}

export interface HostileWorld {
  readonly instance: Instance;
  readonly agent: TestAgent;
  readonly fakes: Readonly<Record<'modern' | 'legacy' | 'good', FakeToolServer>>;
  /** What the gateway holds open: sockets and pipes, processes below it, bytes. */
  held(): { readonly files: number; readonly processes: number; readonly bytes: number };
  close(): Promise<void>;
}

/** The product over tool servers that misbehave on demand, and a good one beside them. */
export async function startHostileWorld(): Promise<HostileWorld> {
  const fakes = {
    modern: await startFakeToolServer({ era: 'modern', tools }),
    legacy: await startFakeToolServer({ era: 'legacy', tools }),
    good: await startFakeToolServer({ tools: [...tools, payTool] }),
  };
  const urls = Object.fromEntries(Object.entries(fakes).map(([name, { url }]) => [name, url]));
  const instance = await startInstance({ documents: documents(urls) });
  const agent = await instance.enrolAgent('worker');
  await pinned(instance, agent);
  const gateway = childOf(instance.pid, 'programs/gateway/main.ts');
  return {
    instance,
    agent,
    fakes,
    held: () => ({
      files: readdirSync(`/proc/${gateway}/fd`).length,
      processes: descendants(gateway).length,
      bytes: residentBytes(gateway),
    }),
    async close() {
      await instance.stop();
      for (const fake of Object.values(fakes)) await fake.close();
    },
  };
}

async function pinned(instance: Instance, agent: TestAgent): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { body } = await listTools(agent.fetch, instance.gateway);
    if (body.result?.tools?.length === 2 * (hostileServers.length + 1) + 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the tools were not served\n${instance.output()}`);
}

function residentBytes(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}

/** What is asked of a server, by the method under which it is asked. */
export const asks = {
  'tools/call': (word: string) => ({ name: 'look', arguments: { text: word } }),
  'tools/call of a write': (word: string) => ({ name: 'note', arguments: { text: word } }),
  'resources/read': (word: string) => ({ uri: `file:///docs/${word}` }),
  'prompts/get': (word: string) => ({ name: 'summary', arguments: { topic: word } }),
  'resources/list': () => ({}),
  'prompts/list': () => ({}),
  'completion/complete': (word: string) => ({
    ref: { type: 'ref/prompt', name: 'summary' },
    argument: { name: 'topic', value: word },
  }),
} as const;
export type AskKind = keyof typeof asks;
export const askKinds = Object.keys(asks) as readonly AskKind[];

export function methodOf(kind: AskKind): string {
  return kind.split(' ', 1)[0] ?? kind;
}

/** At the address of one server, under its own names. */
export function askServer(
  { instance, agent }: Pick<HostileWorld, 'instance' | 'agent'>,
  server: string,
  kind: AskKind,
  word: string,
): Promise<ToolAnswer> {
  const url = `${instance.gateway}/${server}`;
  // The others have this one, whatever word they are asked with.
  const about = kind === 'resources/read' && server !== 'stdio' ? 'handbook.md' : word;
  return post(agent.fetch, url, methodOf(kind), asks[kind](about), AbortSignal.timeout(30_000));
}
