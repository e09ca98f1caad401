import { isJsonObject } from '#kernel/json/index.ts';
import { type Command, type CommandInput, requiredFlag, textFlag, word } from '../command.ts';
import { cell, objects, whole } from '../output.ts';
import { planText, reviewLines } from './plan-text.ts';
import { prune, readSent } from './sent.ts';

/** 0 nothing would change · 2 something would · 1 the documents have problems. */
const changesCode = 2;

export const plan: Command = {
  name: 'plan',
  summary:
    'Says what a folder of documents would change and what that does to risk; changes nothing. Ends with 2 where something would change.',
  words: 'DIR',
  yaml: true,
  flags: { prune },
  examples: ['bailiwick plan ./documents', 'bailiwick plan ./documents --prune -o json'],
  async run(input) {
    const sent = await readSent(plan, input);
    if ('problems' in sent) return toldProblems(input, sent.problems);
    const { body, beside } = sent;
    const answer = await input.request('POST', '/v1/plans', { ...body });
    input.out.print({ ...answer, leftAlone: [...beside] }, () =>
      [
        planText(answer),
        ...(beside.length === 0
          ? []
          : [`not in the folder, and left as they are: ${cell(beside.join(', '), 1_000)}`]),
      ].join('\n'),
    );
    return objects(answer['steps']).length === 0 ? 0 : changesCode;
  },
};

export const apply: Command = {
  name: 'apply',
  summary:
    'Applies a folder of documents: what only takes away is in force at once, what is risky waits for somebody else (then it ends with 2).',
  words: 'DIR',
  yaml: true,
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why (required); it goes on record' },
    plan: {
      type: 'string',
      value: 'ID',
      help: 'only if this is still the plan: nothing moved since it was shown',
    },
    prune,
  },
  examples: [
    "bailiwick apply ./documents --reason 'ticket 12'",
    "bailiwick apply ./documents --plan 5f0c... --reason 'ticket 12'",
  ],
  async run(input) {
    const reason = requiredFlag(apply, input, 'reason');
    const sent = await readSent(apply, input);
    if ('problems' in sent) return toldProblems(input, sent.problems);
    const { body } = sent;
    const id = textFlag(input, 'plan');
    const wanted = { ...body, ...(id === undefined ? {} : { plan: id }), reason };
    return told(input, await input.request('POST', '/v1/changes', wanted));
  },
};

export const rollback: Command = {
  name: 'rollback',
  summary: 'Applies an earlier version of a document again, like any other change.',
  words: 'KIND/NAME',
  yaml: true,
  flags: {
    to: { type: 'string', value: 'VERSION', help: 'the number of the version (required)' },
    reason: { type: 'string', value: 'TEXT', help: 'why (required); it goes on record' },
  },
  examples: ["bailiwick rollback Policy/refunds --to 3 --reason 'refused good calls'"],
  async run(input) {
    const [kind = '', name = ''] = word(rollback, input, 0, 'KIND/NAME').split('/');
    const to = Number(requiredFlag(rollback, input, 'to'));
    const reason = requiredFlag(rollback, input, 'reason');
    const path = `/v1/documents/${encodeURIComponent(kind)}/${encodeURIComponent(name)}/rollback`;
    return told(input, await input.request('POST', path, { to, reason }));
  },
};

/** On the error output, as an answer of the control program with problems stands there. */
function toldProblems(input: CommandInput, problems: readonly string[]): number {
  if (input.out.format === 'json') input.out.print({ problems: [...problems] }, () => '');
  else input.note(problems.map((one) => `${whole(one)}\n`).join(''));
  return 1;
}

function told(input: CommandInput, answer: Awaited<ReturnType<CommandInput['request']>>): number {
  const { plan: planned, applied, review, isException } = answer;
  const names = Array.isArray(applied) ? applied : [];
  input.out.print(answer, () =>
    [
      planText(planned),
      ...(names.length === 0 ? [] : [`in force: ${cell(names.join(', '), 1_000)}`]),
      ...(isException === true
        ? ['you said yes to yourself, because there is nobody else yet: that is on record']
        : []),
      ...(isJsonObject(review) ? reviewLines(review) : []),
    ].join('\n'),
  );
  return isJsonObject(review) ? changesCode : 0;
}
