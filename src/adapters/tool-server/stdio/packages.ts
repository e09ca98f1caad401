import { execFile } from 'node:child_process';
import {
  copyFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import type { PackagePin, ServerConnect } from '#kernel/snapshot.ts';
import type { Signed, SignerNeed } from '#contracts/signers.ts';
import type { Distrust } from './provenance/index.ts';
import { programPath } from './environment.ts';
import { signersOf } from './signed-package.ts';
import { fileDigest, treeDigest } from './tree-digest.ts';

type Stdio = Extract<ServerConnect, { kind: 'stdio' }>;

export interface PackageNeed {
  readonly connect: Stdio;
  /** The folder of this server's packages: the gateway's own, not below the home of the server. */
  readonly packages: string;
  /** Who must have signed what is started. */
  readonly signers?: readonly SignerNeed[];
  readonly now?: () => number;
}

/** What is really started: from our own copy, or the text of why nothing is. */
export type Prepared =
  | (Pick<Stdio, 'command' | 'args'> & { readonly signed?: Signed | undefined })
  | { readonly why: string; readonly code?: Distrust };

const run = promisify(execFile);
const installMs = 110_000;

/**
 * What a document pins is started from a copy of the gateway's own, looked at right before each start.
 * INVARIANT: nothing that differs from its pin is started, and what was looked at is what is started.
 */
export async function prepare(need: PackageNeed): Promise<Prepared> {
  const { package: pin } = need.connect;
  if (pin?.kind !== 'npm' && need.signers?.length) return { why: 'its signers cannot be known' };
  if (pin === undefined) return need.connect;
  // One after the other: what the first installs, the next finds. Other gateways do the same work.
  const before = last.get(need.packages);
  const now = (before ?? Promise.resolve()).then(() => prepareNow(need, pin));
  last.set(need.packages, now);
  const prepared = await now;
  if (last.get(need.packages) === now) last.delete(need.packages);
  return prepared;
}

const last = new Map<string, Promise<unknown>>();

async function prepareNow(need: PackageNeed, pin: PackagePin): Promise<Prepared> {
  try {
    await mkdir(need.packages, { recursive: true, mode: 0o700 });
    return await (pin.kind === 'file' ? preparedFile(need, pin) : preparedNpm(need, pin));
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'fault';
    return { why: `its package could not be made ready (${code})` };
  }
}

async function preparedFile(
  { connect, packages }: PackageNeed,
  { sha256 }: Extract<PackagePin, { kind: 'file' }>,
): Promise<Prepared> {
  const folder = join(packages, sha256);
  const copy = join(folder, basename(connect.command));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await fileDigest(copy).catch(() => undefined)) !== sha256) {
    const fresh = join(await mkdtemp(join(packages, 'new-')), 'program');
    await copyFile(connect.command, fresh);
    await chmod(fresh, 0o500);
    // Of the copy: what it was copied from may have changed again.
    const found = await fileDigest(fresh);
    if (found === sha256) await rename(fresh, copy);
    await rm(join(fresh, '..'), { recursive: true, force: true });
    if (found !== sha256)
      return { why: `its program has the SHA-256 ${found}, not the one that is pinned` };
  }
  return { command: copy, args: connect.args };
}

async function preparedNpm(
  need: PackageNeed,
  pin: Extract<PackagePin, { kind: 'npm' }>,
): Promise<Prepared> {
  const id = join(need.packages, sha256Hex(`${pin.name}\n${pin.version}\n${pin.integrity}`));
  const checked = await signersOf({
    content: pin,
    signers: need.signers ?? [],
    packages: need.packages,
    id,
    environment: installEnvironment(need.packages, need.connect),
    now: need.now ?? Date.now,
  });
  if ('why' in checked) return checked;
  if ((await treeOf(id)) === undefined) {
    const why = await install(need, pin, id);
    if (why !== undefined) return { why };
  }
  const tree = (await treeOf(id)) ?? 'nothing';
  const folder = await folderOf(need.packages, id, tree);
  const found = await treeDigest(folder).catch(() => 'nothing');
  const expected = pin.tree ?? tree;
  if (found !== expected) return { why: differs(found, expected) };
  const program = await programIn(folder, pin.name);
  if (program === undefined) return { why: 'its package has no program to start' };
  return {
    command: process.execPath,
    args: [program, ...need.connect.args.slice(pin.argumentsFrom)],
    signed: checked.signed,
  };
}

