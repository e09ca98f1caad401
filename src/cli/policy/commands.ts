import { basename } from 'node:path';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { listFlag, requiredFlag, textFlag, usage, word, type Command } from '../command.ts';
import { cell, facts, objects, whole } from '../output.ts';
import { readText } from './policy-files.ts';

export const policyCheck: Command = {
  name: 'policy check',
  summary: 'Judges Cedar text against the tools that are approved now; changes nothing.',
  words: 'FILE',
  flags: {},
  examples: ['bailiwick policy check refunds.cedar'],
  async run(input) {
    const file = word(policyCheck, input, 0, 'FILE');
    const cedar = readText(file);
    const answer = await input.request('POST', '/v1/policies/check', {
      policies: [{ name: basename(file).replace(/\.[^.]*$/, ''), cedar }],
    });
    const problems = objects(answer['problems']);
    const placed = ({ line, column, message }: JsonObject) =>
      `${whole(file)}:${cell(line)}:${cell(column)}: ${cell(message, 1_000)}`;
    input.out.print(answer, () =>
      [
        ...objects(answer['warnings']).map((one) => `${placed(one)} (warning)`),
        ...(problems.length === 0 ? ['no problems'] : problems.map(placed)),
      ].join('\n'),
    );
    return problems.length === 0 ? 0 : 1;
  },
};

export const policyExplain: Command = {
  name: 'policy explain',
  summary:
    'Says what would be decided for one call now, and by which rules; ends with 1 where the target is not known or its arguments do not fit.',
  words: '',
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'the agent (required)' },
    target: {
      type: 'string',
      value: 'TARGET',
      help: 'tool:, resource:, prompt: or model:OWNER/NAME',
    },
    tool: { type: 'string', value: 'SERVER/TOOL', help: 'short for --target tool:SERVER/TOOL' },
    arguments: {
      type: 'string',
      value: 'JSON',
      help: 'the arguments, or the request to a model (default: the least that there can be)',
    },
    label: {
      type: 'string',
      multiple: true,
      value: 'LABEL',
      help: 'a label of the session, such as integrity:untrusted',
    },
  },
  examples: [
    `bailiwick policy explain --agent support --tool billing/create_refund --arguments '{"amount": 900}'`,
    'bailiwick policy explain --agent chat --target model:openai/gpt-5',
    'bailiwick policy explain --agent support --target resource:files/file:///docs/x.md',
  ],
  async run(input) {
    const given = textFlag(input, 'arguments');
    const asked = {
      agent: requiredFlag(policyExplain, input, 'agent'),
      target: targetOf(input),
      ...(given === undefined ? {} : { arguments: argumentsOf(given) }),
      labels: [...listFlag(input, 'label')],
    };
    const answer = await input.request('POST', '/v1/policies/explain', asked);
    input.out.print(answer, () => {
      const lines = Array.isArray(answer['lines']) ? answer['lines'] : [];
      const head = facts([
        ['effect', answer['effect']],
        ['rules', answer['rules']],
        ['policy', answer['policyDigest']],
      ]);
      const unknown = `nothing is known of \`${whole(asked.target)}\`: is its name right?`;
      return [
        head,
        ...(answer['targetKnown'] === false ? ['', unknown] : []),
        '',
        ...lines.map((line) => cell(line as string, 1_000)),
      ].join('\n');
    });
    // A denial is an answer; what does not exist, or cannot be asked so, is a fault of the question.
    return answer['targetKnown'] === false || doNotFit(answer) ? 1 : 0;
  },
};

const unfit = ['tools/invalid-arguments', 'tools/unnamed-argument'];

function doNotFit({ refusal }: JsonObject): boolean {
  return isJsonObject(refusal) && unfit.some((code) => refusal['code'] === code);
}

function targetOf(input: Parameters<Command['run']>[0]): string {
  const [target, tool] = [textFlag(input, 'target'), textFlag(input, 'tool')];
  if (target !== undefined && tool !== undefined) {
    throw usage(policyExplain, 'give `--target` or `--tool`, not both');
  }
  // Control reads a tool in each of its spellings.
  return target ?? tool ?? requiredFlag(policyExplain, input, 'target');
}

function argumentsOf(text: string): JsonObject {
  const value = parseJson(Buffer.from(text));
  if (!isJsonObject(value)) throw usage(policyExplain, '`--arguments` takes a JSON object');
  return value;
}
