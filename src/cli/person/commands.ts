import { requiredFlag, usage, word, type Command } from '../command.ts';
import { cell, facts, objects, table } from '../output.ts';

const roles = new Set(['admin', 'approver', 'auditor']);

export const personAdd: Command = {
  name: 'person add',
  summary: 'Adds a person to your tenant. Their credential is shown once and kept nowhere.',
  words: 'NAME',
  flags: {
    role: { type: 'string', value: 'ROLE', help: 'admin, approver or auditor (required)' },
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: ['bailiwick person add bob --role approver --reason "second pair of eyes"'],
  async run(input) {
    const name = word(personAdd, input, 0, 'NAME');
    const role = requiredFlag(personAdd, input, 'role');
    if (!roles.has(role)) throw usage(personAdd, '`--role` takes admin, approver or auditor');
    const reason = requiredFlag(personAdd, input, 'reason');
    const answer = await input.request('POST', '/v1/people', { name, role, reason });
    input.out.print(answer, () =>
      facts([
        ['person', answer['name']],
        ['role', answer['role']],
        ['credential', answer['credential']],
        ['they sign in by', 'BAILIWICK_CREDENTIAL in their environment'],
      ]),
    );
  },
};

export const personList: Command = {
  name: 'person list',
  summary: 'Lists the people of your tenant and what they may do.',
  words: '',
  flags: {},
  examples: ['bailiwick person list'],
  async run({ out, request }) {
    const answer = await request('GET', '/v1/people');
    out.print(answer, () =>
      table(
        ['NAME', 'ROLE', 'SINCE'],
        objects(answer['people']).map((one) => [
          cell(one['name']),
          cell(one['role']),
          cell(one['addedAt']),
        ]),
      ),
    );
  },
};
