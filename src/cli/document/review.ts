import type { JsonObject } from '#kernel/json/value.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { type Command, requiredFlag, word } from '../command.ts';
import { cell, facts, objects, table, whole } from '../output.ts';
import { differenceLines } from './compare.ts';
import { planText } from './plan-text.ts';
import { mostListed, newestOrAll } from '../every-of.ts';
import { wholeId } from '../whole-id.ts';

export const changeList: Command = {
  name: 'change list',
  summary: 'Lists changes of documents that wait for somebody else, and those that were decided.',
  words: '',
  yaml: true,
  paged: true,
  flags: {},
  examples: ['bailiwick change list'],
  watch: true,
  async run(input) {
    const answer = await newestOrAll(input, '/v1/changes', 'reviews');
    input.out.print(answer, () => {
      const rows = objects(answer['reviews']).map((one) => [
        whole(one['id']),
        cell(one['state']),
        cell(one['askedBy']),
        cell(one['approver'] ?? ''),
        cell(one['until']),
        cell(Array.isArray(one['documents']) ? one['documents'].join(', ') : '', 100),
        cell(one['reason']),
      ]);
      return table(['ID', 'STATE', 'ASKED BY', 'YES OF', 'UNTIL', 'DOCUMENTS', 'REASON'], rows);
    });
  },
};

/** The beginning of an id is enough, as everywhere. */
const reviews = {
  path: `/v1/changes?limit=${mostListed}`,
  list: 'reviews',
  what: 'change',
  among: ` of the newest ${mostListed}`,
  idOf: ({ id }: JsonObject) => id,
  isEndless: true,
  word: 'ID',
} as const;

export const changeShow: Command = {
  name: 'change show',
  summary: 'Shows one change whole: what it does to risk, and each field before and after.',
  words: 'ID',
  yaml: true,
  flags: {},
  examples: ['bailiwick change show 0199f3a2-...'],
  async run(input) {
    const id = await wholeId(changeShow, input, reviews);
    const answer = await input.request('GET', `/v1/changes/${id}`);
    input.out.print(answer, () => {
      const review = isJsonObject(answer['review']) ? answer['review'] : {};
      const moved = Array.isArray(answer['moved']) ? answer['moved'] : [];
      return [
        facts(Object.entries(review)),
        '',
        ...objects(answer['steps']).flatMap((one) => [
          `${cell(one['kind'])}/${cell(one['name'])}`,
          ...differenceLines(objectAt(one, 'before'), objectAt(one, 'after')),
          '',
        ]),
        moved.length === 0
          ? planText(answer['plan'])
          : `cannot be approved any more: somebody changed ${cell(moved.join(', '), 1_000)} since`,
      ].join('\n');
    });
  },
};

const reason = {
  type: 'string',
  value: 'TEXT',
  help: 'why (required); it goes on record',
} as const;

export const changeApprove: Command = {
  name: 'change approve',
  summary: 'Says yes to a change that somebody else asked for; from then on it is in force.',
  words: 'ID',
  yaml: true,
  flags: {
    reason,
    plan: { type: 'string', value: 'ID', help: 'of what `change show` showed (required)' },
  },
  examples: ["bailiwick change approve 0199f3a2-... --plan 5f0c... --reason 'looked at it'"],
  async run(input) {
    const id = word(changeApprove, input, 0, 'ID');
    const body = {
      plan: requiredFlag(changeApprove, input, 'plan'),
      reason: requiredFlag(changeApprove, input, 'reason'),
    };
    const answer = await input.request(
      'POST',
      `/v1/changes/${encodeURIComponent(id)}/approve`,
      body,
    );
    input.out.print(answer, () => `in force: snapshot ${whole(answer['snapshot'])}`);
  },
};

export const changeReject: Command = {
  name: 'change reject',
  summary: 'Says no to a change, or takes back an own one.',
  words: 'ID',
  yaml: true,
  flags: { reason },
  examples: ["bailiwick change reject 0199f3a2-... --reason 'not this week'"],
  async run(input) {
    const id = word(changeReject, input, 0, 'ID');
    const body = { reason: requiredFlag(changeReject, input, 'reason') };
    const answer = await input.request(
      'POST',
      `/v1/changes/${encodeURIComponent(id)}/reject`,
      body,
    );
    input.out.print(answer, () => 'rejected');
  },
};

function objectAt(value: JsonObject, key: string): JsonObject | undefined {
  const found = value[key];
  return isJsonObject(found) ? found : undefined;
}
