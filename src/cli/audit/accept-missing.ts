import { type Command, requiredFlag, word } from '../command.ts';
import { cell } from '../output.ts';

export const auditAcceptMissing: Command = {
  name: 'audit accept-missing',
  summary:
    'Says that a log that is gone is to be missed no more, on record in the directory of the logs: status and both verifiers then say by whom and when. By an admin; where there are two, another admin runs the same.',
  words: 'ORIGIN',
  flags: { reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' } },
  examples: [
    'bailiwick audit accept-missing main/standard/gateway-2 --reason "disk of host b lost, INC-17"',
  ],
  async run(input) {
    const origin = word(auditAcceptMissing, input, 0, 'ORIGIN');
    const reason = requiredFlag(auditAcceptMissing, input, 'reason');
    const answer = await input.request('POST', '/v1/logs/accept-missing', { origin, reason });
    const log = cell(answer['origin'], 200);
    input.out.print(answer, () =>
      answer['record'] === null
        ? `asked; another admin says the same until ${cell(answer['until'])}: \`bailiwick audit accept-missing ${log} --reason …\``
        : `${log} with ${cell(answer['noted'])} records is missed no more; the record is ${cell(answer['record'])}`,
    );
  },
};
