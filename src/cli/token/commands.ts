import { isRole, roles as allRoles } from '#kernel/principal.ts';
import {
  type Command,
  listFlag,
  reasonIfAny,
  reasonOf,
  usage,
  word,
  textFlag,
} from '../command.ts';
import { cell, facts, objects, table } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { listed } from '../every-of.ts';

export const tokenCreate: Command = {
  name: 'token create',
  summary:
    'Makes an API token for a program of yours: it may what you may at each use, and of that what its roles say. It is shown once.',
  words: 'NAME',
  flags: {
    role: {
      type: 'string',
      multiple: true,
      value: 'ROLE',
      help: `${allRoles.join(', ')}; may be given several times (required)`,
    },
    for: { type: 'string', value: 'TIME', help: 'such as 8h or 30d (default 30d)' },
    reason: reasonIfAny,
  },
  examples: ['bailiwick token create dashboard --role auditor --for 30d'],
  async run(input) {
    const name = word(tokenCreate, input, 0, 'NAME');
    const roles = listFlag(input, 'role');
    if (roles.length === 0 || !roles.every(isRole)) {
      throw usage(tokenCreate, `\`--role\` takes ${allRoles.join(', ')}`);
    }
    const forSeconds = secondsOf(tokenCreate, textFlag(input, 'for') ?? '30d');
    const answer = await input.request('POST', '/v1/api-tokens', {
      name,
      roles,
      forSeconds,
      ...reasonOf(input),
    });
    input.out.print(answer, () =>
      facts([
        ['token', answer['id']],
        ['until', answer['expiresAt']],
        ['secret', answer['secret']],
        ['a program uses it by', 'BAILIWICK_CREDENTIAL, or Authorization: Bearer'],
      ]),
    );
  },
};

export const tokenList: Command = {
  name: 'token list',
  summary: 'Lists your API tokens; whoever may revoke any sees all of the tenant.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick token list'],
  async run(input) {
    const answer = await listed(input, '/v1/api-tokens', 'tokens');
    input.out.print(answer, () =>
      table(
        ['ID', 'NAME', 'OF', 'ROLES', 'UNTIL', 'LAST USED'],
        objects(answer['tokens']).map((one) => [
          cell(one['id']),
          cell(one['name']),
          cell(one['person']),
          cell(Array.isArray(one['roles']) ? one['roles'].join(', ') : ''),
          cell(one['expiresAt']),
          cell(one['usedAt'] ?? 'never'),
        ]),
      ),
    );
  },
};

export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'Makes an API token worth nothing, at once.',
  words: 'ID',
  flags: { reason: reasonIfAny },
  examples: ['bailiwick token revoke 019a… --reason "left on a laptop"'],
  async run(input) {
    const id = word(tokenRevoke, input, 0, 'ID');
    const path = `/v1/api-tokens/${encodeURIComponent(id)}/revoke`;
    const answer = await input.request('POST', path, reasonOf(input));
    input.out.print(
      answer,
      () => `${cell(answer['name'])} of ${cell(answer['person'])} is revoked`,
    );
  },
};
