import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  type Command,
  type CommandInput,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
} from '../command.ts';
import { cell, objects, table, whole } from '../output.ts';
import { asked } from './asked-call.ts';
import { readText } from './policy-files.ts';
import { problemLines } from './problems.ts';
import { proposing, readProposed } from './proposed.ts';

/** 0 all as expected · 2 something would be answered otherwise than now · 1 problems, or not as expected. */
const changesCode = 2;

export const policyTry: Command = {
  name: 'policy try',
  summary:
    'Says what would be said to a call, or to a file of calls, by what is in force and by what is proposed. Nothing is sent, asked, spent or counted, and no decision goes on record: none was made. Ends with 1 where a case is not answered as it expects or what is proposed has problems, with 2 where an answer would be another than now.',
  words: '',
  flags: {
    ...asked.flags,
    ...proposing,
    group: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'a group of the user',
    },
    user: { type: 'string', value: 'SUBJECT', help: 'for whom, as their provider calls them' },
    via: {
      type: 'string',
      multiple: true,
      value: 'AGENT',
      help: 'an agent that handed it over, the first one first',
    },
    unbound: { type: 'boolean', help: 'by a token that proves no key' },
    cases: {
      type: 'string',
      value: 'FILE',
      help: 'a JSON list of calls instead: {name, agent, target, arguments, labels, user, via, binding, time, expect}',
    },
  },
  lines: true,
  examples: [
    `bailiwick policy try --agent support --tool billing/create_refund --arguments '{"amount": 900}' --with refunds.cedar`,
    'bailiwick policy try --cases calls.json --with ./documents',
    'bailiwick policy try --cases calls.json --without legacy -o json',
  ],
  async run(input) {
    const cases = casesOf(input);
    const proposed = await readProposed(policyTry, input);
    if ('problems' in proposed) return toldProblems(input, proposed.problems);
    const { documents, remove } = proposed;
    const answer = await input.request('POST', '/v1/policies/try', { documents, remove, cases });
    const problems = objects(answer['problems']);
    const told = objects(answer['cases']);
    input.out.print(
      answer,
      () => (problems.length > 0 ? problemLines(problems, proposed.pathOf) : drawn(told)),
      () => told,
    );
    if (problems.length > 0 || told.some((one) => one['asExpected'] === false)) return 1;
    return told.some((one) => one['way'] !== 'same') ? changesCode : 0;
  },
};

function casesOf(input: CommandInput): readonly Json[] {
  const file = textFlag(input, 'cases');
  if (file === undefined) return [oneCase(input)];
  if (textFlag(input, 'agent') !== undefined) {
    throw usage(policyTry, 'give `--cases` or `--agent` with a target, not both');
  }
  const read = parseJson(Buffer.from(readText(file)));
  if (Array.isArray(read) && read.length > 0) return read as readonly Json[];
  throw new BailiwickError('config/unreadable', {
    message: `\`${file}\` holds no JSON list of calls`,
  });
}

function oneCase(input: CommandInput): JsonObject {
  const subject = textFlag(input, 'user');
  const groups = listFlag(input, 'group');
  if (subject === undefined && groups.length > 0) {
    throw usage(policyTry, '`--group` is of a user: name them with `--user`');
  }
  return {
    agent: requiredFlag(policyTry, input, 'agent'),
    ...asked.read(policyTry, input),
    ...(subject === undefined ? {} : { user: { subject, groups: [...groups] } }),
    via: [...listFlag(input, 'via')],
    binding: input.flags['unbound'] === true ? 'none' : 'dpop',
  };
}

function toldProblems(input: CommandInput, problems: readonly string[]): number {
  input.out.print({ problems: [...problems] }, () => problems.join('\n'));
  return 1;
}

const ways: Readonly<Record<string, string>> = { more: '+', less: '-', other: '~', same: '' };

function drawn(cases: readonly JsonObject[]): string {
  const rows = cases.map((one) => [
    ways[cell(one['way'])] ?? '~',
    one['name'] === null ? cell(one['agent']) : cell(one['name']),
    whole(one['target']),
    said(one['now']),
    said(one['would']),
    [
      ...(one['asExpected'] === false ? ['NOT AS EXPECTED'] : []),
      ...(isJsonObject(one['override']) && one['override']['lets'] === true ? ['OVERRIDDEN'] : []),
    ].join(', '),
  ]);
  const list = table(['', 'CALL', 'TARGET', 'NOW', 'WOULD BE', ''], rows);
  const [only] = cases;
  const would = only?.['would'];
  if (cases.length > 1 || !isJsonObject(would)) return list;
  const override = isJsonObject(only?.['override']) ? only['override'] : undefined;
  const stands = override === undefined ? [] : [cell(override['sentence'], 1_000)];
  return [list, '', cell(would['why'], 1_000), ...stands].join('\n');
}

function said(answer: Json | undefined): string {
  return isJsonObject(answer) ? cell(answer['said']) : '';
}
