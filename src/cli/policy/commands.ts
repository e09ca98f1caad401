import { basename } from 'node:path';
import type { JsonObject } from '#kernel/json/value.ts';
import { word, type Command } from '../command.ts';
import { cell, objects, whole } from '../output.ts';
import { readText } from './policy-files.ts';

export const policyCheck: Command = {
  name: 'policy check',
  summary: 'Judges Cedar text against the tools that are approved now; changes nothing.',
  words: 'FILE',
  flags: {},
  examples: ['bailiwick policy check refunds.cedar'],
  async run(input) {
    const file = word(policyCheck, input, 0, 'FILE');
    const cedar = readText(file);
    const answer = await input.request('POST', '/v1/policies/check', {
      policies: [{ name: basename(file).replace(/\.[^.]*$/, ''), cedar }],
    });
    const problems = objects(answer['problems']);
    const placed = ({ line, column, message }: JsonObject) =>
      `${whole(file)}:${cell(line)}:${cell(column)}: ${cell(message, 1_000)}`;
    input.out.print(answer, () =>
      [
        ...objects(answer['warnings']).map((one) => `${placed(one)} (warning)`),
        ...(problems.length === 0 ? ['no problems'] : problems.map(placed)),
      ].join('\n'),
    );
    return problems.length === 0 ? 0 : 1;
  },
};
