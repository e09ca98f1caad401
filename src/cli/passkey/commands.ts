import { reasonIfAny, reasonOf, textFlag, word, type Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { listed } from '../every-of.ts';

export const passkeyList: Command = {
  name: 'passkey list',
  summary: 'Lists your passkeys, and when each signed you in last.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick passkey list'],
  async run(input) {
    const answer = await listed(input, '/v1/passkeys', 'passkeys');
    input.out.print(answer, () =>
      table(
        ['CREDENTIAL', 'NAME', 'SINCE', 'LAST USED'],
        objects(answer['passkeys']).map((one) => [
          cell(one['credential']),
          cell(one['name']),
          cell(one['createdAt']),
          cell(one['usedAt'] ?? 'never'),
        ]),
      ),
    );
  },
};

export const passkeyRemove: Command = {
  name: 'passkey remove',
  summary:
    'Removes a passkey, at once, with whatever passkeys of its person have signed in. An analyst removes those of others.',
  words: 'CREDENTIAL',
  flags: {
    person: { type: 'string', value: 'NAME', help: 'whose it is, where it is not yours' },
    reason: reasonIfAny,
  },
  examples: [
    'bailiwick passkey remove pSYb…',
    'bailiwick passkey remove pSYb… --person bob --reason "a lost key"',
  ],
  async run(input) {
    const credential = word(passkeyRemove, input, 0, 'CREDENTIAL');
    const person = textFlag(input, 'person');
    const body = { credential, ...(person === undefined ? {} : { person }), ...reasonOf(input) };
    const answer = await input.request('POST', '/v1/passkeys/remove', body);
    input.out.print(
      answer,
      () => `${cell(answer['name'])} of ${cell(answer['person'])} signs in nobody any more`,
    );
  },
};
