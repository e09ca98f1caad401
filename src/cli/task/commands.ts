import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, requiredFlag, textFlag } from '../command.ts';
import { cell, facts, objects, table, textOf } from '../output.ts';
import { wholeId } from '../whole-id.ts';
import { openOrNewest } from '../every-of.ts';

export const taskList: Command = {
  name: 'task list',
  summary:
    'Lists the tasks that agents work in and what each carries, or with --all past ones too.',
  words: '',
  paged: true,
  flags: {
    all: { type: 'boolean', help: 'those that are over too' },
    agent: { type: 'string', value: 'NAME', help: 'of this agent only' },
  },
  examples: ['bailiwick task list', 'bailiwick task list --all --agent support'],
  watch: true,
  async run(input) {
    const query = new URLSearchParams();
    if (input.flags['all'] === true) query.set('state', 'all');
    const agent = textFlag(input, 'agent');
    if (agent !== undefined) query.set('agent', agent);
    const answer = await openOrNewest(input, `/v1/tasks?${query.toString()}`, 'tasks');
    input.out.print(answer, () =>
      table(
        ['ID', 'AGENT', 'OF', 'CARRIES', 'USED', 'BEGUN', 'ENDED', 'BY'],
        objects(answer['tasks']).map((one) => [
          cell(one['id']),
          cell(one['agent']),
          ofWhom(one),
          cell(one['labels'], 60),
          cell(amountsOf(one), 60),
          cell(one['begunAt']),
          cell(one['endedAt']),
          cell(one['endedBy']),
        ]),
      ),
    );
  },
};

/** All instances share it, unless the agent's document says otherwise. */
function ofWhom({ instance }: JsonObject): string {
  return instance === null || instance === undefined ? 'all instances' : cell(instance);
}

export function taskId(
  command: Command,
  input: CommandInput,
  state: 'open' | 'all',
): Promise<string> {
  return wholeId(command, input, {
    path: `/v1/tasks?state=${state}`,
    list: 'tasks',
    what: 'task',
    among: state === 'open' ? ' that is open' : '',
    idOf: ({ id }) => id,
    word: 'ID',
  });
}

export const taskShow: Command = {
  name: 'task show',
  summary: 'Shows one task: its sessions, and which session raised which label from where.',
  words: 'ID',
  flags: {},
  examples: ['bailiwick task show 0199c0de-…'],
  async run(input) {
    const id = await taskId(taskShow, input, 'all');
    const answer = await input.request('GET', `/v1/tasks/${id}`);
    input.out.print(answer, () =>
      [
        taskFacts(answer),
        '',
        rowsOf(['SESSION', 'INSTANCE', 'BEGUN', 'ENDED'], answer['sessions'], [
          'id',
          'instance',
          'begunAt',
          'endedAt',
        ]),
        '',
        rowsOf(['LABEL', 'SESSION', 'FROM'], answer['raised'], ['label', 'session', 'source']),
      ].join('\n'),
    );
  },
};

/** By name; the whole of it, bounds too, is in `-o json`. */
function scopeOf(scope: Json | undefined): Json {
  if (scope === null || scope === undefined) return null;
  const { targets, effects } = scope as JsonObject;
  const names = objects(targets ?? []).map((line) => {
    const { kind, owner, name } = line['target'] as JsonObject;
    return `${textOf(kind)}:${textOf(owner)}/${textOf(name)}${line['prefix'] === true ? '*' : ''}`;
  });
  return [...names, ...(Array.isArray(effects) ? (effects as readonly Json[]) : [])]
    .map(textOf)
    .join(', ');
}

/** Of each amount how much is used: `calls 3 of 50`. */
function amountsOf({ amounts }: JsonObject): string {
  return objects(amounts ?? [])
    .map(({ what, used, atMost }) => `${textOf(what)} ${cell(used)} of ${cell(atMost)}`)
    .join(', ');
}

function taskFacts(one: JsonObject): string {
  return facts([
    ['agent', one['agent']],
    ['owner', one['owner']],
    ['of', ofWhom(one)],
    ['carries', one['labels']],
    ['begun', one['begunAt']],
    ['begun by', one['begunBy']],
    ['why', one['why']],
    ['until', one['until']],
    ['narrowed to', scopeOf(one['scope'])],
    ['used', amountsOf(one)],
    ['ended', one['endedAt']],
    ['ended by', one['endedBy']],
    ['reason', one['reason']],
  ]);
}

function rowsOf(head: string[], rows: Json | undefined, fields: readonly string[]): string {
  return table(
    head,
    objects(rows).map((one) => fields.map((field) => cell(one[field]))),
  );
}

export const taskEnd: Command = {
  name: 'task end',
  summary:
    'Ends a task: its grants, leases and labels end with it. The next one begins after seconds.',
  words: 'ID',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: ['bailiwick task end 0199c0de-… --reason "ticket 311 is closed"'],
  async run(input) {
    const reason = requiredFlag(taskEnd, input, 'reason');
    const id = await taskId(taskEnd, input, 'open');
    const answer = await input.request('POST', `/v1/tasks/${id}/end`, { reason });
    input.out.print(
      answer,
      () =>
        `task ${cell(answer['id'])} of ${cell(answer['agent'])} is over; it carried ${cell(answer['labels'])}`,
    );
  },
};
