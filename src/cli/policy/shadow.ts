import { type Command, usage } from '../command.ts';
import { cell, facts, objects, table } from '../output.ts';

export const policyShadowReport: Command = {
  name: 'policy shadow report',
  summary:
    'Lists what policies in shadow (`shadow: true`) would have answered otherwise, as gateways counted it since they started or the policies changed. Ends with 2 where anything would be answered otherwise.',
  words: '',
  flags: {},
  lines: true,
  examples: ['bailiwick policy shadow report', 'bailiwick policy shadow report -o json'],
  async run(input) {
    if (input.words.length > 0) throw usage(policyShadowReport, 'it takes no words');
    const answer = await input.request('GET', '/v1/policies/shadow');
    const lines = objects(answer['lines']);
    const shadows = objects(answer['shadows']);
    input.out.print(
      answer,
      () => {
        if (shadows.length === 0) return 'no policy is in shadow';
        const head = facts([
          ['in shadow', shadows.map(({ name }) => cell(name)).join(', ')],
          ['compared', answer['compared']],
          ['differing', answer['differing']],
          ['no answer', answer['faults']],
          ['passed over', answer['passedOver']],
          ['µs for each', answer['microsecondsPerCall']],
        ]);
        const rows = lines.map(({ agent, target, from, to, calls, last }) =>
          [agent, target, from, to, calls, last].map((one) => cell(one)),
        );
        const heads = ['AGENT', 'TARGET', 'IS', 'WOULD BE', 'CALLS', 'LAST'];
        const list = rows.length === 0 ? 'nothing would be answered otherwise' : table(heads, rows);
        const more = answer['more'] === 0 ? [] : [`${cell(answer['more'])} more calls`];
        return [head, '', list, ...more].join('\n');
      },
      () => lines,
    );
    return lines.length === 0 ? 0 : 2;
  },
};
