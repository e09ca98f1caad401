import { type Command, textFlag, usage } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import type { JsonObject } from '#kernel/json/value.ts';

export const approvalActivity: Command = {
  name: 'approval activity',
  summary:
    'Says what waits and for how long, and who decided how many, how fast and how often yes.',
  words: '',
  flags: {
    days: {
      type: 'string',
      value: 'N',
      help: 'of what was asked in so many days (30; at most 90)',
    },
  },
  examples: ['bailiwick approval activity', 'bailiwick approval activity --days 7 -o json'],
  async run(input) {
    const days = textFlag(input, 'days') ?? '30';
    if (!/^[1-9]\d?$/.test(days) || Number(days) > 90)
      throw usage(approvalActivity, '`--days` takes a whole number from 1 to 90');
    const answer = await input.request('GET', `/v1/approvals/activity?days=${days}`);
    input.out.print(answer, () => describe(answer));
    return 0;
  },
};

function describe(answer: JsonObject): string {
  const waiting = answer['waiting'] as JsonObject;
  const ended = answer['ended'] as JsonObject;
  const count = Number(waiting['count']);
  const oldest = count === 0 ? '' : `, the oldest for ${span(Number(waiting['oldestSeconds']))}`;
  const part = answer['isWhole'] === true ? '' : '\nthere is more than was counted: ask for less';
  return [
    `${count} waiting${oldest}`,
    `since ${cell(answer['since'])}: ${cell(ended['approved'])} approved, ${cell(ended['rejected'])} rejected, ${cell(ended['expired'])} not answered, ${cell(ended['withdrawn'])} withdrawn, ${cell(ended['void'])} void${part}`,
    '',
    table(
      ['REVIEWER', 'YES', 'NO', 'SHARE OF YES', 'MEDIAN', 'SLOWEST TENTH', 'LAST'],
      objects(answer['reviewers']).map((one) => [
        cell(one['by']),
        cell(one['yes']),
        cell(one['no']),
        `${Math.round(Number(one['shareOfYes']) * 100)} %`,
        span(Number(one['medianSeconds'])),
        span(Number(one['slowestTenthSeconds'])),
        cell(one['lastAt']),
      ]),
    ),
  ].join('\n');
}

function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
