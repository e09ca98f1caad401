/** The documents of the gateways that are measured. */

export const estateTools = ['echo', 'big', 'write'];

/** What the agent may: one tool server at `tools`, and one model at `model` when there is one. */
export interface Estate {
  readonly tools: string;
  readonly model?: string;
  /** Rules that read arguments. */
  readonly rules?: number;
  /** Besides, each with the tool `echo`. */
  readonly servers?: readonly MoreServer[];
  /** Besides the one, named `bench-0` and so on. */
  readonly agents?: number;
}

export interface MoreServer {
  readonly name: string;
  readonly connect: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}

export function documentsOf(estate: Estate): Record<string, string> {
  const { tools, model, rules = 0, servers = [], agents = 0 } = estate;
  const names = ['bench', ...Array.from({ length: agents }, (_, at) => `bench-${at}`)];
  const listed = [
    ...estateTools.map((name) => `bench/${name}`),
    ...servers.map(({ name }) => `${name}/echo`),
  ];
  const target = model === undefined ? '' : ', targets: [ model:models/fake ]';
  return {
    'bench.yaml': `${names.map(agentDocument).join('')}
kind: Manifest
name: bench
spec: { tools: [ ${listed.map((tool) => `{ tool: ${tool} }`).join(', ')} ]${target} }
---
kind: ToolServer
name: bench
spec:
  connect: { url: '${tools}' }
  pin: first-seen
  results: { labels: [] }
  default: { effect: read, results: { labels: [] } }
  tools: { write: { effect: write } }
${model === undefined ? '' : modelDocument(model)}${servers.map(serverDocument).join('')}---
kind: Policy
name: bench
spec:
  cedar: |
    @id("small")
    permit(principal, action == Action::"bench/write", resource) when { context.input.customer != "nobody" };
${rulesText(rules)}`,
  };
}

function agentDocument(name: string): string {
  return `
kind: Agent
name: ${name}
spec: { owner: ada@example.com, purpose: is measured, manifest: bench, rate: { perMinute: 10000000, burst: 1000000 } }
---`;
}

/** JSON is YAML. */
function serverDocument({ name, ...spec }: MoreServer): string {
  const results = { labels: [] };
  const rest = { pin: 'first-seen', results, default: { effect: 'read', results } };
  return `---\n${JSON.stringify({ kind: 'ToolServer', name, spec: { ...spec, ...rest } })}\n`;
}

function modelDocument(url: string): string {
  return `---
kind: Model
name: models
spec:
  connect: { url: '${url}' }
  results: { labels: [] }
  models: { fake: {} }
`;
}

/** Nine in ten rules are about one tool and its arguments; the rest guard every call. */
export function rulesText(rules: number, prefix = ''): string {
  return Array.from({ length: rules }, (_, at) => `    ${ruleOf(at, prefix)}\n`).join('');
}

function ruleOf(at: number, prefix: string): string {
  const guards = at % 10 === 9;
  if (guards) {
    return `@id("${prefix}guard${at}") forbid(principal, action in Action::"call", resource) when { context.environment == "nowhere-${at}" };`;
  }
  const tool = at === 0 ? 'echo' : `tool_${at}`;
  return `@id("${prefix}rule${at}") permit(principal, action == Action::"bench/${tool}", resource) when { context.input has limit && context.input.limit < ${at + 100} && context.input.customer like "c-*" };`;
}
