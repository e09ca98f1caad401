import { readFile } from 'node:fs/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  listFlag,
  requiredFlag,
  textFlag,
  usage,
  word,
  type Command,
  type CommandInput,
} from '../command.ts';
import { cell } from '../output.ts';
import { secondsOf } from '../seconds.ts';

export const taskBegin: Command = {
  name: 'task begin',
  summary:
    'Begins a task: until it ends its agent may what the task is narrowed to, and nothing more.',
  words: 'AGENT',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
    for: { type: 'string', value: 'TIME', help: 'such as 30m, 8h, 2d (default 8h)' },
    intent: { type: 'string', value: 'TEXT', help: 'the words of whoever wants it done; sealed' },
    tool: {
      type: 'string',
      multiple: true,
      value: 'SERVER/TOOL',
      help: 'narrowed to this; repeat',
    },
    target: {
      type: 'string',
      multiple: true,
      value: 'TARGET',
      help: 'such as resource:files/URI/*',
    },
    effect: {
      type: 'string',
      multiple: true,
      value: 'CLASS',
      help: 'read, write or delete; repeat',
    },
    scope: {
      type: 'string',
      value: 'FILE',
      help: 'JSON like a Manifest, with bounds of arguments',
    },
    calls: { type: 'string', value: 'N', help: 'at most so many calls in all' },
    sum: {
      type: 'string',
      multiple: true,
      value: 'SERVER/TOOL:ARGUMENT=N',
      help: 'the numbers in this argument come to at most N in all; repeat',
    },
    instance: { type: 'string', value: 'ID', help: 'where each instance has a task of its own' },
  },
  examples: [
    'bailiwick task begin support --for 2h --reason "ticket 311" --tool crm/get --effect read',
    'bailiwick task begin refunds --scope july.json --reason "refunds of July"',
    'bailiwick task begin refunds --calls 50 --sum bank/pay:amount=1000 --reason "ticket 312"',
  ],
  async run(input) {
    const agent = word(taskBegin, input, 0, 'AGENT');
    const reason = requiredFlag(taskBegin, input, 'reason');
    const scope = await scopeOf(input);
    const intent = textFlag(input, 'intent');
    const instance = textFlag(input, 'instance');
    const answer = await input.request('POST', '/v1/tasks', {
      agent,
      reason,
      forSeconds: secondsOf(taskBegin, textFlag(input, 'for') ?? '8h'),
      ...(scope === undefined ? {} : { scope }),
      ...(intent === undefined ? {} : { intent }),
      ...(instance === undefined ? {} : { instance }),
    });
    input.out.print(
      answer,
      () =>
        `task ${cell(answer['id'])} of ${cell(answer['agent'])} has begun and lasts until ${cell(answer['until'])}`,
    );
  },
};

async function scopeOf(input: CommandInput): Promise<JsonObject | undefined> {
  const file = textFlag(input, 'scope');
  const named: JsonObject = {
    ...listed(
      'tools',
      listFlag(input, 'tool').map((tool) => ({ tool })),
    ),
    ...listed('targets', listFlag(input, 'target')),
    ...listed('effects', listFlag(input, 'effect')),
  };
  const amounts: JsonObject = {
    ...callsOf(textFlag(input, 'calls')),
    ...listed('sums', listFlag(input, 'sum').map(sumOf)),
  };
  const all = { ...named, ...amounts };
  if (file === undefined) return Object.keys(all).length === 0 ? undefined : all;
  if (Object.keys(named).length > 0) {
    throw usage(taskBegin, 'give `--scope`, or `--tool`, `--target` and `--effect`, not both');
  }
  return { ...(await readScopeFile(file)), ...amounts };
}

function callsOf(text: string | undefined): JsonObject {
  return text === undefined ? {} : { calls: wholeNumber(text, '--calls') };
}

function sumOf(text: string): JsonObject {
  const parts = /^(?<tool>[^:=]+):(?<argument>[^=]+)=(?<atMost>[^=]+)$/.exec(text)?.groups;
  if (parts === undefined) throw usage(taskBegin, '`--sum` is written SERVER/TOOL:ARGUMENT=N');
  const { tool = '', argument = '', atMost = '' } = parts;
  return { tool, argument, atMost: wholeNumber(atMost, '--sum') };
}

function wholeNumber(text: string, flag: string): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw usage(taskBegin, `\`${flag}\` takes a whole number`);
}

function listed(name: string, list: readonly (string | JsonObject)[]): JsonObject {
  return list.length === 0 ? {} : { [name]: [...list] };
}

async function readScopeFile(file: string): Promise<JsonObject> {
  const bytes = await readFile(file).catch(() => {
    throw new BailiwickError('cli/usage', { message: `cannot read \`${file}\`` });
  });
  const value = parseJson(bytes);
  if (isJsonObject(value)) return value;
  throw new BailiwickError('cli/usage', { message: `\`${file}\` holds no JSON object` });
}
