/**
 * Names of OpenTelemetry's semantic conventions for generative AI and MCP (`open-telemetry/semantic-conventions-genai`,
 * all of them "Development"), as they stood at the version below. Ours, because the package that had them calls every
 * one deprecated. INVARIANT: a name that moves there moves here alone, with the version.
 */
export const conventionsVersion = '1.45.0';
export const schemaUrl = `https://opentelemetry.io/schemas/${conventionsVersion}`;

export const names = {
  serviceName: 'service.name',
  serviceInstance: 'service.instance.id',
  errorType: 'error.type',
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  agentName: 'gen_ai.agent.name',
  requestModel: 'gen_ai.request.model',
  toolName: 'gen_ai.tool.name',
  promptName: 'gen_ai.prompt.name',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  mcpMethod: 'mcp.method.name',
} as const;

export const operations = { tool: 'execute_tool', chat: 'chat', agent: 'invoke_agent' } as const;

/** A tool that answered that it failed. */
export const toolError = 'tool_error';

/** What no convention has a word for. */
export const own = {
  /** Id of the record that the span was made of: what more there is to know is asked there. */
  record: 'bailiwick.record',
  intent: 'bailiwick.intent',
  tenant: 'bailiwick.tenant',
  task: 'bailiwick.task',
  session: 'bailiwick.session',
  target: 'bailiwick.target',
  decision: 'bailiwick.decision',
  rules: 'bailiwick.policy.rules',
  effect: 'bailiwick.effect',
  stage: 'bailiwick.refusal.stage',
  approval: 'bailiwick.approval',
  windows: 'bailiwick.answer.windows',
  bytes: 'bailiwick.answer.bytes',
  estimated: 'bailiwick.usage.estimated',
  traceIgnored: 'bailiwick.trace.ignored',
  held: 'bailiwick.held',
  approved: 'bailiwick.approved',
  wouldHave: 'bailiwick.would_have',
  codes: 'bailiwick.codes',
} as const;
