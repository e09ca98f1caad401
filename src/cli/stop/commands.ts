import { existsSync } from 'node:fs';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { requiredFlag, usage, type Command, type CommandInput } from '../command.ts';
import { cell, objects, table, textOf } from '../output.ts';

const kinds = new Set(['agent', 'instance', 'tool', 'tenant']);

export const stop: Command = {
  name: 'stop',
  summary:
    'Stops an agent, an instance, a tool, a tenant or everything, within a second. Only a human releases it.',
  words: 'agent NAME | instance ID | tool SERVER[/TOOL] | tenant NAME | all | list',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
    offline: { type: 'boolean', help: 'write the stop file instead: works while control is away' },
  },
  examples: [
    'bailiwick stop agent support --reason "odd refunds"',
    'bailiwick stop all --reason "incident 17"',
    'bailiwick stop all --offline --reason "control does not answer"',
    'bailiwick stop list',
  ],
  async run(input) {
    if (input.words[0] === 'list') return listStops(input);
    const target = targetOf(stop, input);
    const reason = requiredFlag(stop, input, 'reason');
    if (input.flags['offline'] === true) return stopOffline(input, target, reason);
    const answer = await input.request('POST', '/v1/stops', { target, reason });
    input.out.print(
      answer,
      () => `${cell(answer['stopped'])} is stopped (overlay ${cell(answer['overlay'])})`,
    );
    return undefined;
  },
};

export const release: Command = {
  name: 'release',
  summary: 'Releases a stop. By a human, with a reason, on record.',
  words: 'agent NAME | instance ID | tool SERVER[/TOOL] | tenant NAME | all',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
    offline: { type: 'boolean', help: 'remove the stop file' },
  },
  examples: ['bailiwick release agent support --reason "reviewed, was a test"'],
  async run(input) {
    const target = targetOf(release, input);
    const reason = requiredFlag(release, input, 'reason');
    if (input.flags['offline'] === true) return releaseOffline(input);
    const answer = await input.request('POST', '/v1/stops/release', { target, reason });
    input.out.print(
      answer,
      () => `${cell(answer['released'])} is released (overlay ${cell(answer['overlay'])})`,
    );
    return undefined;
  },
};

function targetOf(command: Command, input: CommandInput): JsonObject {
  const [kind, name, ...rest] = input.words;
  if (rest.length > 0) throw usage(command, 'one target at a time');
  if (kind === 'all' && name === undefined) return { kind: 'all' };
  if (kind === undefined || name === undefined || !kinds.has(kind)) {
    throw usage(
      command,
      'name what to stop: agent NAME, instance ID, tool SERVER/TOOL, tenant NAME or all',
    );
  }
  return { kind, name };
}

async function listStops(input: CommandInput): Promise<void> {
  const answer = await input.request('GET', '/v1/stops');
  input.out.print(answer, () =>
    table(
      ['TARGET', 'WHY', 'BY', 'AT', 'REASON'],
      objects(answer['entries']).map(({ target, why, by, at, reason }) => [
        cell(target),
        cell(why),
        cell(by),
        cell(at),
        cell(reason, 60),
      ]),
    ),
  );
}

/** Needs nothing but the disk: every gateway on this folder reads the file several times a second. */
async function stopOffline(input: CommandInput, target: JsonObject, reason: string): Promise<void> {
  const name = target['name'];
  if (target['kind'] === 'instance')
    throw usage(stop, 'the stop file cannot name an instance; name its agent');
  const line =
    typeof name === 'string' ? `${textOf(target['kind'])} ${name.replace('.', '/')}` : 'all';
  if (/[\r\n]/.test(line)) throw usage(stop, 'the name has a line break');
  const file = join(input.dataFolder, 'stop');
  if (!existsSync(input.dataFolder)) {
    throw new BailiwickError('cli/not-running', { message: `no data folder ${input.dataFolder}` });
  }
  await appendFile(file, `# ${reason.replace(/[\r\n]+/g, ' ')}\n${line}\n`, { mode: 0o600 });
  input.out.print({ stopped: line, file }, () => `${line}: written to ${file}`);
}

async function releaseOffline(input: CommandInput): Promise<void> {
  const file = join(input.dataFolder, 'stop');
  await rm(file, { force: true });
  input.out.print({ released: 'stop file', file }, () => `${file} is removed`);
}
