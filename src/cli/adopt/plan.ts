import { dirname } from 'node:path';
import type { JsonObject } from '#kernel/json/value.ts';
import type { CommandInput } from '../command.ts';
import { objects, textOf } from '../output.ts';
import { type Carried, carriedOf } from './carried.ts';
import type { ClientEntry, ClientFile } from './client-file.ts';
import { commentLines } from './commented-json.ts';
import { inputsFor } from './inputs.ts';
import { type Moved, type Verdict, wordOf, written } from './moved.ts';
import { argumentAt, type Setting, settingsOf } from './setting.ts';
import { everyOf } from '../every-of.ts';

/** A server that becomes a document. */
export interface Planned {
  readonly entry: ClientEntry;
  readonly server: string;
  readonly spec: JsonObject;
  readonly moved: readonly Moved[];
  /** A file of its environment, which is not touched. */
  readonly envFile: string | undefined;
}

/** A server that stays with its client, and the secrets that stay with it. */
export interface LeftOne {
  readonly entry: ClientEntry;
  readonly why: string;
  readonly secrets: readonly string[];
}

export interface Plan {
  readonly servers: readonly Planned[];
  readonly left: readonly LeftOne[];
  /** Entries that are bridges of ours already. */
  readonly bridges: readonly ClientEntry[];
  /** Lines of comments that look like they hold a secret: they stay, and so does it. */
  readonly comments: readonly number[];
}

/** Everybody's calls go on at first, and the records say what would have been stopped. */
const firstPhase = 'observe';

/**
 * Said of every tool, so that writers work while they are observed. INVARIANT: the worst that a tool may
 * do without anybody saying so; a server's own word that it only reads is worth nothing.
 */
const unknownTools = { effect: 'write' };

type Request = CommandInput['request'];

export interface PlanParts {
  readonly request: Request;
  readonly env: NodeJS.ProcessEnv;
  readonly userHome: string;
  /** Undefined where nobody sits: what is doubtful is moved then, and told. */
  readonly ask?: CommandInput['ask'];
}

/** What would be done with each server. Nothing is changed by planning. */
export async function planFor(file: ClientFile, path: string, parts: PlanParts): Promise<Plan> {
  const { request, env, userHome, ask } = parts;
  const bridges = file.entries.filter(isBridge);
  const entries = file.entries.filter((one) => !isBridge(one));
  const { inputs, passwords } = await inputsFor(file, entries, { env, ask });
  const around = { env, userHome, workspace: workspaceOf(path), inputs };
  const judging = { request, ask, passwords, names: await takenNames(request) };
  const servers: Planned[] = [];
  const left: LeftOne[] = [];
  for (const entry of entries) {
    const planned = await planOne(entry, carriedOf(entry, around), judging);
    if ('spec' in planned) servers.push(planned);
    else left.push({ ...planned, secrets: await secretsIn(entry.value, request) });
  }
  const comments = await secretComments(file.text, request);
  return { servers, left, bridges, comments };
}

interface Judging {
  readonly request: Request;
  readonly ask: CommandInput['ask'];
  /** Values that somebody typed where a password was asked for. */
  readonly passwords: readonly string[];
  readonly names: Names;
}

interface Names {
  readonly servers: Set<string>;
  readonly secrets: Set<string>;
}

async function planOne(
  entry: ClientEntry,
  carried: Carried | { readonly why: string },
  judging: Judging,
): Promise<Planned | { readonly entry: ClientEntry; readonly why: string }> {
  if ('why' in carried) return { entry, why: carried.why };
  const { names } = judging;
  const server = freeName(wordOf(entry.name), names.servers);
  const verdicts = await verdictsOn(settingsOf(carried), server, judging);
  const made = written(server, carried, (at) => verdicts[at] ?? 'plain', names.secrets);
  if ('why' in made) return { entry, why: made.why };
  names.servers.add(server);
  for (const { secret } of made.moved) names.secrets.add(secret);
  const { connect, credentials, moved } = made;
  const lends = credentials.length === 0 ? {} : { credentials: [...credentials] };
  const spec = { connect, ...lends, phase: firstPhase, default: unknownTools };
  const envFile = carried.kind === 'command' ? carried.envFile : undefined;
  return { entry, server, spec, moved, envFile };
}

