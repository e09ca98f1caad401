import { listTools } from '../e2e/wire.ts';
import { type Instance, type InstanceOptions, startInstance } from '../e2e/instance.ts';
import { startForwarder } from './forwarder.ts';

export interface GatewayBefore {
  /** Where a client without a credential finds it. */
  readonly url: string;
  readonly instance: Instance;
  close(): Promise<void>;
}

export interface Upstream {
  readonly connect: Readonly<Record<string, unknown>>;
  readonly tools: readonly string[];
  readonly targets?: readonly string[];
  /** Tools that do whatever their text says, and are called all the same. */
  readonly exceptions?: readonly string[];
}

const server = 'fixture';

/** The product with one upstream, all of which one agent may use, told as it is by the server. */
export async function startGatewayBefore(
  upstream: Upstream,
  options: InstanceOptions = {},
): Promise<GatewayBefore> {
  const instance = await startInstance({
    ...options,
    documents: { 'estate.yaml': estate(upstream) },
  });
  try {
    return await before(instance, upstream.tools.length);
  } catch (fault) {
    await instance.remove();
    throw fault;
  }
}

/** Once as many tools are served as are wanted. */
async function before(instance: Instance, wanted: number): Promise<GatewayBefore> {
  const agent = await instance.enrolAgent('suite');
  for (let tries = 0; ; tries += 1) {
    const { body } = await listTools(agent.fetch, instance.gateway);
    if ((body.result?.tools?.length ?? 0) >= wanted) break;
    if (tries > 150) throw new Error(`the tools were not served\n${instance.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { accessToken } = await instance.admin.request('POST', '/v1/agents/suite/token');
  if (typeof accessToken !== 'string') throw new Error('no bearer was issued');
  const forwarder = await startForwarder(serverPath(instance.gateway), () => accessToken);
  return {
    url: forwarder.url,
    instance,
    async close() {
      await forwarder.close();
      await instance.remove();
    },
  };
}

/** One server under its own names. */
function serverPath(gateway: string): URL {
  return new URL(`${gateway}/${server}`);
}

function estate({ connect, tools, targets = [], exceptions = [] }: Upstream): string {
  const documents = [
    {
      kind: 'Agent',
      name: 'suite',
      spec: {
        owner: 'ada@example.com',
        purpose: 'tries what a server can do',
        manifest: 'everything',
        rate: { perMinute: 600_000, burst: 100_000 },
        unbound: { effects: ['read', 'write'] },
      },
    },
    {
      kind: 'Manifest',
      name: 'everything',
      spec: { tools: tools.map((tool) => ({ tool: `${server}/${tool}` })), targets },
    },
    {
      kind: 'ToolServer',
      name: server,
      spec: {
        connect,
        pin: 'first-seen',
        timeoutMs: 20_000,
        results: { labels: [] },
        default: { effect: 'read' },
        exceptions: Object.fromEntries(exceptions.map((tool) => [tool, exception()])),
        asks: ['elicitation', 'sampling', 'roots'],
        resources: { effect: 'read', results: { labels: [] } },
        prompts: { effect: 'read', results: { labels: [] } },
      },
    },
  ];
  // JSON is YAML.
  return documents.map((document) => JSON.stringify(document)).join('\n---\n');
}

const oneDayMs = 86_400_000;

function exception(): Record<string, string> {
  const until = new Date(Date.now() + oneDayMs).toISOString();
  const [owner, reason, control] = ['ada@example.com', 'a trial', 'it is asked nothing'];
  return { owner, reason, control, until };
}
