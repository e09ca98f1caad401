import { requiredFlag, textFlag, usage, type Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { openOrNewest } from '../every-of.ts';

export const sessionList: Command = {
  name: 'session list',
  summary: 'Lists who is signed in, by which provider and until when, or with --all past ones too.',
  words: '',
  paged: true,
  flags: { all: { type: 'boolean', help: 'those that are over too' } },
  examples: ['bailiwick session list', 'bailiwick session list --all'],
  watch: true,
  async run(input) {
    const state = input.flags['all'] === true ? '?state=all' : '';
    const answer = await openOrNewest(input, `/v1/sessions${state}`, 'sessions');
    input.out.print(answer, () =>
      table(
        ['ID', 'PERSON', 'ROLES', 'PROVIDER', 'BY', 'BEGUN', 'UNTIL', 'ENDED', 'BY WHOM'],
        objects(answer['sessions']).map((one) => [
          cell(one['id']),
          cell(one['person'], 60),
          cell(one['roles'], 60),
          cell(one['provider']),
          cell(one['by']),
          cell(one['begunAt']),
          cell(one['until']),
          cell(one['endedAt']),
          cell(one['endedBy']),
        ]),
      ),
    );
  },
};

export const sessionEnd: Command = {
  name: 'session end',
  summary:
    'Ends a sign-in, or all of a person: their pages, and whatever agents do for them by it.',
  words: '[ID]',
  flags: {
    person: { type: 'string', value: 'NAME', help: 'all of this person instead' },
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: [
    'bailiwick session end 0199c0de-… --reason "a lost laptop"',
    'bailiwick session end --person ann@corp --reason "left the team"',
  ],
  async run(input) {
    const reason = requiredFlag(sessionEnd, input, 'reason');
    const person = textFlag(input, 'person');
    const [id] = input.words;
    if ((person === undefined) === (id === undefined)) {
      throw usage(sessionEnd, 'give the ID of a sign-in, or `--person`');
    }
    const answer =
      id === undefined
        ? await input.request('POST', '/v1/sessions/end', { person: person ?? '', reason })
        : await input.request('POST', `/v1/sessions/${encodeURIComponent(id)}/end`, { reason });
    input.out.print(answer, () => `ended: ${cell(answer['ended'])}`);
  },
};
