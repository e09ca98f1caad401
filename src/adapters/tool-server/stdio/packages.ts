import { execFile } from 'node:child_process';
import { copyFile, chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import type { PackagePin, ServerConnect } from '#kernel/snapshot.ts';
import type { Signed, SignerNeed } from '#contracts/signers.ts';
import type { Distrust } from './provenance/index.ts';
import { programPath } from './environment.ts';
import { installedOnce, installMs } from './installed.ts';
import { preparedPypi } from './pypi-package.ts';
import { signersOf } from './signed-package.ts';
import { fileDigest } from './tree-digest.ts';

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
    switch (pin.kind) {
      case 'file':
        return await preparedFile(need, pin);
      case 'npm':
        return await preparedNpm(need, pin);
      case 'pypi':
        return await preparedPypi({ ...need, args: need.connect.args }, pin, {
          ...need.connect.environment,
          PATH: programPath(),
          HOME: need.packages,
          // Another interpreter would be run in its place.
          PIP_PYTHON: '',
        });
    }
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
  const place = { packages: need.packages, id, tree: pin.tree };
  const installed = await installedOnce(place, (fresh) => install(need, pin, fresh));
  if ('why' in installed) return installed;
  const { folder } = installed;
  const program = await programIn(folder, pin.name);
  if (program === undefined) return { why: 'its package has no program to start' };
  return {
    command: process.execPath,
    args: [program, ...need.connect.args.slice(pin.argumentsFrom)],
    signed: checked.signed,
  };
}

/** No script of a package runs here. npm compares each download with what its registry says of it. */
async function install(
  { packages, connect }: PackageNeed,
  { name, version, integrity }: Extract<PackagePin, { kind: 'npm' }>,
  fresh: string,
): Promise<string | undefined> {
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
  return found['version'] === version && found['integrity'] === integrity
    ? undefined
    : 'its package does not have the version and integrity that are pinned';
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
