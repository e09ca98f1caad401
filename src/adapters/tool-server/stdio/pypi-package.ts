import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sha256Hex } from '#kernel/digest.ts';
import type { PackagePin } from '#kernel/snapshot.ts';
import { installedOnce, installMs } from './installed.ts';

const run = promisify(execFile);

type Pin = Extract<PackagePin, { kind: 'pypi' }>;

interface Need {
  readonly packages: string;
  readonly args: readonly string[];
}

type Start = { readonly command: string; readonly args: readonly string[] };

/**
 * A package of PyPI with everything that it depends on, each by the digests that are pinned. INVARIANT: nothing is
 * built, nothing comes along that no line names, and no other code of the machine's Python is found by it.
 */
export async function preparedPypi(
  { packages, args }: Need,
  pin: Pin,
  environment: Readonly<Record<string, string>>,
): Promise<Start | { readonly why: string }> {
  const python = await pythonOf(environment);
  if (python === undefined) return { why: 'there is no `python3` on the PATH of the gateway' };
  const id = join(packages, sha256Hex(`${pin.name}\n${pin.requirements.join('\n')}`));
  const installed = await installedOnce({ packages, id, tree: undefined }, (fresh) =>
    install(python, pin, fresh, environment),
  );
  if ('why' in installed) return installed;
  const entry = await entryOf(installed.folder, pin.name);
  if (entry === undefined) return { why: 'its package has no program to start' };
  const { module, attribute } = entry;
  // Without the user's and the machine's packages, and without a byte written beside what was compared.
  const flags = ['-I', '-S', '-B', '-c', starter];
  const named = [installed.folder, module, attribute, pin.name];
  return { command: python, args: [...flags, ...named, ...args.slice(pin.argumentsFrom)] };
}

/** INVARIANT: a constant: what it runs it is given as arguments. */
const starter = [
  'import importlib, sys',
  'folder, module, attribute, name = sys.argv[1:5]',
  'sys.path.insert(0, folder)',
  'sys.argv = [name, *sys.argv[5:]]',
  'run = importlib.import_module(module)',
  "for part in attribute.split('.'): run = getattr(run, part)",
  'sys.exit(run())',
].join('\n');

/** The program itself, so that what is found later under its name does not matter. */
async function pythonOf(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  try {
    const words = ['-I', '-c', 'import sys; print(sys.executable)'];
    const { stdout } = await run('python3', words, { env: { ...env }, timeout: 10_000 });
    const path = stdout.trim();
    return path.startsWith('/') ? path : undefined;
  } catch {
    return undefined;
  }
}

async function install(
  python: string,
  { requirements }: Pin,
  fresh: string,
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const how = { cwd: fresh, env: { ...environment }, timeout: installMs, maxBuffer: 4_194_304 };
  const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', '--no-cache-dir'];
  try {
    await run(python, [...pip, '--version'], how);
  } catch {
    return 'the `python3` of the gateway has no `pip`';
  }
  const list = join(fresh, 'requirements.txt');
  await writeFile(list, `${requirements.join('\n')}\n`, { mode: 0o600 });
  const exactly = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-compile'];
  try {
    await run(python, [...pip, 'install', ...exactly, '--target', fresh, '-r', list], how);
  } catch {
    // What it printed names addresses, and may name what is in them.
    return 'pip cannot install what is pinned: something is not there, has another digest, or must be built';
  }
  // Once, and the same wherever it is done: without it each start would read all of it anew. What cannot be is left.
  const compile = ['-I', '-m', 'compileall', '-q', '-s', fresh, '--invalidation-mode'];
  await run(python, [...compile, 'unchecked-hash', fresh], how).catch(() => undefined);
  return undefined;
}

const console = /^\[console_scripts\]$/;
const other = /^\[/;
const script = /^([\w.-]{1,128})\s*=\s*([\w.]{1,256}):([\w.]{1,256})(?:\s*\[.*\])?$/;

/** The program that is called like the package, or its only one. */
async function entryOf(
  folder: string,
  name: string,
): Promise<{ readonly module: string; readonly attribute: string } | undefined> {
  const plain = plainName(name);
  const own = (await readdir(folder)).find(
    (one) => one.endsWith('.dist-info') && plainName(one.split('-')[0] ?? '') === plain,
  );
  if (own === undefined) return undefined;
  const text = await readFile(join(folder, own, 'entry_points.txt'), 'utf8').catch(() => '');
  const scripts = scriptsIn(text);
  const chosen = scripts.find((one) => plainName(one.name) === plain);
  return chosen ?? (scripts.length === 1 ? scripts[0] : undefined);
}

function scriptsIn(text: string) {
  let isInside = false;
  return text.split('\n').flatMap((raw) => {
    const line = raw.trim();
    if (other.test(line)) isInside = console.test(line);
    const [, name, module, attribute] = (isInside && script.exec(line)) || [];
    return name === undefined || module === undefined || attribute === undefined
      ? []
      : [{ name, module, attribute }];
  });
}

/** As PyPI compares names. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
