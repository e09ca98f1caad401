import { requiredFlag, word, type Command } from '../command.ts';
import { cell, facts, objects, table } from '../output.ts';
import { listed } from '../every-of.ts';

const reason = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record (required)',
} as const;

export const directoryTokenCreate: Command = {
  name: 'directory token create',
  summary: 'Makes a token by which a directory provisions people here (SCIM). It is shown once.',
  words: '',
  flags: { reason },
  examples: ['bailiwick directory token create --reason "Entra provisions our staff"'],
  async run(input) {
    const why = requiredFlag(directoryTokenCreate, input, 'reason');
    const answer = await input.request('POST', '/v1/directory/tokens', { reason: why });
    input.out.print(answer, () =>
      facts([
        ['token', answer['bearer']],
        ['id', answer['id']],
        ['address', answer['url']],
        ['until', answer['expiresAt']],
      ]),
    );
  },
};

export const directoryTokenList: Command = {
  name: 'directory token list',
  summary:
    'Lists the tokens of directories: two may serve at once, so that one replaces the other.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick directory token list'],
  async run(input) {
    const answer = await listed(input, '/v1/directory/tokens', 'tokens');
    input.out.print(answer, () =>
      table(
        ['ID', 'MADE BY', 'MADE', 'UNTIL', 'ENDED'],
        objects(answer['tokens']).map((one) => [
          cell(one['id']),
          cell(one['madeBy']),
          cell(one['madeAt']),
          cell(one['expiresAt']),
          cell(one['endedAt'] ?? ''),
        ]),
      ),
    );
  },
};

export const directoryTokenEnd: Command = {
  name: 'directory token end',
  summary: 'Ends a token of a directory at once.',
  words: 'ID',
  flags: { reason },
  examples: ['bailiwick directory token end 0199c0de-… --reason "replaced"'],
  async run(input) {
    const id = word(directoryTokenEnd, input, 0, 'ID');
    const why = requiredFlag(directoryTokenEnd, input, 'reason');
    const path = `/v1/directory/tokens/${encodeURIComponent(id)}/end`;
    const answer = await input.request('POST', path, { reason: why });
    input.out.print(answer, () => `token ${cell(answer['id'])} has ended`);
  },
};
