import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, textFlag, usage } from '../command.ts';
import { cell, objects, table } from '../output.ts';

export const toolGates: Command = {
  name: 'tool gates',
  summary:
    'Lists what each agent can reach now, what it does there, and the rule and class of yes that stand between. Ends with 2 where something acts and no person is asked.',
  words: '',
  flags: {
    agent: { type: 'string', value: 'NAME', help: 'of this agent alone' },
    findings: { type: 'boolean', help: 'what acts without a person alone' },
  },
  lines: true,
  examples: [
    'bailiwick tool gates',
    'bailiwick tool gates --findings',
    'bailiwick tool gates --agent support -o json',
  ],
  async run(input) {
    if (input.words.length > 0) throw usage(toolGates, 'it takes no words; see --agent');
    const agent = textFlag(input, 'agent');
    const query = new URLSearchParams({
      limit: '1000',
      findings: String(input.flags['findings'] === true),
      ...(agent === undefined ? {} : { agent }),
    });
    const rows: JsonObject[] = [];
    let configuration = '';
    for (let next: unknown = ''; typeof next === 'string'; ) {
      if (next !== '') query.set('after', next);
      const answer = await input.request('GET', `/v1/tools/gates?${query.toString()}`);
      rows.push(...objects(answer['rows']));
      configuration = cell(answer['configuration'], 64);
      next = answer['next'];
      if (typeof next === 'string') input.note(`${rows.length} so far …\n`);
    }
    input.out.print(
      { configuration, rows },
      () => (rows.length === 0 ? 'nothing' : drawn(rows)),
      () => rows,
    );
    return rows.some(({ finding }) => finding !== null) ? 2 : 0;
  },
};

const heads = ['AGENT', 'TARGET', 'EFFECT', 'ANSWER', 'CLASS', 'RULES', 'PHASE', 'FINDING'];

function drawn(rows: readonly JsonObject[]): string {
  return table(
    heads,
    rows.map((one) => [
      cell(one['agent']),
      cell(one['target']),
      cell(one['effect']),
      cell(one['verdict']),
      cell(one['class'] ?? one['code'] ?? '-'),
      cell(Array.isArray(one['rules']) ? one['rules'].join(' ') : '', 80),
      cell(one['phase']),
      cell(one['finding'] ?? '-'),
    ]),
  );
}
