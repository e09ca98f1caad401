import { splitToolText } from '#kernel/tool.ts';
import { usage, word, type Command, type CommandInput } from '../command.ts';
import { cell, facts, objects, table, whole } from '../output.ts';

export const toolList: Command = {
  name: 'tool list',
  summary: 'Lists tools: what is approved, what waits, what changed since it was approved.',
  words: '[SERVER]',
  flags: {},
  examples: ['bailiwick tool list', 'bailiwick tool list billing -o json'],
  async run(input) {
    const server = input.words[0];
    const query = server === undefined ? '' : `?server=${encodeURIComponent(server)}`;
    const answer = await input.request('GET', `/v1/tools${query}`);
    input.out.print(answer, () =>
      table(
        ['TOOL', 'STATE', 'EFFECT', 'REVERSIBLE', 'PHASE', 'APPROVED BY', 'DIGEST'],
        objects(answer['tools']).map((tool) => [
          `${cell(tool['server'])}/${cell(tool['tool'])}`,
          cell(tool['state']),
          cell(tool['effect']),
          cell(tool['reversible']),
          cell(tool['phase']),
          cell(tool['approvedBy']),
          cell(tool['pinnedDigest'] ?? tool['observedDigest'], 12),
        ]),
      ),
    );
  },
};

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
        ['approved', answer['pinnedDigest']],
        ['shown now', answer['observedDigest'] ?? answer['pinnedDigest']],
      ]);
      if (rows.length === 0) return `${head}\n\nno difference`;
      const lines = rows.map(
        ({ path, before, after }) => `${whole(path)}\n  - ${whole(before)}\n  + ${whole(after)}`,
      );
      return [head, '', ...lines].join('\n');
    });
  },
};

export function toolPath(command: Command, input: CommandInput): string {
  const name = word(command, input, 0, 'SERVER/TOOL');
  const id = splitToolText(name);
  if (id === undefined) throw usage(command, 'name the tool as SERVER/TOOL');
  return `/v1/tools/${encodeURIComponent(id.server)}/${encodeURIComponent(id.tool)}`;
}
