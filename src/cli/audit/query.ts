import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, textFlag, usage, word } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { asLine, cutText, laterWords } from './later-words.ts';
import { reachText, recordsTable } from './records-table.ts';
import { traceTree } from './trace-tree.ts';

export const auditQuery: Command = {
  name: 'audit query',
  summary:
    'Finds records: words are joined by and, `a,b` by or, `-` is not. `audit views` lists what can be asked. The question is itself on record.',
  words: '[QUERY]…',
  flags: {
    view: { type: 'string', value: 'NAME', help: 'a question with a name, narrowed by QUERY' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'how many (default 100)' },
    cursor: { type: 'string', value: 'PLACE', help: 'the `next` of the page before' },
    oldest: { type: 'boolean', help: 'oldest first' },
    count: { type: 'boolean', help: 'also how many there are in all' },
  },
  lines: true,
  examples: [
    "bailiwick audit query 'agent:support decision:deny since:7d'",
    "bailiwick audit query 'tool:billing/refund -user:ada' -o jsonl",
    'bailiwick audit query --view refused-this-week',
    'bailiwick audit query --view subject-30-days subject:a.meyer',
  ],
  async run(input) {
    const answer = await input.request('GET', `/v1/audit/records?${questionOf(input)}`);
    const records = objects(answer['records']);
    input.out.print(
      answer,
      () => [recordsTable(records), ...footOf(answer)].join('\n'),
      () => records,
    );
    // Lines hold records alone: where the next page begins is told beside them.
    if (input.out.format === 'jsonl') for (const line of footOf(answer)) input.note(`${line}\n`);
  },
};

export function questionOf(input: CommandInput): string {
  const query = new URLSearchParams();
  const q = input.words.join(' ').trim();
  if (q !== '') query.set('q', q);
  for (const key of ['view', 'limit', 'cursor']) {
    const value = textFlag(input, key);
    if (value !== undefined) query.set(key, value);
  }
  if (input.flags['oldest'] === true) query.set('order', 'oldest');
  if (input.flags['count'] === true) query.set('count', 'true');
  return query.toString();
}

const notSearched =
  'nothing is found; arguments and results are sealed and not searched: `audit views` lists what can be asked';

/** How many there are, whether this is all, and how to go on. */
function footOf(answer: JsonObject): string[] {
  const { next, lookedTo, count } = answer;
  const told = [];
  if (objects(answer['records']).length === 0) told.push(notSearched);
  if (count !== undefined) told.push(`${cell(count)} in all`);
  if (lookedTo !== undefined) told.push(`looked to ${cell(lookedTo)}; there may be more`);
  if (next !== undefined) told.push(`more with --cursor ${cell(next)}`);
  const reach = reachText(answer);
  if (reach !== '') told.push(reach);
  return told;
}

export const auditViews: Command = {
  name: 'audit views',
  summary: 'Lists questions that have a name, and what can be asked for in a query.',
  words: '',
  flags: {},
  examples: ['bailiwick audit views'],
  async run(input) {
    const answer = await input.request('GET', '/v1/audit/views');
    input.out.print(answer, () => {
      const rows = objects(answer['views']).map(({ name, shows, needs }) => [
        cell(name),
        needs === undefined ? cell(shows, 200) : `${cell(shows, 200)} (with ${cell(needs)})`,
      ]);
      const fields = Object.entries(answer['fields'] as JsonObject);
      return [
        table(['VIEW', 'SHOWS'], rows),
        '',
        table(
          ['FIELD', 'FINDS'],
          fields.map(([name, finds]) => [cell(name), cell(finds, 200)]),
        ),
        '',
        'times: since:7d, before:2026-11-26, after:2026-11-26T08:00:00Z',
      ].join('\n');
    });
  },
};

export const auditTimeline: Command = {
  name: 'audit timeline',
  summary:
    'Shows one task from its beginning to its last word: what was asked of models and tools, decided, approved, lent and done, oldest first, and under it what was said later. With --trace one trace, as a tree (who called whom, over agents), and under it every record of it with what was decided, by which rule or whom.',
  words: '[TASK]',
  flags: {
    trace: { type: 'string', value: 'ID', help: 'a trace (32 hex digits) in place of a task' },
    proofs: { type: 'boolean', help: 'of a trace: each record with leaf and proof (`-o json`)' },
  },
  lines: true,
  examples: [
    'bailiwick audit timeline 0199c0de-0000-7000-8000-000000000000',
    'bailiwick audit timeline --trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'bailiwick audit timeline --trace 4bf92f3577b34da6a3ce929d0e0e4736 --proofs -o json',
  ],
  async run(input) {
    const trace = textFlag(input, 'trace');
    if (trace !== undefined) return showTrace(input, trace);
    const task = word(auditTimeline, input, 0, 'TASK');
    const answer = await input.request('GET', `/v1/audit/tasks/${encodeURIComponent(task)}`);
    const records = objects(answer['records']);
    if (records.length + objects(answer['annotations']).length === 0) {
      throw unknown(`no record is of the task \`${task.slice(0, 128)}\``, answer);
    }
    const cut = answer['cut'] === true ? ['there is more of this task: `audit query task:…`'] : [];
    const foot = [reachText(answer), ...cut].filter((line) => line !== '');
    input.out.print(
      answer,
      () => [recordsTable(records), ...laterWords(answer), ...foot].join('\n'),
      () => [...records, ...objects(answer['annotations']).map(asLine)],
    );
    const lines = answer['annotationsCut'] === true ? [...foot, cutText] : foot;
    if (input.out.format === 'jsonl') for (const line of lines) input.note(`${line}\n`);
  },
};

/** INVARIANT: what nobody knows is told as that, with how far was looked. */
function unknown(what: string, answer: JsonObject): BailiwickError {
  const reach = reachText(answer);
  return new BailiwickError('audit/record-unknown', {
    message: reach === '' ? what : `${what}; ${reach.replaceAll('\n', '; ')}`,
    suggestedAction: 'check the id; what was made in the last seconds may be found a moment later',
  });
}

async function showTrace(input: CommandInput, trace: string): Promise<void> {
  if (input.words.length > 0) throw usage(auditTimeline, 'a task or a trace, not both');
  const asked = input.flags['proofs'] === true ? '?proofs=full' : '';
  const path = `/v1/audit/traces/${encodeURIComponent(trace)}${asked}`;
  const answer = await input.request('GET', path);
  const [spans, records] = [objects(answer['spans']), objects(answer['records'])];
  if (records.length === 0)
    throw unknown(`no record is of the trace ${trace.slice(0, 64)}`, answer);
  const cut = answer['cut'] === true ? ['there is more of this trace: `audit query trace:…`'] : [];
  const proved = `${records.length} records, each proved in its log: \`audit export trace:${trace}\` takes them away`;
  const foot = [reachText(answer), proved, ...cut].filter((line) => line !== '');
  input.out.print(
    answer,
    () => [traceTree(spans), '', recordsTable(records), ...laterWords(answer), ...foot].join('\n'),
    () => spans,
  );
  if (input.out.format === 'jsonl') for (const line of foot) input.note(`${line}\n`);
}

/** As a value of a query, whatever stands in it. */
export function quoted(command: Command, value: string): string {
  if (value.includes('"')) throw usage(command, 'no name has a double quote in it');
  return `"${value}"`;
}
