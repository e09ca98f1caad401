import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { splitToolText } from '#kernel/tool.ts';
import { usage, word, type Command, type CommandInput } from '../command.ts';
import { cell, facts, objects, table, whole } from '../output.ts';
import { listed } from '../every-of.ts';

export const toolList: Command = {
  name: 'tool list',
  summary: 'Lists tools: what is approved, what waits, what changed since it was approved.',
  words: '[SERVER]',
  paged: true,
  flags: {},
  examples: ['bailiwick tool list', 'bailiwick tool list billing -o json'],
  watch: true,
  async run(input) {
    const server = input.words[0];
    const query = server === undefined ? '' : `?server=${encodeURIComponent(server)}`;
    const answer = await listed(input, `/v1/tools${query}`, 'tools');
    input.out.print(answer, () => {
      const tools = objects(answer['tools']);
      const rows = table(
        ['TOOL', 'STATE', 'EFFECT', 'REVERSIBLE', 'PHASE', 'APPROVED BY', 'DIGEST'],
        tools.map((tool) => [
          nameOf(tool),
          cell(tool['state']),
          cell(tool['effect']),
          cell(tool['reversible']),
          cell(tool['phase']),
          cell(tool['approvedBy']),
          cell(tool['pinnedDigest'] ?? tool['observedDigest'], 12),
        ]),
      );
      const unfit = tools
        .filter((tool) => typeof tool['unfit'] === 'string')
        .map((tool) => `${nameOf(tool)} cannot be called: ${whole(tool['unfit'])}`);
      const more = [...unfit, ...rejected(tools)];
      return more.length === 0 ? rows : [rows, '', ...more].join('\n');
    });
  },
};

/** Who said no, and why. */
function rejected(tools: readonly JsonObject[]): string[] {
  return tools.flatMap((tool) => {
    const no = tool['rejected'];
    return isJsonObject(no)
      ? [`${nameOf(tool)} was rejected by ${cell(no['by'])}: ${whole(no['reason'])}`]
      : [];
  });
}

function nameOf(tool: JsonObject): string {
  return `${cell(tool['server'])}/${cell(tool['tool'])}`;
}

export const toolDiff: Command = {
  name: 'tool diff',
  summary: 'Shows what changed in a tool since it was approved.',
  words: 'SERVER/TOOL',
  flags: {},
  examples: ['bailiwick tool diff billing/create_refund'],
  async run(input) {
    const answer = await input.request('GET', toolPath(toolDiff, input));
    input.out.print(answer, () => {
      const rows = objects(answer['diff']);
      const head = facts([
        ['state', answer['state']],
        ...rejection(answer),
        ['approved', answer['pinnedDigest']],
        ['shown now', answer['observedDigest'] ?? answer['pinnedDigest']],
      ]);
      const about = aboutIt(answer);
      if (rows.length === 0) return [head, '', 'no difference', ...about].join('\n');
      const lines = rows.map(
        ({ path, before, after }) => `${whole(path)}\n  - ${whole(before)}\n  + ${whole(after)}`,
      );
      return [head, '', ...lines, ...about].join('\n');
    });
  },
};

function rejection({ rejected: no }: JsonObject): [string, string][] {
  return isJsonObject(no) ? [['rejected by', `${cell(no['by'])}: ${whole(no['reason'])}`]] : [];
}

/** What it brings, what keeps it from being called, and what rules found in its words. */
function aboutIt(answer: JsonObject): string[] {
  const brings = Array.isArray(answer['introduces']) ? (answer['introduces'] as Json[]) : [];
  return [
    ...(brings.length === 0 ? [] : ['', `it brings: ${brings.map((one) => cell(one)).join(', ')}`]),
    ...(typeof answer['unfit'] === 'string'
      ? ['', `it cannot be called: ${whole(answer['unfit'])}`]
      : []),
    ...objects(answer['findings']).map((one) => {
      const words = Array.isArray(one['words'])
        ? (one['words'] as Json[]).map(whole).join(', ')
        : '';
      const matched = words === '' ? '' : ` (${words})`;
      return `${cell(one['severity'])} ${cell(one['rule'])}: ${whole(one['message'])}${matched}`;
    }),
  ];
}

export function toolPath(command: Command, input: CommandInput): string {
  const name = word(command, input, 0, 'SERVER/TOOL');
  const id = splitToolText(name);
  if (id === undefined) throw usage(command, 'name the tool as SERVER/TOOL');
  return `/v1/tools/${encodeURIComponent(id.server)}/${encodeURIComponent(id.tool)}`;
}
