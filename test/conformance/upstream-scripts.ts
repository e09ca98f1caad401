/** What the driver of the upstream face does in each scenario of the suite. */
export interface Ask {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

export interface Script {
  /** The tools are written here: listing them beforehand would be one client more at the suite's server. */
  readonly tools: readonly string[];
  readonly calls: readonly Ask[];
  readonly targets?: readonly string[];
  /** Besides tools. */
  readonly offers?: true;
  /** Shows a server what we were told of a schema of its own. */
  readonly echoes?: { readonly tool: string; readonly schemaOf: string };
}

const call = (name: string, args: Record<string, unknown> = {}): Ask => ({ name, arguments: args });
const mrtr = ['echo_state', 'no_state', 'unrelated', 'no_result_type'].map(
  (name) => `test_mrtr_${name}`,
);

const scripts: Readonly<Record<string, Script>> = {
  initialize: { tools: [], calls: [], targets: ['resource:fixture/any:thing'], offers: true },
  tools_call: { tools: ['add_numbers'], calls: [call('add_numbers', { a: 5, b: 3 })] },
  // What it has is asked for on every list: something must be granted of it.
  'request-metadata': {
    tools: [],
    calls: [],
    targets: ['resource:fixture/any:thing'],
    offers: true,
  },
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
  'json-schema-2020-12-preservation': {
    tools: ['json_schema_2020_12_tool', 'json_schema_echo'],
    calls: [],
    echoes: { tool: 'json_schema_echo', schemaOf: 'json_schema_2020_12_tool' },
  },
};

export function scriptOf(scenario: string): Script | undefined {
  return Object.hasOwn(scripts, scenario) ? scripts[scenario] : undefined;
}

/** Nothing of ours signs in at an authorization server: a gateway for each of those would show the same. */
export function isTried(scenario: string): boolean {
  return scriptOf(scenario) !== undefined;
}

/** Calls that the suite itself prescribes. */
function toolCallsOfContext(): readonly Ask[] {
  const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as {
    toolCalls?: readonly Ask[];
  };
  return context.toolCalls ?? [];
}
