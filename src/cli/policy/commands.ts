import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { listFlag, requiredFlag, textFlag, usage, word, type Command } from '../command.ts';
import { cell, facts, objects, whole } from '../output.ts';

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
    input.out.print(answer, () =>
      problems.length === 0
        ? 'no problems'
        : problems
            .map(
              ({ line, column, message }) =>
                `${whole(file)}:${cell(line)}:${cell(column)}: ${cell(message, 1_000)}`,
            )
            .join('\n'),
    );
    return problems.length === 0 ? 0 : 1;
  },
};

export const policyExplain: Command = {
  name: 'policy explain',
  summary: 'Says what would be decided for one call now, and by which rules.',
  words: '',
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'the agent (required)' },
    tool: { type: 'string', value: 'SERVER/TOOL', help: 'the tool (required)' },
    arguments: { type: 'string', value: 'JSON', help: 'the arguments (default {})' },
    label: {
      type: 'string',
      multiple: true,
      value: 'LABEL',
      help: 'a label of the session, such as integrity:untrusted',
    },
  },
  examples: [
    `bailiwick policy explain --agent support --tool billing/create_refund --arguments '{"amount": 900}'`,
  ],
  async run(input) {
    const asked = {
      agent: requiredFlag(policyExplain, input, 'agent'),
      tool: requiredFlag(policyExplain, input, 'tool'),
      arguments: argumentsOf(textFlag(input, 'arguments') ?? '{}'),
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
      const unknown = `no server ever showed a tool \`${whole(asked.tool)}\`: is its name right?`;
      return [
        head,
        ...(answer['toolKnown'] === false ? ['', unknown] : []),
        '',
        ...lines.map((line) => cell(line as string, 1_000)),
      ].join('\n');
    });
    // A denial is an answer; a tool that does not exist is a fault of the question.
    return answer['toolKnown'] === false ? 1 : 0;
  },
};

function argumentsOf(text: string): JsonObject {
  const value = parseJson(Buffer.from(text));
  if (!isJsonObject(value)) throw usage(policyExplain, '`--arguments` takes a JSON object');
  return value;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new BailiwickError('config/unreadable', { message: `cannot read \`${file}\`` });
  }
}
