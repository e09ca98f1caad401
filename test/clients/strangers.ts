import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

/**
 * Clients, servers and suites of others. They are no dependency of ours and stand in a folder of their
 * own, with their own lockfile: some are years old on purpose. Installed when something first asks.
 */
const folder = join(import.meta.dirname, 'packages');
const lock = join(folder, 'package-lock.json');
const stamp = join(folder, 'node_modules', '.installed');
const claim = join(folder, '.installing');
const installMs = 240_000;

/** Undefined once they are there, else why they are not. */
export async function installStrangers(): Promise<string | undefined> {
  const until = Date.now() + installMs;
  while (!areInstalled()) {
    if (!claimed()) {
      if (Date.now() > until) return `${claim} is held by somebody else`;
      await later(200);
      continue;
    }
    try {
      if (areInstalled()) return undefined;
      const told = install();
      if (told !== undefined) return told;
    } finally {
      rmSync(claim, { recursive: true, force: true });
    }
  }
  return undefined;
}

/** The file that an import of this name loads. */
export function stranger(name: string): string {
  return createRequire(join(folder, 'package.json')).resolve(name);
}

/** A file of a package, also one that its `exports` do not name. */
export function strangerFile(name: string, file: string): string {
  return join(folder, 'node_modules', name, file);
}

function areInstalled(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8');
}

function claimed(): boolean {
  try {
    mkdirSync(claim);
    writeFileSync(join(claim, 'pid'), String(process.pid));
    return true;
  } catch {
    // Whoever held it and died left it behind.
    const owner = Number(safely(() => readFileSync(join(claim, 'pid'), 'utf8')) ?? Number.NaN);
    if (owner > 0 && !existsSync(`/proc/${owner}`)) rmSync(claim, { recursive: true, force: true });
    return false;
  }
}

function install(): string | undefined {
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = spawnSync('npm', ['install', ...options], {
    cwd: folder,
    encoding: 'utf8',
    timeout: installMs,
  });
  if (run.status !== 0) return `npm could not install them: ${run.stderr.slice(-400)}`;
  cpSync(lock, stamp);
  return undefined;
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
