import type { Json, JsonObject } from '#kernel/json/value.ts';
import { splitToolText } from '#kernel/tool.ts';
import {
  reasonIfAny,
  reasonOf,
  textFlag,
  usage,
  word,
  type Command,
  type CommandInput,
} from '../command.ts';
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

export const toolApprove: Command = {
  name: 'tool approve',
  summary: 'Approves the definition that a tool shows now. Look at `tool diff` first.',
  words: 'SERVER/TOOL',
  flags: {
    digest: { type: 'string', value: 'SHA256', help: 'approve only this very definition' },
    reason: reasonIfAny,
  },
  examples: ['bailiwick tool approve billing/create_refund --digest 5f0c…'],
  async run(input) {
    const path = toolPath(toolApprove, input);
    const seen = await input.request('GET', path);
    const digest = textFlag(input, 'digest') ?? seen['observedDigest'] ?? seen['pinnedDigest'];
    if (typeof digest !== 'string') throw usage(toolApprove, 'there is nothing to approve');
    const answer: JsonObject = await input.request('POST', `${path}/approve`, {
      digest,
      ...reasonOf(input),
    });
    const name = `${cell(answer['server'])}/${cell(answer['tool'])}`;
    const applied = answer['inForce'] !== false;
    input.out.print(answer, () =>
      applied ? `${name} is approved` : approvedOnly(name, answer['problems']),
    );
    return applied ? 0 : 1;
  },
};

/** The yes stands; what is in force is the configuration before it. */
function approvedOnly(name: string, problems: Json | undefined): string {
  const lines = (Array.isArray(problems) ? problems : []).map((one) => `  ${whole(one)}`);
  const head = `${name} is approved; the configuration could not be applied, the last one stays in force:`;
  return [head, ...lines].join('\n');
}

function toolPath(command: Command, input: CommandInput): string {
  const name = word(command, input, 0, 'SERVER/TOOL');
  const id = splitToolText(name);
  if (id === undefined) throw usage(command, 'name the tool as SERVER/TOOL');
  return `/v1/tools/${encodeURIComponent(id.server)}/${encodeURIComponent(id.tool)}`;
}
