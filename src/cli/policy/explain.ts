import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  type Command,
  type CommandInput,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
} from '../command.ts';
import { newestRecords } from '../audit/commands.ts';
import { wholeId } from '../whole-id.ts';
import { recordOrApproval } from '../approval/meant.ts';
import { cell, facts, whole } from '../output.ts';
import { argumentsOf, asked as askedCall } from './asked-call.ts';

export const policyExplain: Command = {
  name: 'policy explain',
  summary:
    'Tells a recorded decision in plain sentences: who and what, what each gate said, the rules and where they stand, where labels came from, who was asked, and the nearest change that would have let it through. Without a record it says what would be decided for one call now, and by which rules; then it ends with 1 where the target is not known or its arguments do not fit.',
  words: '[RECORD]',
  flags: askedCall.flags,
  examples: [
    'bailiwick policy explain 0199f0d2-7c1e-7cc0-b1a5-2f9d5e0a7b11',
    `bailiwick policy explain 0199f0d2-7c1e-7cc0-b1a5-2f9d5e0a7b11 --arguments '{"amount": 900}'`,
    `bailiwick policy explain --agent support --tool billing/create_refund --arguments '{"amount": 900}'`,
    'bailiwick policy explain --agent chat --target model:openai/gpt-5',
    'bailiwick policy explain --agent support --target resource:files/file:///docs/x.md',
  ],
  async run(input) {
    const [record, more] = input.words;
    if (more !== undefined) throw usage(policyExplain, 'it takes one record');
    return record === undefined ? explainCall(input) : explainRecord(input, record);
  },
};

async function explainRecord(input: CommandInput, record: string): Promise<number> {
  for (const flag of ['agent', 'target', 'tool'] as const) {
    if (textFlag(input, flag) !== undefined) {
      throw usage(policyExplain, `a record says it by itself: leave out \`--${flag}\``);
    }
  }
  if (listFlag(input, 'label').length > 0) {
    throw usage(policyExplain, 'a record says its labels by itself: leave out `--label`');
  }
  const given = argumentsOf(policyExplain, input);
  const body = given === undefined ? {} : { arguments: given };
  const path = `/v1/records/${await wholeId(policyExplain, input, newestRecords)}/explain`;
  const answer = await recordOrApproval(input, record, () => input.request('POST', path, body));
  input.out.print(answer, () => linesOf(answer).join('\n'));
  return 0;
}

function linesOf(answer: JsonObject): readonly string[] {
  const lines = Array.isArray(answer['lines']) ? answer['lines'] : [];
  return lines.map((line) => cell(line as string, 1_000));
}

async function explainCall(input: CommandInput): Promise<number> {
  const asked = {
    agent: requiredFlag(policyExplain, input, 'agent'),
    ...askedCall.read(policyExplain, input),
  };
  const answer = await input.request('POST', '/v1/policies/explain', asked);
  input.out.print(answer, () => {
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
      ...linesOf(answer),
    ].join('\n');
  });
  // A denial is an answer; what does not exist, or cannot be asked so, is a fault of the question.
  return answer['targetKnown'] === false || doNotFit(answer) ? 1 : 0;
}

const unfit = ['tools/invalid-arguments', 'tools/unnamed-argument'];

function doNotFit({ refusal }: JsonObject): boolean {
  return isJsonObject(refusal) && unfit.some((code) => refusal['code'] === code);
}
