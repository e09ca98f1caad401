import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';

export const auditRetention: Command = {
  name: 'audit retention',
  summary:
    'Shows how long records are kept: what is in force and why, who keeps it, what would go next, and what came of the last run.',
  words: '',
  flags: {},
  examples: ['bailiwick audit retention', 'bailiwick audit retention -o json'],
  async run(input) {
    const answer = await input.request('GET', '/v1/audit/retention');
    const classes = objects(answer['classes']);
    input.out.print(
      answer,
      () => (classes.length === 0 ? 'there is no log yet' : classes.map(classText).join('\n\n')),
      () => classes,
    );
    return 0;
  },
};

function classText(shown: JsonObject): string {
  const documents = objects(shown['documents']);
  const next = objects(shown['next']);
  return [
    `class ${cell(shown['class'])}: ${inForce(shown)}`,
    ...documents.map(
      (one) => `  ${cell(one['name'])} (${cell(one['profile'])}): ${cell(one['basis'], 400)}`,
    ),
    `kept by ${texts(shown['enforcedBy']).join('; ')}`,
    '',
    table(
      ['LOG', 'BEGINS AT', 'RECORDS'],
      objects(shown['logs']).map(({ writer, begins, size }) => [
        cell(writer),
        cell(begins),
        cell(size),
      ]),
    ),
    '',
    ...(next.length === 0 ? ['nothing would go now'] : next.map(planText)),
    ...texts(shown['heldBy']).map((matter) => `held: ${matter}`),
    runText(shown['lastRun']),
  ].join('\n');
}

function inForce({ minimumMs, maximumMs, onlineMs, promisedMs }: JsonObject): string {
  if (minimumMs === undefined) {
    const promised = Number(promisedMs) > 0 ? ` (${days(promisedMs)} were promised)` : '';
    return `no document says how long: nothing is taken away${promised}`;
  }
  const longer =
    Number(promisedMs) > Number(minimumMs) ? `, ${days(promisedMs)} for older ones` : '';
  const online = onlineMs === undefined ? '' : `, online for ${days(onlineMs)}`;
  const most = maximumMs === undefined ? 'for ever at most' : `${days(maximumMs)} at most`;
  return `at least ${days(minimumMs)}${longer}, ${most}${online}`;
}

function days(ms: Json | undefined): string {
  return `${Math.ceil(Number(ms) / 86_400_000)} days`;
}

function texts(values: Json | undefined): string[] {
  return Array.isArray(values) ? values.map((one) => cell(one, 400)) : [];
}

function planText({ writer, from, to, why, newest }: JsonObject): string {
  const reason = why === 'online' ? 'the archive alone has them from then on' : 'they are over';
  return `next: records ${cell(from)} to ${Number(to) - 1} of ${cell(writer)}, the newest of ${cell(newest)}: ${reason}`;
}

function runText(run: Json | undefined): string {
  const [last] = objects(run === undefined ? [] : [run]);
  if (last === undefined) return 'nobody has looked yet';
  const kept = texts(last['kept']).map((why) => `; ${why}`);
  return `last run ${cell(last['at'])}: ${cell(last['pruned'])} records went${kept.join('')}`;
}
