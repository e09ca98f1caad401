import { type Command, requiredFlag } from '../command.ts';
import { cell, facts, fitsOnePage, pages, textOf, whole } from '../output.ts';
import { wholeId } from '../whole-id.ts';
import { newestRecords } from './commands.ts';

export const auditReveal: Command = {
  name: 'audit reveal',
  summary:
    'Shows what is sealed with a record: arguments, a prompt, the words of a task. Needs the role privacy; who looked, at what and what for is on record first.',
  words: 'RECORD',
  flags: {
    purpose: { type: 'string', value: 'TEXT', help: 'what for; it goes on record (required)' },
  },
  examples: [
    'bailiwick audit reveal 0199c0de-… --purpose "incident 4711: what was refunded"',
    'bailiwick audit reveal 0199c0de-… --purpose "case 17" -o json',
  ],
  async run(input) {
    const purpose = requiredFlag(auditReveal, input, 'purpose');
    const id = await wholeId(auditReveal, input, newestRecords);
    const answer = await input.request('POST', `/v1/records/${encodeURIComponent(id)}/reveal`, {
      purpose,
    });
    const { origin, index, key, sha256, proves } = answer;
    const isText = typeof answer['text'] === 'string';
    const body = textOf(isText ? answer['text'] : answer['base64']);
    input.out.print(answer, () =>
      [
        facts([
          ['log', origin],
          ['index', index],
          ['key', key],
          ['sealed sha256', sha256],
          ['written as', isText ? 'text' : 'base64'],
          [
            'proved by',
            proves === undefined ? 'no commitment' : `the commitment to ${cell(proves)}`,
          ],
        ]),
        '',
        fitsOnePage(body) ? whole(body) : pages(body),
        '',
        `that you looked is on record, with what for: ${cell(purpose)}`,
      ].join('\n'),
    );
  },
};
