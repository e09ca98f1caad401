import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startGatewayBefore } from './gateway.ts';

/**
 * What the official suite starts as "a client": boots the gateway with the suite's server as its upstream and
 * drives it from the other side, so that what the server sees is the gateway's upstream face.
 *
 *     node upstream-client.ts URL        with MCP_CONFORMANCE_SCENARIO and its like in the environment
 */
interface Ask {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

interface Script {
  /** The tools are written here: listing them beforehand would be one client more at the suite's server. */
  readonly tools: readonly string[];
  readonly calls: readonly Ask[];
  readonly targets?: readonly string[];
  /** Besides tools. */
  readonly offers?: true;
}

const call = (name: string, args: Record<string, unknown> = {}): Ask => ({ name, arguments: args });
const mrtr = ['echo_state', 'no_state', 'unrelated', 'no_result_type'].map(
  (name) => `test_mrtr_${name}`,
);

const scripts: Readonly<Record<string, Script>> = {
  initialize: { tools: [], calls: [] },
  tools_call: { tools: ['add_numbers'], calls: [call('add_numbers', { a: 5, b: 3 })] },
  'request-metadata': { tools: [], calls: [] },
  'sep-2322-client-request-state': { tools: mrtr, calls: mrtr.map((name) => call(name)) },
  'elicitation-sep1034-client-defaults': {
    tools: ['test_client_elicitation_defaults'],
    calls: [call('test_client_elicitation_defaults')],
  },
  'sse-retry': { tools: ['test_reconnection'], calls: [call('test_reconnection')] },
  'http-standard-headers': {
    tools: ['test_headers'],
    calls: [call('test_headers')],
    targets: ['resource:fixture/file:///path/to/file%20name.txt', 'prompt:fixture/test_prompt'],
    offers: true,
  },
  'http-custom-headers': {
    tools: ['test_custom_headers', 'test_custom_headers_null'],
    calls: toolCallsOfContext(),
  },
  'http-invalid-tool-headers': {
    tools: ['valid_tool'],
    calls: [call('valid_tool', { region: 'us' })],
  },
  'json-schema-ref-no-deref': { tools: ['lookup_user'], calls: [] },
};

/** Calls that the suite itself prescribes. */
function toolCallsOfContext(): readonly Ask[] {
  const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
    toolCalls?: readonly Ask[];
  };
  return context.toolCalls ?? [];
}

async function main(): Promise<void> {
  const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
  const url = process.argv.at(-1) ?? '';
  const script = Object.hasOwn(scripts, scenario) ? scripts[scenario] : undefined;
  // Nothing of ours signs in at an authorization server: a gateway for each of these would show the same.
  if (script === undefined) throw new Error(`nothing is written for ${scenario}`);
  const { tools, targets = [] } = script;
  const gateway = await startGatewayBefore({ connect: { url }, tools, targets });
  try {
    await drive(gateway.url, script);
  } finally {
    await gateway.close();
  }
}

async function drive(url: string, { calls, offers }: Script): Promise<void> {
  const isModern = (process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] ?? '') >= '2026-07-28';
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
    await client.listTools();
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
