import type { JsonObject } from '#kernel/json/value.ts';
import type { Command, CommandInput } from '../command.ts';
import { cell, objects, table } from '../output.ts';

export const auditFsck: Command = {
  name: 'audit fsck',
  summary:
    'Reads every record again and looks whether log and index agree; exit 1 when they do not. It mends nothing.',
  words: '',
  flags: {},
  examples: ['bailiwick audit fsck', 'bailiwick audit fsck -o json'],
  async run(input) {
    const answer = await input.request('GET', '/v1/audit/index/check');
    const differences = Array.isArray(answer['differences']) ? answer['differences'] : [];
    const behind = objects(answer['reach']).filter(({ complete, size }) => complete !== size);
    input.out.print(answer, () =>
      [
        `${cell(answer['records'])} records were looked at`,
        ...differences.map((one) => cell(one, 400)),
        ...behind.map(({ origin }) => `the index does not reach the end of ${cell(origin, 200)}`),
        differences.length === 0 && behind.length === 0
          ? 'log and index agree'
          : '`bailiwick audit index rebuild` makes the index anew; `bailiwick audit verify` checks the log',
      ].join('\n'),
    );
    return differences.length === 0 && behind.length === 0 ? 0 : 1;
  },
};

export const auditIndexState: Command = {
  name: 'audit index status',
  summary: 'Shows how far the index of the records has come with each log, and how fast.',
  words: '',
  flags: {},
  examples: ['bailiwick audit index status'],
  async run(input) {
    const answer = await input.request('GET', '/v1/audit/index');
    input.out.print(answer, () => stateText(answer));
  },
};

const progressMs = 500;

export const auditIndexRebuild: Command = {
  name: 'audit index rebuild',
  summary:
    'Makes the index of the records anew, out of the logs alone, and waits until it is done. Who did it is on record.',
  words: '',
  flags: { 'no-wait': { type: 'boolean', help: 'return at once' } },
  examples: ['bailiwick audit index rebuild'],
  async run(input) {
    let answer = await input.request('POST', '/v1/audit/index/rebuild', {});
    while (input.flags['no-wait'] !== true && isBehind(answer)) {
      await new Promise((resolve) => setTimeout(resolve, progressMs));
      answer = await input.request('GET', '/v1/audit/index');
      progress(input, answer);
    }
    input.out.print(answer, () => stateText(answer));
    return answer['fault'] === undefined ? 0 : 1;
  },
};

function isBehind({ behind, fault }: JsonObject): boolean {
  return fault === undefined && Number(behind) > 0;
}

function progress({ note }: CommandInput, { behind, taken }: JsonObject): void {
  if (process.stderr.isTTY) note(`  ${cell(taken)} records taken, ${cell(behind)} left\n`);
}

function stateText(state: JsonObject): string {
  const { taken, workMs, behind, fault } = state;
  const rate = Number(workMs) > 0 ? Math.round((Number(taken) * 1_000) / Number(workMs)) : 0;
  return [
    table(
      ['LOG', 'COMPLETE TO', 'OF', 'READ'],
      objects(state['logs']).map(({ origin, complete, size, indexed }) => [
        cell(origin, 200),
        cell(complete),
        cell(size),
        cell(indexed),
      ]),
    ),
    '',
    `${cell(behind)} records behind; ${cell(taken)} taken since it was opened, ${rate} a second of work`,
    ...(fault === undefined ? [] : [`it stands still: ${cell(fault, 400)}`]),
  ].join('\n');
}
