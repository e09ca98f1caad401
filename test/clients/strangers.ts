import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installed } from './claim.ts';

/**
 * Clients, servers and suites of others. They are no dependency of ours and stand in a folder of their
 * own, with their own lockfile: some are years old on purpose. Installed when something first asks.
 */
const folder = join(import.meta.dirname, 'packages');

/** Undefined once they are there, else why they are not. */
export function installStrangers(): Promise<string | undefined> {
  return installed({
    wanted: join(folder, 'package-lock.json'),
    stamp: join(folder, 'node_modules', '.installed'),
    claim: join(folder, '.installing'),
    install,
  });
}

/** The file that an import of this name loads. */
export function stranger(name: string): string {
  return createRequire(join(folder, 'package.json')).resolve(name);
}

/** A file of a package, also one that its `exports` do not name. */
export function strangerFile(name: string, file: string): string {
  return join(folder, 'node_modules', name, file);
}

function install(): string | undefined {
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = spawnSync('npm', ['install', ...options], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (run.status === 0) return undefined;
  return `npm could not install them: ${run.stderr.slice(-400)}`;
}
