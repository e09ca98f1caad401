import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { StopTarget } from '#kernel/overlay.ts';
import { parseStopTarget, stopTargetText, stopTargetWords } from '#kernel/stop-target.ts';
import { ownerKinds, targetKinds } from '#kernel/target.ts';
import { stopFilePath } from '../../../sdk/index.ts';
import { pageFlags, requiredFlag, usage, type Command, type CommandInput } from '../command.ts';
import { cell, objects, table, textOf, whole } from '../output.ts';
import { fileTenant, listed, releaseByFile, stopByFile, stopsInFile } from './offline.ts';
import { listed as pageOrAll } from '../every-of.ts';

/** Where a stop is kept that the store did not take. */
const keptWords: Readonly<Record<string, string>> = {
  file: 'the store could not be written: it is kept in the stop file',
  memory: 'nothing could be written: it ends with the control program; make room on the disk',
};

export const stop: Command = {
  name: 'stop',
  summary:
    'Stops an agent, an instance, a tool, a model, a tenant or everything, within a second; `tool`, `resource` or `prompt` with a SERVER stops all three of that server. Only a human releases it.',
  words: `${stopTargetWords} | list`,
  paged: true,
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
    offline: { type: 'boolean', help: 'write the stop file instead: works while control is away' },
    force: { type: 'boolean', help: 'also a name that nobody knows' },
  },
  examples: [
    'bailiwick stop agent support --reason "odd refunds"',
    'bailiwick stop all --reason "incident 17"',
    'bailiwick stop all --offline --reason "control does not answer"',
    'bailiwick stop tool notes/add_note --reason "odd notes"',
    'bailiwick stop list',
  ],
  async run(input) {
    if (input.words[0] === 'list') return listStops(input);
    const target = targetOf(stop, input);
    const reason = requiredFlag(stop, input, 'reason');
    if (input.flags['offline'] === true) return stopOffline(input, target, reason);
    const answer = await input.request('POST', '/v1/stops', {
      target: asSent(target),
      reason,
      ...(input.flags['force'] === true ? { force: true } : {}),
    });
    const kept = keptWords[textOf(answer['kept'])] ?? `overlay ${cell(answer['overlay'])}`;
    const what = `${cell(answer['stopped'])} is stopped${wholeWords(target)}`;
    input.out.print(answer, () => `${what} (${kept})${stoodWords(answer)}`);
    return undefined;
  },
};

/** Whoever stopped it first is not forgotten over the second. */
function stoodWords({ before = null }: JsonObject): string {
  if (!isJsonObject(before)) return '';
  return `; it was stopped by ${cell(before['by'])}: ${cell(before['reason'], 200)}`;
}

export const release: Command = {
  name: 'release',
  summary:
    'Releases a stop, by the words that stopped; `list` shows what there is. By a human, with a reason, on record.',
  words: `${stopTargetWords} | list`,
  paged: true,
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
    offline: { type: 'boolean', help: 'take exactly this stop out of the stop file' },
  },
  examples: [
    'bailiwick release agent support --reason "reviewed, was a test"',
    'bailiwick release all --offline --reason "control is back"',
  ],
  async run(input) {
    if (input.words[0] === 'list') return listStops(input);
    const target = targetOf(release, input);
    const reason = requiredFlag(release, input, 'reason');
    if (input.flags['offline'] === true) return releaseOffline(input, target, reason);
    const answer = await input.request('POST', '/v1/stops/release', {
      target: asSent(target),
      reason,
    });
    input.out.print(
      answer,
      () => `${cell(answer['released'])} is released (overlay ${cell(answer['overlay'])})`,
    );
    return undefined;
  },
};

function targetOf(command: Command, input: CommandInput): StopTarget {
  const [kind = '', name, ...rest] = input.words;
  // Whoever means `all` is not answered by a list, nor by less than they mean.
  const page = Object.keys(pageFlags).find((flag) => input.flags[flag] !== undefined);
  if (page !== undefined) throw usage(command, `only \`list\` takes \`--${page}\``);
  if (rest.length > 0) throw usage(command, 'one target at a time');
  // Whose tenant it is, the credential says; the stop file's is the gateway's own.
  const target = parseStopTarget(kind, name, fileTenant) ?? swapped(kind, name);
  if (target === undefined) {
    throw usage(command, `name what to stop: ${stopTargetWords}`);
  }
  return target;
}

/** `support agent`: what can be read in one order alone is read in it. */
function swapped(name: string, kind: string | undefined): StopTarget | undefined {
  return kind === undefined ? undefined : parseStopTarget(kind, name, fileTenant);
}

function asSent(target: StopTarget): { kind: string; name?: string } {
  const [kind = '', name] = stopTargetText(target).split(' ');
  return name === undefined ? { kind } : { kind, name };
}

async function listStops(input: CommandInput): Promise<void> {
  if (input.flags['offline'] === true) return listFile(input);
  const answer = await pageOrAll(input, '/v1/stops', 'entries');
  input.out.print(answer, () =>
    table(
      ['TARGET', 'WHY', 'BY', 'AT', 'REASON'],
      objects(answer['entries']).map(({ target, why, by, at, reason }) => [
        targetWords(target),
        cell(why),
        cell(by),
        cell(at),
        whole(reason),
      ]),
    ),
  );
}

/** As `release` takes it. */
function targetWords(target: Json | undefined): string {
  if (!isJsonObject(target)) return cell(target);
  const { kind, name, agent, instance, tenant } = target;
  const named = name ?? instance ?? agent ?? (kind === 'tenant' ? tenant : undefined);
  return named === undefined ? cell(kind) : `${cell(kind)} ${whole(named)}`;
}

/** What a stop of a whole owner takes with it, which its name does not say. */
function wholeWords(target: StopTarget): string {
  if (target.kind !== 'target' || target.target.name !== undefined) return '';
  const { kind, owner } = target.target;
  const owned = targetKinds.filter((one) => ownerKinds[one] === ownerKinds[kind]);
  const all = new Intl.ListFormat('en-GB').format(owned.map((one) => `${one}s`));
  return ` (${ownerKinds[kind]} ${owner}: its ${all})`;
}

async function stopOffline(input: CommandInput, target: StopTarget, reason: string): Promise<void> {
  await stopByFile(input.dataFolder, target, reason, input.flags['force'] === true);
  printFile(input, 'stopped', target);
}

async function releaseOffline(
  input: CommandInput,
  target: StopTarget,
  reason: string,
): Promise<void> {
  await releaseByFile(input.dataFolder, target, reason);
  printFile(input, 'released', target);
}

/** INVARIANT: what is said to be in force is read back from the file, not what was asked for. */
function printFile(input: CommandInput, act: 'stopped' | 'released', target: StopTarget): void {
  const name = stopTargetText(target);
  const inFile = listed(stopsInFile(input.dataFolder));
  input.out.print(
    { [act]: name, file: stopFilePath(input.dataFolder), inFile },
    () => `${name} is ${act} by file; in the stop file now: ${inFile}`,
  );
}

function listFile(input: CommandInput): void {
  const lines = stopsInFile(input.dataFolder);
  const entries = lines.map(({ target, by, at, reason, understood }) => ({
    target: stopTargetText(target),
    by,
    at,
    reason,
    understood,
  }));
  input.out.print({ entries }, () =>
    table(
      ['TARGET', 'BY', 'AT', 'REASON'],
      entries.map(({ target, by, at, reason }) => [
        cell(target),
        cell(by),
        cell(at),
        whole(reason),
      ]),
    ),
  );
}