const differs = (found: string, expected: string): string =>
  `its installed package has the tree ${found}, not ${expected} as is pinned`;

/** What was installed first of a package, which is what stays; undefined when nothing was. */
function treeOf(id: string): Promise<string | undefined> {
  return readFile(`${id}.tree`, 'utf8').catch(() => undefined);
}

/** Called by what is in it, so that nobody has to replace it; earlier ones are called by their package. */
async function folderOf(packages: string, id: string, tree: string): Promise<string> {
  const folder = join(packages, tree);
  return (await stat(folder).catch(() => undefined)) === undefined ? id : folder;
}

/** No script of a package runs here. npm compares each download with what its registry says of it. */
async function install(
  { packages, connect }: PackageNeed,
  pin: Extract<PackagePin, { kind: 'npm' }>,
  id: string,
): Promise<string | undefined> {
  const { name, version, integrity } = pin;
  const unique = await mkdtemp(join(packages, 'new-'));
  try {
    const fresh = join(unique, 'package');
    await mkdir(fresh, { mode: 0o700 });
    const places = ['--prefix', fresh, '--cache', join(packages, 'cache')];
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', ...places];
    await run('npm', ['install', ...flags, `${name}@${version}`], {
      cwd: fresh,
      env: installEnvironment(packages, connect),
      timeout: installMs,
      maxBuffer: 1_048_576,
    });
    const lock = await readObject(join(fresh, 'node_modules', '.package-lock.json'));
    const { packages: locked } = lock;
    const own = isJsonObject(locked) ? locked[`node_modules/${name}`] : undefined;
    const found = isJsonObject(own) ? own : {};
    if (found['version'] !== version || found['integrity'] !== integrity) {
      return 'its package does not have the version and integrity that are pinned';
    }
    const tree = await treeDigest(fresh);
    if (pin.tree !== undefined && tree !== pin.tree) return differs(tree, pin.tree);
    await place(fresh, join(packages, tree), tree);
    await placeTree(unique, id, tree);
    return undefined;
  } finally {
    await rm(unique, { recursive: true, force: true });
  }
}

/**
 * Other gateways install the same at the same time. INVARIANT: what is in its place is neither taken away
 * nor replaced: a server may run from it.
 */
async function place(fresh: string, folder: string, tree: string): Promise<void> {
  try {
    await rename(fresh, folder);
  } catch (fault) {
    if ((await treeDigest(folder).catch(() => undefined)) !== tree) throw fault;
  }
}

/** Whole or not at all, after its folder; of two the first stays. */
async function placeTree(unique: string, id: string, tree: string): Promise<void> {
  const written = join(unique, 'tree');
  await writeFile(written, tree, { mode: 0o600 });
  try {
    await link(written, `${id}.tree`);
  } catch (fault) {
    if ((await treeOf(id)) === undefined) throw fault;
  }
}

/**
 * INVARIANT: nothing that is lent is there, no cache into which a server can write, and nothing of its
 * document that says which npm runs, as whom, or with what code beside it.
 */
function installEnvironment(packages: string, { environment }: Stdio): Record<string, string> {
  return {
    ...environment,
    PATH: programPath(),
    HOME: packages,
    NODE_OPTIONS: '',
    npm_config_update_notifier: 'false',
  };
}

/** The one program of a package, or the one that is called like it. */
async function programIn(folder: string, name: string): Promise<string | undefined> {
  const root = join(folder, 'node_modules', name);
  const { bin } = await readObject(join(root, 'package.json'));
  const named = isJsonObject(bin) ? (bin[basename(name)] ?? Object.values(bin)[0]) : bin;
  if (typeof named !== 'string') return undefined;
  const program = join(root, named);
  return program.startsWith(`${root}/`) ? program : undefined;
}

async function readObject(path: string): Promise<JsonObject> {
  const value: unknown = parseJson(await readFile(path));
  return isJsonObject(value) ? value : {};
}
