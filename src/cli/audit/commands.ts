import { textFlag, usage, type Command } from '../command.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { recordTypes } from '#kernel/record.ts';
import { visibleText } from '#kernel/text/index.ts';
import { cell, facts, objects, table, textOf } from '../output.ts';
import { nearest } from '../suggest.ts';
import { mostListed, wholeId } from '../whole-id.ts';

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
    call: { type: 'string', value: 'ID', help: 'of this call' },
    since: { type: 'string', value: 'TIME', help: 'since this time (RFC 3339)' },
    all: { type: 'boolean', help: 'every record, not actions only' },
  },
  examples: [
    'bailiwick audit tail -n 50',
    'bailiwick audit tail --type gateway.refused --since 2026-11-14T00:00:00Z',
  ],
  async run(input) {
    const query = new URLSearchParams();
    for (const key of ['limit', 'agent', 'type', 'decision', 'call', 'since']) {
      const value = textFlag(input, key);
      if (value === undefined) continue;
      checkKnown(key, value);
      query.set(key, value);
    }
    // Who asks for one type or one call means what they say.
    const isAll = input.flags['all'] === true || query.has('type') || query.has('call');
    if (!isAll) query.set('actions', 'true');
    const answer = await input.request('GET', `/v1/records?${query.toString()}`);
    input.out.print(answer, () =>
      table(
        ['TIME', 'TYPE', 'WHO', 'TOOL', 'DECISION', 'WHY', 'EFFECT', 'RECORD'],
        objects(answer['records']).map(recordRow),
      ),
    );
  },
};

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

function recordRow(found: JsonObject): string[] {
  const record = found['record'] as JsonObject;
  const decision = record['decision'] as JsonObject | undefined;
  const refusal = record['refusal'] as JsonObject | undefined;
  const actors = objects(record['actors']);
  return [
    cell(record['time']),
    cell(record['type']),
    actors.map((actor) => cell(actor['name'], 40)).join(' > '),
    cell(record['named'] ?? record['method'], 40),
    cell(softened(record) ?? decision?.['effect']),
    cell(refusal?.['code'] ?? softCodes(record) ?? decision?.['rules'], 48),
    cell(effectOf(record)),
    cell(record['id']),
  ];
}

/** INVARIANT: what went on only because its phase does not enforce never looks like a yes of somebody. */
function softened({ wouldHave }: JsonObject): string | undefined {
  if (!isJsonObject(wouldHave)) return undefined;
  return `${cell(wouldHave['phase'])}: would ${cell(wouldHave['effect'])}`;
}

function softCodes({ wouldHave }: JsonObject): Json | undefined {
  return isJsonObject(wouldHave) ? wouldHave['codes'] : undefined;
}

/** What came of it; of an answer that was released in windows, which one or how many. */
function effectOf({ effect, part, parts }: JsonObject): Json | undefined {
  if (isJsonObject(part)) return `part ${cell(part['number'])}, ${cell(part['bytes'])} bytes`;
  return isJsonObject(parts) ? `${cell(effect)}, ${cell(parts['count'])} parts` : effect;
}

const newestRecords = {
  path: `/v1/records?limit=${mostListed}`,
  list: 'records',
  what: 'record',
  among: ` of the newest ${mostListed}`,
  idOf: ({ record }: JsonObject) => (isJsonObject(record) ? record['id'] : undefined),
  isEndless: true,
  word: 'RECORD',
} as const;

export const auditShow: Command = {
  name: 'audit show',
  summary: 'Shows one record whole, with its place in the log.',
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
    const answer = await input.request('GET', `/v1/records/${id}`);
    input.out.print(answer, () => {
      const record = answer['record'] as JsonObject;
      return facts([
        ['log', answer['origin']],
        ['index', answer['index']],
        ...Object.entries(record),
      ]);
    });
  },
};

/** As a file that others verify: its lines stay, and nothing else in it may act on a terminal. */
function proofText(proof: string): string {
  return visibleText(proof.trimEnd(), { multiline: true, maxLength: Number.MAX_SAFE_INTEGER });
}
