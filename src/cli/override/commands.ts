import { type Command, type CommandInput, requiredFlag, word } from '../command.ts';
import { listed } from '../every-of.ts';
import { cell, objects, table } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { wholeId } from '../whole-id.ts';

const reasonFlag = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record (required)',
} as const;

export const overrideGive: Command = {
  name: 'override give',
  summary:
    'Lets one agent go on with one target where policy asks a person: on record, for 8 hours at most, and somebody else looks at it within a day.',
  words: '',
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'whose calls (required)' },
    target: { type: 'string', value: 'TARGET', help: 'SERVER/TOOL, or KIND:OWNER/NAME (required)' },
    for: { type: 'string', value: 'TIME', help: 'such as 30m or 2h; at most 8h (required)' },
    reason: reasonFlag,
  },
  examples: [
    'bailiwick override give --agent support --target billing/refund --for 2h --reason "incident 41"',
  ],
  async run(input) {
    const answer = await input.request('POST', '/v1/overrides', {
      agent: requiredFlag(overrideGive, input, 'agent'),
      target: requiredFlag(overrideGive, input, 'target'),
      forSeconds: secondsOf(overrideGive, requiredFlag(overrideGive, input, 'for')),
      reason: requiredFlag(overrideGive, input, 'reason'),
    });
    input.out.print(
      answer,
      () =>
        `override ${cell(answer['id'])} holds until ${cell(answer['until'])}; somebody else looks at it within a day: \`bailiwick override review ${cell(answer['id'])} --reason …\``,
    );
  },
};

export const overrideList: Command = {
  name: 'override list',
  summary: 'Lists overrides: those that nobody but their giver has looked at first.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick override list', 'bailiwick override list -o json'],
  watch: true,
  async run(input) {
    const answer = await listed(input, '/v1/overrides', 'overrides');
    input.out.print(answer, () =>
      table(
        ['ID', 'STATE', 'AGENT', 'TARGET', 'BY', 'UNTIL', 'REVIEWED BY', 'REASON'],
        objects(answer['overrides']).map((one) => [
          cell(one['id']),
          cell(one['state']),
          cell(one['agent']),
          cell(one['target'], 60),
          cell(one['by']),
          cell(one['until']),
          reviewer(one['reviewed'], one['overdue'] === true),
          cell(one['reason'], 60),
        ]),
      ),
    );
  },
};

function reviewer(reviewed: unknown, isOverdue: boolean): string {
  if (typeof reviewed === 'object' && reviewed !== null && 'by' in reviewed)
    return cell(String(reviewed.by));
  return isOverdue ? 'NOBODY, OVERDUE' : 'nobody yet';
}

export const overrideReview: Command = {
  name: 'override review',
  summary: 'Says that you have looked at an override that somebody else gave.',
  words: 'ID',
  flags: { reason: { ...reasonFlag, help: 'what you found; it goes on record (required)' } },
  examples: ['bailiwick override review 0199c0de-… --reason "the incident was real"'],
  run: (input) => said(overrideReview, input, 'review', 'is reviewed'),
};

export const overrideEnd: Command = {
  name: 'override end',
  summary: 'Ends an override before its time: what policy asks is asked again.',
  words: 'ID',
  flags: { reason: reasonFlag },
  examples: ['bailiwick override end 0199c0de-… --reason "incident 41 is over"'],
  run: (input) => said(overrideEnd, input, 'end', 'is over'),
};

async function said(
  command: Command,
  input: CommandInput,
  verb: 'review' | 'end',
  done: string,
): Promise<void> {
  word(command, input, 0, 'ID');
  const reason = requiredFlag(command, input, 'reason');
  const id = await wholeId(command, input, {
    path: '/v1/overrides',
    list: 'overrides',
    what: 'override',
    among: '',
    idOf: ({ id: of }) => of,
    word: 'ID',
  });
  const answer = await input.request('POST', `/v1/overrides/${id}/${verb}`, { reason });
  input.out.print(answer, () => `override ${cell(answer['id'])} ${done}`);
}
