import { requiredFlag, textFlag, word, type Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { openOrNewest } from '../every-of.ts';

export const delegationList: Command = {
  name: 'delegation list',
  summary: 'Lists which agents act for which users, by which client, and until when.',
  words: '',
  paged: true,
  flags: {
    all: { type: 'boolean', help: 'those that are over too' },
    agent: { type: 'string', value: 'NAME', help: 'of this agent only' },
  },
  examples: ['bailiwick delegation list', 'bailiwick delegation list --all --agent coder -o json'],
  watch: true,
  async run(input) {
    const query = new URLSearchParams();
    if (input.flags['all'] === true) query.set('state', 'all');
    for (const name of ['agent']) {
      const value = textFlag(input, name);
      if (value !== undefined) query.set(name, value);
    }
    const answer = await openOrNewest(input, `/v1/delegations?${query.toString()}`, 'delegations');
    input.out.print(answer, () =>
      table(
        ['ID', 'USER', 'AGENT', 'CLIENT', 'MAY', 'UNTIL', 'ENDED', 'BY'],
        objects(answer['delegations']).map((one) => [
          cell(one['id']),
          cell(one['subject']),
          cell(one['agent']),
          cell(one['client']),
          cell(one['effects']),
          cell(one['until']),
          cell(one['endedAt']),
          cell(one['endedBy']),
        ]),
      ),
    );
  },
};

export const delegationEnd: Command = {
  name: 'delegation end',
  summary:
    'Ends that an agent acts for a user: its tokens are refused everywhere within a second. What begins next carries its labels; `task end` sheds them.',
  words: 'ID',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: ['bailiwick delegation end 0199c0de-… --reason "the laptop was lost"'],
  async run(input) {
    const id = encodeURIComponent(word(delegationEnd, input, 0, 'ID'));
    const reason = requiredFlag(delegationEnd, input, 'reason');
    const answer = await input.request('POST', `/v1/delegations/${id}/end`, { reason });
    input.out.print(
      answer,
      () => `\`${cell(answer['agent'])}\` acts for ${cell(answer['subject'])} no more`,
    );
  },
};
