import { readFileSync } from 'node:fs';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, reasonIfAny, reasonOf, usage, word } from '../command.ts';
import { objects, textOf, whole } from '../output.ts';
import { differences, memberOf, serverDifferences, toolDifferences } from './compare.ts';
import { everyOf } from '../every-of.ts';

/** Of what no gateway has verified, because nobody asks or it was not started yet. */
const nobody = 'not verified';

/** So that a reader of another version does not guess. */
const version = 1;

export const lockExport: Command = {
  name: 'lock export',
  summary:
    'Prints what is in force of tool servers: sources, pinned content, approved definitions, effects, phases.',
  words: '',
  flags: {},
  examples: ['bailiwick lock export > bailiwick.lock'],
  async run(input) {
    const lock = { version, servers: await serversHere(input) };
    input.out.print(lock, () => JSON.stringify(lock, null, 2));
  },
};

export const lockCheck: Command = {
  name: 'lock check',
  summary: 'Compares a lock with what is in force, and tells every difference.',
  words: 'FILE',
  flags: {},
  examples: ['bailiwick lock check bailiwick.lock'],
  async run(input) {
    const lock = readLock(lockCheck, input);
    return tell(input, [], differences(lock, await serversHere(input)));
  },
};

export const lockImport: Command = {
  name: 'lock import',
  summary:
    'Approves the tools that show exactly the definitions of a lock, and tells what differs still.',
  words: 'FILE',
  flags: { reason: reasonIfAny },
  examples: ['bailiwick lock import bailiwick.lock'],
  async run(input) {
    const lock = readLock(lockImport, input);
    const { approved, left } = await approveLocked(input, lock, await serversHere(input));
    return tell(input, approved, [...left, ...differences(lock, await serversHere(input))]);
  },
};

function tell(
  input: CommandInput,
  approved: readonly string[],
  different: readonly string[],
): number {
  input.out.print({ approved, differences: different }, () => {
    const done = approved.map((name) => `${whole(name)}: approved`);
    const same = 'everything is as the lock says';
    const left = different.length === 0 ? [same] : different.map((one) => whole(one));
    return [...done, ...left].join('\n');
  });
  return different.length === 0 ? 0 : 1;
}

interface Imported {
  readonly approved: readonly string[];
  /** What shows the definition of the lock and was not approved, each with its reason. */
  readonly left: readonly string[];
}

/**
 * INVARIANT: by digest, where the yes is given: what a tool shows by then must still be this. The same
 * words from another source are another tool: then none of the server is approved.
 */
async function approveLocked(
  input: CommandInput,
  lock: JsonObject,
  here: JsonObject,
): Promise<Imported> {
  const { tools } = await everyOf(input.request, '/v1/tools', 'tools');
  const approved: string[] = [];
  const left: string[] = [];
  for (const shown of objects(tools)) {
    const [server, tool] = [textOf(shown['server']), textOf(shown['tool'])];
    const locked = memberOf(memberOf(memberOf(lock, server) ?? {}, 'tools') ?? {}, tool);
    if (locked === undefined || !isWanted(shown, locked['digest'])) continue;
    const name = `${server}/${tool}`;
    if (serverDifferences(server, lock, here).length > 0) {
      left.push(`${name}: was not approved, because its server differs`);
      continue;
    }
    const otherwise = toolDifferences(name, locked, shown);
    left.push(...otherwise);
    if (otherwise.length > 0) continue;
    const path = `/v1/tools/${encodeURIComponent(server)}/${encodeURIComponent(tool)}`;
    const digest = textOf(locked['digest']);
    await input.request('POST', `${path}/approve`, { digest, ...reasonOf(input) });
    approved.push(name);
  }
  return { approved, left };
}

function isWanted({ state, observedDigest }: JsonObject, digest: unknown): boolean {
  return typeof digest === 'string' && digest === observedDigest && state !== 'pinned';
}

async function serversHere(input: CommandInput): Promise<JsonObject> {
  const { servers } = await everyOf(input.request, '/v1/servers', 'servers');
  const { tools } = await everyOf(input.request, '/v1/tools', 'tools');
  const pinned = objects(tools).filter(({ pinnedDigest }) => typeof pinnedDigest === 'string');
  const entries = objects(servers).map(({ server, source, content, signed }) => {
    const own = pinned.filter((one) => one['server'] === server);
    const approved = own.map(({ tool, pinnedDigest, effect, phase }) => [
      textOf(tool),
      { digest: textOf(pinnedDigest), effect: textOf(effect), phase: textOf(phase) },
    ]);
    const { by } = isJsonObject(signed) ? signed : {};
    const signer = typeof by === 'string' ? by : nobody;
    const about = { source: textOf(source), content: textOf(content), signer };
    return [textOf(server), { ...about, tools: Object.fromEntries(approved) as JsonObject }];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function readLock(command: Command, input: CommandInput): JsonObject {
  const file = word(command, input, 0, 'FILE');
  let value: unknown;
  try {
    value = parseJson(readFileSync(file));
  } catch {
    throw usage(command, `${file} cannot be read as a lock`);
  }
  const servers =
    isJsonObject(value) && value['version'] === version ? value['servers'] : undefined;
  if (!isJsonObject(servers)) throw usage(command, `${file} is no lock of version ${version}`);
  return servers;
}
