import { type Command, type CommandInput, textFlag, usage } from '../command.ts';
import { recordOrApproval } from '../approval/meant.ts';
import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import { recordTypes } from '#kernel/record.ts';
import { cell, facts, objects, textOf } from '../output.ts';
import { nearest } from '../suggest.ts';
import { mostListed } from '../every-of.ts';
import { wholeId } from '../whole-id.ts';
import { FollowedTail, restAfterLook } from './follow-tail.ts';
import { laterWords } from './later-words.ts';
import { proofText } from './proof-text.ts';
import { quoted } from './query.ts';
import { reachText, recordsTable } from './records-table.ts';

export const auditTail: Command = {
  name: 'audit tail',
  summary:
    'Shows what was done and refused, newest last; with --all every record, also looks and handshakes. Reading the log is itself on record.',
  words: '',
  flags: {
    limit: { type: 'string', short: 'n', value: 'N', help: 'how many (default 20)' },
    agent: { type: 'string', value: 'NAME', help: 'of this agent' },
    type: { type: 'string', value: 'TYPE', help: 'of this type, such as gateway.refused' },
    decision: {
      type: 'string',
      value: 'EFFECT',
      help: 'allow, approve or deny (refusals of every gate)',
    },
    call: {
      type: 'string',
      value: 'ID',
      help: 'of this call; right behind it, its records are waited for',
    },
    since: {
      type: 'string',
      value: 'TIME',
      help: 'since this time (RFC 3339, or so long ago: 7d)',
    },
    all: { type: 'boolean', help: 'every record, not actions only' },
    follow: { type: 'boolean', short: 'f', help: 'goes on showing what comes' },
  },
  lines: true,
  examples: [
    'bailiwick audit tail -n 50',
    'bailiwick audit tail --follow -o jsonl',
    'bailiwick audit tail --type gateway.refused --since 2026-11-14T00:00:00Z',
  ],
  async run(input) {
    const limit = textFlag(input, 'limit') ?? '20';
    const query = tailQuery(input);
    const ask = (question: Readonly<Record<string, string>>) =>
      input.request('GET', tailPath(question));
    const isFollowed = input.flags['follow'] === true;
    const isOfCall = textFlag(input, 'call') !== undefined && !isFollowed;
    const look = () => ask({ q: query, limit });
    const first = isOfCall ? await foundSoon(look) : await look();
    const tail = new FollowedTail();
    printRecords(input, first, tail.begin(first));
    if (!isFollowed && input.ask !== undefined) input.note(lateWords);
    if (!isFollowed) return;
    for (let rest = restAfterLook(1, 0); ; ) {
      await new Promise((resolve) => setTimeout(resolve, rest));
      const told = await tail.look(query, ask, (answer, records) =>
        printRecords(input, answer, records),
      );
      rest = restAfterLook(told, rest);
    }
  },
};

/** Records reach the signed log, and the index, within a second or two of what they tell. */
const lateWords = 'what was done a moment ago may be on its way still: `--follow` waits for it\n';
const lateLooks = 6;
const lateMs = 500;

/** Whoever names a call knows that it was made: it is waited for, a few seconds at most. */
export async function foundSoon(
  look: () => Promise<JsonObject>,
  restMs = lateMs,
): Promise<JsonObject> {
  let answer = await look();
  for (let at = 0; at < lateLooks && objects(answer['records']).length === 0; at += 1) {
    await new Promise((resolve) => setTimeout(resolve, restMs));
    answer = await look();
  }
  return answer;
}

function tailPath(question: Readonly<Record<string, string>>): string {
  return `/v1/audit/records?${new URLSearchParams(question).toString()}`;
}

/** The flags as a query: what people ask most often needs no language. */
function tailQuery(input: CommandInput): string {
  const words: string[] = [];
  for (const [flag, field] of Object.entries(asked)) {
    const value = textFlag(input, flag);
    if (value === undefined) continue;
    checkKnown(flag, value);
    words.push(`${field}:${quoted(auditTail, value)}`);
  }
  // Who asks for one type or one call means what they say.
  const isAll = ['type', 'call'].some((flag) => textFlag(input, flag) !== undefined);
  if (!isAll && input.flags['all'] !== true) words.push('is:action');
  return words.join(' ');
}

const asked = {
  agent: 'actor',
  type: 'action',
  decision: 'decision',
  call: 'call',
  since: 'since',
} as const;

/** Newest last. */
function printRecords(
  input: CommandInput,
  answer: JsonObject,
  records: readonly JsonObject[],
): void {
  const reach = reachText(answer);
  input.out.print(
    { ...answer, records },
    () => [recordsTable(records), ...(reach === '' ? [] : [reach])].join('\n'),
    () => records,
  );
}

/** What no record can have would find nothing, and look as if nothing had happened. */
const known: Readonly<Record<string, readonly string[]>> = {
  type: recordTypes,
  decision: ['allow', 'approve', 'deny'],
};

function checkKnown(flag: string, value: string): void {
  const words = known[flag];
  if (words === undefined || words.includes(value)) return;
  const meant = nearest(value, words);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  throw usage(auditTail, `\`--${flag}\` is never \`${value}\`${hint}`);
}

export const newestRecords = {
  path: `/v1/records?limit=${mostListed}`,
  list: 'records',
  what: 'record',
  among: ` of the newest ${mostListed}`,
  idOf: ({ record }: JsonObject) => (isJsonObject(record) ? record['id'] : undefined),
  isEndless: true,
  word: 'RECORD',
} as const;

/** What a stranger said in an error is no part of the record. */
function sealedWords({ id, heard }: JsonObject): readonly string[] {
  if (heard === undefined) return [];
  return [
    `what was said in the error is sealed: \`bailiwick audit reveal ${cell(id)} --purpose …\``,
  ];
}

export const auditShow: Command = {
  name: 'audit show',
  summary:
    'Shows one record whole, with its place in the log, and under it what was said later about it.',
  words: 'RECORD',
  flags: { proof: { type: 'boolean', help: 'its .tlog-proof, which a stranger can verify' } },
  examples: [
    'bailiwick audit show 0199c0de-…',
    'bailiwick audit show 0199c0de-… --proof > record.tlog-proof',
  ],
  async run(input) {
    const id = await wholeId(auditShow, input, newestRecords);
    if (input.flags['proof'] === true) {
      const answer = await input.request('GET', `/v1/records/${id}/proof`);
      input.out.print(answer, () => proofText(textOf(answer['proof'])));
      return;
    }
    const answer = await recordOrApproval(input, id, () =>
      input.request('GET', `/v1/records/${id}`),
    );
    input.out.print(answer, () => {
      const record = answer['record'] as JsonObject;
      const told = facts([
        ['log', answer['origin']],
        ['index', answer['index']],
        ...Object.entries(record),
      ]);
      const reach = reachText(answer);
      return [
        told,
        ...sealedWords(record),
        ...laterWords(answer),
        ...(reach === '' ? [] : [reach]),
      ].join('\n');
    });
  },
};
