import { isRole, roles as allRoles } from '#kernel/principal.ts';
import {
  type Command,
  type CommandInput,
  type Flag,
  listFlag,
  requiredFlag,
  usage,
  word,
} from '../command.ts';
import { cell, facts, objects, table } from '../output.ts';

const roleFlag = {
  type: 'string',
  multiple: true,
  value: 'ROLE',
  help: `${allRoles.join(', ')}; may be given several times (required)`,
} as const satisfies Flag;
const reasonFlag = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record (required)',
} as const satisfies Flag;

export const personAdd: Command = {
  name: 'person add',
  summary: 'Adds a person to your tenant. Their credential is shown once and kept nowhere.',
  words: 'NAME',
  flags: { role: roleFlag, reason: reasonFlag },
  examples: [
    'bailiwick person add bob --role approver --reason "second pair of eyes"',
    'bailiwick person add eve --role operator --role approver --reason "on call"',
  ],
  async run(input) {
    const name = word(personAdd, input, 0, 'NAME');
    const roles = rolesOf(personAdd, input);
    const reason = requiredFlag(personAdd, input, 'reason');
    const answer = await input.request('POST', '/v1/people', { name, roles, reason });
    input.out.print(answer, () =>
      facts([
        ['person', answer['name']],
        ['roles', words(answer['roles'])],
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
        ['NAME', 'ROLES', 'SINCE'],
        objects(answer['people']).map((one) => [
          cell(one['name']),
          cell(words(one['roles'])),
          cell(one['addedAt']),
        ]),
      ),
    );
  },
};

export const personSetRoles: Command = {
  name: 'person set-roles',
  summary:
    'Says what a person may do from now on: these roles and no others. Somebody stays an admin.',
  words: 'NAME',
  flags: { role: roleFlag, reason: reasonFlag },
  examples: ['bailiwick person set-roles bob --role auditor --reason "left the team"'],
  async run(input) {
    const name = word(personSetRoles, input, 0, 'NAME');
    const roles = rolesOf(personSetRoles, input);
    const reason = requiredFlag(personSetRoles, input, 'reason');
    const answer = await input.request('POST', placeOf(name, 'roles'), { roles, reason });
    input.out.print(answer, () => `${cell(answer['name'])} is ${cell(words(answer['roles']))}`);
  },
};

export const personRemove: Command = {
  name: 'person remove',
  summary:
    'Removes a person: their credential and tokens are dead at once. It says which agents and tasks were theirs.',
  words: 'NAME',
  flags: { reason: reasonFlag },
  examples: ['bailiwick person remove bob --reason "left the company"'],
  async run(input) {
    const name = word(personRemove, input, 0, 'NAME');
    const reason = requiredFlag(personRemove, input, 'reason');
    const answer = await input.request('POST', placeOf(name, 'remove'), { reason });
    input.out.print(answer, () =>
      facts([
        ['removed', answer['name']],
        ['agents that they own', words(answer['agents']) || 'none'],
        ['open tasks that they began', words(answer['tasks']) || 'none'],
      ]),
    );
  },
};

function placeOf(name: string, what: string): string {
  return `/v1/people/${encodeURIComponent(name)}/${what}`;
}

function rolesOf(command: Command, input: CommandInput): readonly string[] {
  const roles = listFlag(input, 'role');
  if (roles.length > 0 && roles.every(isRole)) return roles;
  throw usage(command, `\`--role\` takes ${allRoles.join(', ')}`);
}

function words(list: unknown): string {
  return Array.isArray(list) ? list.map(String).join(', ') : '';
}
