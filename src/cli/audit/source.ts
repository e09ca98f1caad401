import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { recordOrApproval } from '../approval/meant.ts';
import type { Command } from '../command.ts';
import { cell, objects, textOf } from '../output.ts';
import { wholeId } from '../whole-id.ts';
import { newestRecords } from './commands.ts';

export const auditSource: Command = {
  name: 'audit source',
  summary:
    'From a decision back: which calls brought the values, and the labels, that it was made over.',
  words: 'RECORD',
  flags: {},
  examples: ['bailiwick audit source 0199c0de-…', 'bailiwick audit source 0199c0de-… -o json'],
  async run(input) {
    const id = await wholeId(auditSource, input, newestRecords);
    const { record } = await recordOrApproval(input, id, () =>
      input.request('GET', `/v1/records/${id}`),
    );
    const { task, call } = isJsonObject(record) ? record : {};
    if (typeof task !== 'string' || typeof call !== 'string') {
      throw new BailiwickError('cli/usage', {
        message: 'this record is of no call in a task, so nothing came into it',
        suggestedAction: 'name a record of a decision: `bailiwick audit query is:action`',
      });
    }
    const flow = await input.request('GET', `/v1/tasks/${task}/flow`);
    const answer = sourcesOf(record as JsonObject, flow);
    input.out.print(answer, () => drawn(answer));
  },
};

/** INVARIANT: what came later than the decision is no source of it. */
export function sourcesOf(record: JsonObject, flow: JsonObject): JsonObject {
  const { id = null, call = null, task = null, time = '', labels } = record;
  const step = objects(flow['steps']).find((one) => one['call'] === call);
  const carried = isJsonObject(labels) && Array.isArray(labels['in']) ? labels['in'] : [];
  const before = objects(flow['sources']).filter(
    ({ at, call: of }) => textOf(at) < textOf(time) && of !== call,
  );
  return {
    record: id,
    call,
    task,
    values: step === undefined ? [] : objects(step['values']),
    labels: carried,
    // By any of them: a label is of the whole task.
    labelsBy: carried.length === 0 ? [] : before,
    cut: flow['cut'] === true,
  };
}

function drawn({ call, task, values, labels, labelsBy, cut }: JsonObject): string {
  const told = objects(values).map(valueLine);
  const brought = objects(labelsBy).map(
    ({ at, target, call: by }) => `  ${cell(at)}  ${cell(target)}  (call ${cell(by)})`,
  );
  const carried = Array.isArray(labels) ? labels.map((one) => cell(one)).join(', ') : '';
  return [
    `call ${cell(call)} in task ${cell(task)}`,
    '',
    'its values',
    ...(told.length === 0 ? ['  its tool declares no flow, or no stranger had written'] : told),
    '',
    carried === '' ? 'it carried no labels' : `its labels (${carried}) came into the task by`,
    ...(carried === '' ? [] : brought.length === 0 ? ['  no result on record'] : brought),
    ...(cut === true ? ['', 'there is more on record than was looked through'] : []),
    '',
    'all of a call: `bailiwick audit query call:ID`',
  ].join('\n');
}

function valueLine(one: JsonObject): string {
  const { argument, standing, from, call, at, approval } = one;
  const of = argument === null ? 'the call itself' : cell(argument);
  if (standing === 'proved') return `  ${of}: the user`;
  if (standing === 'answered') return `  ${of}: a yes before, approval ${cell(approval)}`;
  if (from === null) return `  ${of}: nowhere known`;
  const place = at === null ? '' : ` at ${cell(at)}`;
  return `  ${of}: ${cell(from)}${place} (call ${cell(call)})`;
}
