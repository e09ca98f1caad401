import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startGatewayBefore } from './gateway.ts';
import { type Script, scriptOf } from './upstream-scripts.ts';

/**
 * What the official suite starts as "a client": boots the gateway with the suite's server as its upstream and
 * drives it from the other side, so that what the server sees is the gateway's upstream face.
 *
 *     node upstream-client.ts [--other-era] URL        with MCP_CONFORMANCE_SCENARIO and its like in the environment
 */
async function main(): Promise<void> {
  const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
  const url = process.argv.at(-1) ?? '';
  const script = scriptOf(scenario);
  if (script === undefined) throw new Error(`nothing is written for ${scenario}`);
  const { tools, targets = [] } = script;
  const starting = startGatewayBefore({ connect: { url }, tools, targets });
  const leave = (): void => {
    clearInterval(watching);
    void starting.then((gateway) => gateway.close()).finally(() => process.exit(1));
  };
  // The suite kills the shell between us after a minute, and would leave the gateway behind.
  const late = setTimeout(leave, mostMs);
  const parent = process.ppid;
  const watching = setInterval(() => process.ppid !== parent && leave(), 500);
  try {
    const gateway = await starting;
    // Where nothing is to be used, nothing tells when the gateway has had its first look at the server.
    if (tools.length === 0) await new Promise((resolve) => setTimeout(resolve, 2_000));
    await drive(gateway.url, script);
  } finally {
    clearTimeout(late);
    clearInterval(watching);
    await starting.then((gateway) => gateway.close());
  }
}

const mostMs = 40_000;

async function drive(url: string, { calls, offers, echoes }: Script): Promise<void> {
  const isOfModern = (process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] ?? '') >= '2026-07-28';
  const isModern = isOfModern !== process.argv.includes('--other-era');
  const client = new Client(
    { name: 'driver', version: '1' },
    {
      capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} },
      versionNegotiation: { mode: isModern ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  client.setRequestHandler('roots/list', () => ({ roots: [] }));
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  try {
    const { tools } = await client.listTools();
    if (echoes !== undefined) {
      const schema = tools.find(({ name }) => name === echoes.schemaOf)?.inputSchema;
      await client.callTool({ name: echoes.tool, arguments: { schema } });
    }
    if (offers === true) await drawOffers(client);
    // At once, as agents do; one that fails is the suite's to judge.
    await Promise.allSettled(calls.map((ask) => client.callTool(ask)));
  } finally {
    await client.close();
  }
}

async function drawOffers(client: Client): Promise<void> {
  const { resources } = await client.listResources();
  const { prompts } = await client.listPrompts();
  await Promise.allSettled([
    ...resources.map(({ uri }) => client.readResource({ uri })),
    ...prompts.map(({ name }) => client.getPrompt({ name, arguments: {} })),
  ]);
}

await main();
