import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, requiredFlag, textFlag } from '../command.ts';
import { cell, objects, table, textOf } from '../output.ts';
import { quoted } from './query.ts';
import { reachText } from './records-table.ts';

export const auditCount: Command = {
  name: 'audit count',
  summary:
    'Counts records by up to three fields: each is read from its signed log, proved there and counted; the index only says where to look. The question is itself on record.',
  words: '[QUERY]…',
  flags: {
    by: { type: 'string', value: 'FIELDS', help: 'such as tool,outcome or day,agent (required)' },
    view: { type: 'string', value: 'NAME', help: 'a question with a name, narrowed by QUERY' },
    since: {
      type: 'string',
      value: 'TIME',
      help: 'since this time (RFC 3339, or so long ago: 7d)',
    },
    before: { type: 'string', value: 'TIME', help: 'made before this time' },
  },
  lines: true,
  examples: [
    'bailiwick audit count --by tool,outcome --since 7d',
    "bailiwick audit count 'is:action decision:deny' --by day,agent -o json",
    'bailiwick audit count --by code --view refused-this-week',
  ],
  async run(input) {
    const by = requiredFlag(auditCount, input, 'by').replaceAll(' ', '');
    const counted = await countAll(input, by);
    const { groups } = counted;
    input.out.print(
      counted,
      () => tableOf(by.split(','), counted),
      () => groups,
    );
  },
};

interface Counted extends JsonObject {
  readonly groups: readonly JsonObject[];
}

/** Page after page; what many pages have of one group is one row. */
async function countAll(input: CommandInput, by: string): Promise<Counted> {
  const query = new URLSearchParams({ by, q: queryOf(input) });
  const view = textFlag(input, 'view');
  if (view !== undefined) query.set('view', view);
  const sums = new Map<string, { readonly values: JsonObject[string]; count: number }>();
  let records = 0;
  for (;;) {
    const page = await input.request('GET', `/v1/audit/counts?${query.toString()}`);
    for (const { values = [], count } of objects(page['groups'])) {
      const key = JSON.stringify(values);
      const sum = sums.get(key) ?? { values, count: 0 };
      sum.count += Number(count);
      sums.set(key, sum);
    }
    records += Number(page['records']);
    if (process.stderr.isTTY) input.note(`  ${records} records\n`);
    const next = textOf(page['next']);
    if (next === '') {
      const groups = [...sums.values()].sort((one, other) => other.count - one.count);
      const { asked = '', reach = [], unreadable = 0 } = page;
      return { asked, by: by.split(','), records, groups, reach, unreadable };
    }
    query.set('cursor', next);
  }
}

function queryOf(input: CommandInput): string {
  const words = [input.words.join(' ').trim()];
  for (const flag of ['since', 'before']) {
    const value = textFlag(input, flag);
    if (value !== undefined) words.push(`${flag}:${quoted(auditCount, value)}`);
  }
  return words.filter((word) => word !== '').join(' ');
}

function tableOf(by: readonly string[], { groups, records, ...answer }: Counted): string {
  const rows = groups.map(({ values, count }) => [
    ...(Array.isArray(values) ? values : []).map((value) => (value === null ? '-' : cell(value))),
    cell(count),
  ]);
  const reached = reachText(answer);
  return [
    table([...by.map((field) => field.toUpperCase()), 'RECORDS'], rows),
    '',
    `${cell(records)} records were read and counted`,
    ...(reached === '' ? [] : [reached]),
  ].join('\n');
}
