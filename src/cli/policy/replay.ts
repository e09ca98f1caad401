import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, requiredFlag, textFlag, usage } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { timeOf } from '../since.ts';
import { problemLines } from './problems.ts';
import { proposing, readProposed } from './proposed.ts';

export const policyReplay: Command = {
  name: 'policy replay',
  summary:
    'Decides recorded calls again as if these policies, or other documents, were in force, over records that are proved to be what was logged, and lists what would be answered otherwise. Nothing is sent and nothing changes. Ends with 2 where something would change, with 1 where the policies have problems or no call could be decided again. It looks into sealed arguments: it needs the role privacy and is on record.',
  words: '',
  flags: {
    ...proposing,
    since: { type: 'string', value: 'TIME', help: 'such as 7d, 12h, or RFC 3339 (default 7d)' },
    until: { type: 'string', value: 'TIME', help: 'the same (default now)' },
    agent: { type: 'string', value: 'NAME', help: 'calls of this agent alone' },
    purpose: { type: 'string', value: 'TEXT', help: 'what for; it goes on record (required)' },
  },
  lines: true,
  examples: [
    "bailiwick policy replay --with refunds.cedar --since 7d --purpose 'tighter refunds'",
    "bailiwick policy replay --with ./documents --purpose 'a narrower manifest'",
    "bailiwick policy replay --without legacy --agent support --purpose 'clean up' -o json",
    "bailiwick policy replay --change 0199c0de-0000-7000-8000-00000000000a --purpose 'before I say yes'",
    "bailiwick policy replay --purpose 'is what is on record what would be said today?'",
  ],
  async run(input) {
    const purpose = requiredFlag(policyReplay, input, 'purpose');
    if (input.words.length > 0) throw usage(policyReplay, 'it takes no words; see --with');
    const proposed = await readProposed(policyReplay, input);
    if ('problems' in proposed) {
      const { problems } = proposed;
      input.out.print({ problems: [...problems] }, () => problems.join('\n'));
      return 1;
    }
    const { documents, remove } = proposed;
    const until = textFlag(input, 'until');
    const agent = textFlag(input, 'agent');
    const since = timeOf(policyReplay, 'since', textFlag(input, 'since') ?? '7d');
    input.note(`deciding again what was called since ${since} …\n`);
    const begun = await input.request('POST', '/v1/policies/replay', {
      since,
      ...(until === undefined ? {} : { until: timeOf(policyReplay, 'until', until) }),
      ...(agent === undefined ? {} : { agent }),
      documents,
      remove,
      purpose,
    });
    const answer = await whole(input, begun);
    const problems = objects(answer['problems']);
    const changes = objects(answer['changes']);
    input.out.print(
      answer,
      () =>
        problems.length > 0 ? problemLines(problems, proposed.pathOf) : drawn(answer, changes),
      () => changes,
    );
    if (problems.length > 0 || judgedNone(answer)) return 1;
    return changes.length === 0 ? 0 : 2;
  },
};

/** Asks on until it is done, and says how far it is. */
async function whole(input: CommandInput, begun: JsonObject): Promise<JsonObject> {
  let answer = begun;
  for (let running = answer['running']; isJsonObject(running); running = answer['running']) {
    input.note(`${cell(running['records'])} of at most ${cell(running['of'])} records …\n`);
    answer = await input.request('GET', `/v1/policies/replays/${cell(running['id'])}`);
  }
  return answer;
}

/** There were calls, and none could be decided again: that is no word for these policies. */
function judgedNone({ judged, skipped }: JsonObject): boolean {
  return judged === 0 && objects(skipped).length > 0;
}

const ways: Readonly<Record<string, string>> = { more: '+', less: '-', other: '~' };

function drawn(answer: JsonObject, changes: readonly JsonObject[]): string {
  const rows = changes.map(({ way, agent, user, target, from, to, calls, examples }) => [
    ways[cell(way)] ?? '~',
    user === null ? cell(agent) : `${cell(agent)} for ${cell(user)}`,
    cell(target),
    cell(from),
    cell(to),
    cell(calls),
    cell(Array.isArray(examples) ? examples[0] : undefined),
  ]);
  const heads = ['', 'AGENT', 'TARGET', 'WAS', 'WOULD BE', 'CALLS', 'NEWEST RECORD'];
  const list = changes.length === 0 ? [] : [table(heads, rows), ''];
  return [...list, ...summary(answer, changes)].join('\n');
}

function summary(answer: JsonObject, changes: readonly JsonObject[]): string[] {
  const callsOf = (way: string) =>
    changes.filter((one) => one['way'] === way).reduce((sum, { calls }) => sum + Number(calls), 0);
  const [more, less, other] = ['more', 'less', 'other'].map(callsOf);
  const told = [
    `${cell(answer['judged'])} calls decided again, of ${cell(answer['records'])} records: ${cell(answer['same'])} as now, ${more} would get further (+), ${less} less far (-), ${other} otherwise (~)`,
  ];
  for (const { why, calls } of objects(answer['skipped'])) {
    told.push(`${cell(calls)} not decided again: ${cell(why, 200)}`);
  }
  if (answer['movedSince'] !== 0) {
    told.push(
      `${cell(answer['movedSince'])} would be answered otherwise than on record already today: documents, pins or rules have changed since`,
    );
  }
  if (answer['forUsers'] !== 0) {
    told.push(
      `${cell(answer['forUsers'])} were for users whose groups their records do not say: rules that ask for groups saw none`,
    );
  }
  if (answer['more'] !== 0)
    told.push(`${cell(answer['more'])} more calls change, in too many ways`);
  if (typeof answer['result'] === 'string') {
    told.push(`this result is ${answer['result']}, for whoever reviews the change`);
  }
  if (answer['isWhole'] === false) told.push('it was ended early: this is not all');
  return told;
}
