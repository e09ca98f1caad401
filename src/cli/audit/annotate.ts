import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, requiredFlag, word } from '../command.ts';
import { cell } from '../output.ts';

export const auditAnnotate: Command = {
  name: 'audit annotate',
  summary:
    'Adds later words about a record or a task, as a record of its own, signed as all are; what it is about is not changed. They are shown with it, marked, and exported with it. Nothing removes them: --withdraw adds that an annotation is taken back.',
  words: 'RECORD|TASK',
  flags: {
    note: {
      type: 'string',
      value: 'TEXT',
      help: 'the words; they go on record in the clear and stay there (required)',
    },
    withdraw: { type: 'boolean', help: 'takes back the annotation that is named' },
  },
  examples: [
    'bailiwick audit annotate 0199c0de-0000-7000-8000-000000000000 --note "INC-17: first wrong refund"',
    'bailiwick audit annotate 0199c0de-0000-7000-8000-000000000001 --withdraw --note "was another case"',
  ],
  async run(input) {
    const about = word(auditAnnotate, input, 0, 'RECORD|TASK');
    const note = requiredFlag(auditAnnotate, input, 'note');
    const withdraw = input.flags['withdraw'] === true;
    const answer = await input.request('POST', '/v1/annotations', { about, note, withdraw });
    const { kind, id } = answer['annotates'] as JsonObject;
    input.out.print(answer, () => {
      const did = withdraw ? 'the annotation is withdrawn' : `the ${cell(kind)} is annotated`;
      return `${did}: ${cell(id, 128)}; the record of it is ${cell(answer['id'])}`;
    });
  },
};