/** INVARIANT: what may be a secret stays in the clear only by somebody's word. */
async function verdictsOn(
  settings: readonly Setting[],
  server: string,
  { request, ask, passwords }: Judging,
): Promise<readonly Verdict[]> {
  const verdicts = settings.map(
    ({ value }): Verdict => (passwords.some((one) => value.includes(one)) ? 'secret' : 'plain'),
  );
  for (const { at, sure } of await findSecrets(settings, request)) {
    const known = verdicts[at] === 'secret';
    if (sure || known) verdicts[at] = 'secret';
    else if (ask === undefined || (await isMoved(settings[at], server, ask))) {
      verdicts[at] = 'doubtful';
    }
  }
  return verdicts;
}

async function isMoved(
  setting: Setting | undefined,
  server: string,
  ask: NonNullable<CommandInput['ask']>,
): Promise<boolean> {
  const question = `${server}: ${setting?.where ?? ''} may be a secret; into the vault with it? [Y/n] `;
  return !/^no?$/i.test((await ask(question)).trim());
}

async function takenNames(request: Request): Promise<Names> {
  const documents = objects(
    (await everyOf(request, '/v1/documents?kind=ToolServer', 'documents'))['documents'],
  );
  const secrets = objects((await everyOf(request, '/v1/secrets', 'secrets'))['secrets']);
  return {
    servers: new Set(documents.map(({ name }) => textOf(name))),
    secrets: new Set(secrets.map(({ name }) => textOf(name))),
  };
}

function freeName(base: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? base : `${base.slice(0, 60)}-${count}`;
    if (!taken.has(name)) return name;
  }
}

interface Looked {
  readonly name: string;
  readonly value: string;
}

/** The one scanner: before the move, and again after it. */
export async function findSecrets(
  settings: readonly Looked[],
  request: Request,
): Promise<{ readonly at: number; readonly sure: boolean }[]> {
  if (settings.length === 0) return [];
  const asked = settings.map(({ name, value }) => ({
    name: name.slice(0, 1_024),
    value: value.slice(0, 16_384),
  }));
  const answer = await request('POST', '/v1/secrets/find', { settings: asked });
  return objects(answer['found']).flatMap(({ at, sure }) =>
    typeof at === 'number' ? [{ at, sure: sure === true }] : [],
  );
}

/** Names of members that hold a secret, at any depth. */
export async function secretsIn(value: JsonObject, request: Request): Promise<readonly string[]> {
  const all = [...textsIn(value, '')];
  const found = await findSecrets(all, request);
  return found.flatMap(({ at, sure }) => (sure ? [all[at]?.name ?? ''] : []));
}

/** Members and arguments that somebody put out of use are read as if they were in use. */
async function secretComments(text: string, request: Request): Promise<readonly number[]> {
  const all = commentLines(text).flatMap(({ line, text: comment }) => {
    const pairs = [...comment.matchAll(/"?([\w-]+)"?\s*[:=]\s*"([^"]+)"/g)];
    const named = pairs.map(([, name = '', value = '']) => ({ line, name, value }));
    const words = comment.split(/[\s"',]+/).map((value) => ({ line, name: '', value }));
    return [...named, ...words].filter(({ value }) => value !== '');
  });
  const found = await findSecrets(all, request);
  return [...new Set(found.flatMap(({ at, sure }) => (sure ? [all[at]?.line ?? 0] : [])))];
}

function* textsIn(value: unknown, name: string): Generator<Looked> {
  if (typeof value === 'string') yield* textIn(value, name);
  else if (Array.isArray(value)) yield* listIn(value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* textsIn(one, key);
  }
}

/** An address has names and values of its own. */
function* textIn(value: string, name: string): Generator<Looked> {
  yield { name, value };
  for (const [key, one] of URL.parse(value)?.searchParams ?? []) yield { name: key, value: one };
}

function* listIn(values: readonly unknown[]): Generator<Looked> {
  const words = values.filter((one) => typeof one === 'string');
  for (const at of words.keys()) yield argumentAt(words, at);
  for (const one of values) if (typeof one === 'object') yield* textsIn(one, '');
}

function isBridge({ value }: ClientEntry): boolean {
  const { command, args } = value;
  const words = Array.isArray(args) ? args : [];
  const isOurs = typeof command === 'string' && /(?:^|[\\/])bailiwick$/.test(command);
  return (isOurs && words[0] === 'connect') || words.includes('@bailiwick/sdk');
}

function workspaceOf(path: string): string {
  const folder = dirname(path);
  return /[\\/]\.(?:vscode|cursor|gemini)$/.test(folder) ? dirname(folder) : folder;
}
