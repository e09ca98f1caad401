import type { JsonObject } from '#kernel/json/value.ts';
import { isRole, roles as allRoles } from '#kernel/principal.ts';
import {
  type Command,
  type CommandInput,
  type Flag,
  listFlag,
  requiredFlag,
  textFlag,
  usage,
  word,
} from '../command.ts';
import { cell, facts, objects, table, textOf } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { listed } from '../every-of.ts';

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

const eligibleFlag = {
  type: 'string',
  multiple: true,
  value: 'ROLE',
  help: 'a role that they may take for a time (`person elevate`)',
} as const satisfies Flag;

export const personAdd: Command = {
  name: 'person add',
  summary: 'Adds a person to your tenant. Their credential is shown once and kept nowhere.',
  words: 'NAME',
  flags: { role: roleFlag, eligible: eligibleFlag, reason: reasonFlag },
  examples: [
    'bailiwick person add bob --role approver --reason "second pair of eyes"',
    'bailiwick person add eve --role operator --role approver --reason "on call"',
  ],
  async run(input) {
    const name = word(personAdd, input, 0, 'NAME');
    const given = rolesGiven(personAdd, input);
    const reason = requiredFlag(personAdd, input, 'reason');
    const answer = await input.request('POST', '/v1/people', { name, ...given, reason });
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
  summary: 'Lists the people of your tenant, what they may do, and what they took for a time.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick person list'],
  async run(input) {
    const answer = await listed(input, '/v1/people', 'people');
    const people = () =>
      table(
        ['NAME', 'ROLES', 'MAY TAKE', 'HAS TAKEN', 'SINCE'],
        objects(answer['people']).map((one) => [
          cell(one['name']),
          cell(words(one['roles'])),
          cell(words(one['eligible'])),
          cell(
            objects(one['taken'])
              .map(({ role, until }) => `${textOf(role)} until ${textOf(until)}`)
              .join(', '),
          ),
          cell(one['addedAt']),
        ]),
      );
    const differ = objects(answer['differ']).map(differenceText);
    input.out.print(answer, () => [people(), ...differ].join('\n'));
  },
};

export const personSetRoles: Command = {
  name: 'person set-roles',
  summary:
    'Says what a person may do from now on: these roles and no others. Somebody stays an admin.',
  words: 'NAME',
  flags: { role: roleFlag, eligible: eligibleFlag, reason: reasonFlag },
  examples: ['bailiwick person set-roles bob --role auditor --reason "left the team"'],
  async run(input) {
    const name = word(personSetRoles, input, 0, 'NAME');
    const given = rolesGiven(personSetRoles, input);
    const reason = requiredFlag(personSetRoles, input, 'reason');
    const answer = await input.request('POST', placeOf(name, 'roles'), { ...given, reason });
    input.out.print(answer, () => `${cell(answer['name'])} is ${cell(words(answer['roles']))}`);
  },
};

export const personElevate: Command = {
  name: 'person elevate',
  summary: 'Takes a role for a time that an admin made you eligible for. It ends by itself.',
  words: '',
  flags: {
    role: { type: 'string', value: 'ROLE', help: 'which one (required)' },
    for: { type: 'string', value: 'TIME', help: 'such as 30m (default 1h)' },
    reason: reasonFlag,
  },
  examples: ['bailiwick person elevate --role approver --for 1h --reason "ticket 311"'],
  async run(input) {
    const role = requiredFlag(personElevate, input, 'role');
    if (!isRole(role)) throw usage(personElevate, `\`--role\` takes ${allRoles.join(', ')}`);
    const reason = requiredFlag(personElevate, input, 'reason');
    const forSeconds = secondsOf(personElevate, textFlag(input, 'for') ?? '1h');
    const answer = await input.request('POST', '/v1/elevations', { role, forSeconds, reason });
    input.out.print(answer, () => `you are ${cell(answer['role'])} until ${cell(answer['until'])}`);
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

function rolesGiven(command: Command, input: CommandInput): JsonObject {
  const roles = listFlag(input, 'role');
  const eligible = listFlag(input, 'eligible');
  if (roles.length > 0 && roles.every(isRole) && eligible.every(isRole)) {
    return { roles, ...(eligible.length === 0 ? {} : { eligible }) };
  }
  throw usage(command, `\`--role\` and \`--eligible\` take ${allRoles.join(', ')}`);
}

function words(list: unknown): string {
  return Array.isArray(list) ? list.map(String).join(', ') : '';
}

export const personMend: Command = {
  name: 'person mend',
  summary:
    'The store says of people, passkeys, tokens or sign-ins what nobody decided (`identity/rights-differ`): it was edited or put back. From then on it says again what was decided, and a sign-in that differs has ended; what differed goes on record. Find out first who did it.',
  words: '',
  flags: { reason: reasonFlag },
  examples: ['bailiwick person mend --reason "store put back from the backup of Monday"'],
  async run(input) {
    const reason = requiredFlag(personMend, input, 'reason');
    const answer = await input.request('POST', '/v1/people/mend', { reason });
    const differed = objects(answer['differed']);
    input.out.print(answer, () =>
      differed.length === 0 ? 'nothing differs' : differed.map(differenceText).join('\n'),
    );
  },
};

const differing: Readonly<Record<string, string>> = {
  gone: 'was given, and the store has lost it',
  changed: 'is another in the store than was given',
  unknown: 'is in the store, and nobody gave it',
};

function differenceText({ what, person, id, why }: JsonObject): string {
  const told = typeof why === 'string' ? differing[why] : undefined;
  const name = what === 'person' ? cell(person) : `${cell(id, 60)} of ${cell(person)}`;
  return `DIFFERS: ${cell(what)} ${name} ${told ?? cell(why)}`;
}
