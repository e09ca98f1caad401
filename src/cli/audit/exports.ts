import type { JsonObject } from '#kernel/json/value.ts';
import type { Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';

export const auditExports: Command = {
  name: 'audit exports',
  summary:
    'Shows who is sent the records and how far each has them; exit 1 while something stands still.',
  words: '',
  flags: {},
  examples: ['bailiwick audit exports', 'bailiwick audit exports -o json'],
  async run(input) {
    const answer = await input.request('GET', '/v1/audit/exports');
    const exports = objects(answer['exports']);
    input.out.print(answer, () => exportsText(exports));
    return exports.some((one) => faultsOf(one).length > 0) ? 1 : 0;
  },
};

function exportsText(exports: readonly JsonObject[]): string {
  if (exports.length === 0) return 'nobody is sent the records; `up --exports FILE` names who is';
  return [
    table(
      ['SINK', 'KIND', 'FORM', 'TO', 'BEHIND', 'SENT', 'FAILURES', 'NEVER TAKEN'],
      exports.map(({ sink, kind, form, place, lag, sent, failures, dead }) => [
        cell(sink),
        cell(kind),
        cell(form),
        cell(place, 80),
        cell(lag),
        cell(sent),
        cell(failures),
        cell(dead),
      ]),
    ),
    ...exports.flatMap((one) => faultsOf(one).map((why) => `${cell(one['sink'])}: ${why}`)),
  ].join('\n');
}

function faultsOf({ fault, stuck }: JsonObject): string[] {
  const told = Array.isArray(stuck) ? stuck : [];
  return [...(fault === undefined ? [] : [fault]), ...told].map((one) => cell(one, 400));
}
