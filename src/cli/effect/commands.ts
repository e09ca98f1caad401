import { requiredFlag, usage, word, type Command } from '../command.ts';
import type { Json } from '#kernel/json/value.ts';
import { parseTarget, targetLabel } from '#kernel/target.ts';
import { cell, objects, table, textOf } from '../output.ts';
import { listed } from '../every-of.ts';

export const effectList: Command = {
  name: 'effect list',
  summary:
    'Lists calls of which nobody knows whether they happened, and gateways whose journal nobody has read.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick effect list'],
  watch: true,
  async run(input) {
    const answer = await listed(input, '/v1/effects', 'effects');
    input.out.print(answer, () =>
      table(
        ['ID', 'WHY', 'TARGET', 'TASK', 'RECORD', 'GATEWAY', 'AT', 'UNTIL'],
        objects(answer['effects']).map((one) => [
          cell(one['id']),
          cell(one['why']),
          // Of a fence, and of a task with too many to name: whatever writes.
          one['target'] === null ? 'every write' : cell(labelOf(one['target'])),
          cell(one['task']),
          cell(one['ref']),
          cell(one['gateway']),
          cell(one['at']),
          cell(one['until']),
        ]),
      ),
    );
  },
};

/** As people know it. */
function labelOf(target: Json | undefined): Json | undefined {
  const known = parseTarget(textOf(target));
  return known === undefined ? target : targetLabel(known);
}

export const effectReconcile: Command = {
  name: 'effect reconcile',
  summary: 'Says what you found when you looked: from then on the call may be made again.',
  words: 'ID',
  flags: {
    happened: { type: 'string', value: 'yes|no', help: 'whether it had happened (required)' },
    reason: { type: 'string', value: 'TEXT', help: 'how you know; it goes on record (required)' },
  },
  examples: ['bailiwick effect reconcile effect-0199… --happened no --reason "no such refund"'],
  async run(input) {
    const id = encodeURIComponent(word(effectReconcile, input, 0, 'ID'));
    const happened = requiredFlag(effectReconcile, input, 'happened');
    if (happened !== 'yes' && happened !== 'no') {
      throw usage(effectReconcile, '--happened is yes or no');
    }
    const reason = requiredFlag(effectReconcile, input, 'reason');
    const answer = await input.request('POST', `/v1/effects/${id}/reconcile`, { happened, reason });
    input.out.print(answer, () => `${cell(answer['id'])} is reconciled: happened ${happened}`);
  },
};
