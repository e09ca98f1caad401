import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';

const mostMs = 300_000;

/** Something that is installed once, and again when the file that names its versions has changed. */
export interface Installation {
  /** What names every version. */
  readonly wanted: string;
  /** A copy of it, written last. */
  readonly stamp: string;
  readonly claim: string;
  /** What went wrong, else undefined. */
  readonly install: () => string | undefined;
}

/** Undefined once it is there, else why it is not. One process installs, the others wait for it. */
export async function installed(one: Installation): Promise<string | undefined> {
  const until = Date.now() + mostMs;
  while (!isThere(one)) {
    if (!claimed(one.claim)) {
      if (Date.now() > until) return `${one.claim} is held by somebody else`;
      await later(200);
      continue;
    }
    try {
      if (isThere(one)) return undefined;
      const told = one.install();
      if (told !== undefined) return told;
      cpSync(one.wanted, one.stamp);
    } finally {
      rmSync(one.claim, { recursive: true, force: true });
    }
  }
  return undefined;
}

export function isThere({ wanted, stamp }: Installation): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(wanted, 'utf8');
}

function claimed(claim: string): boolean {
  mkdirSync(dirname(claim), { recursive: true });
  try {
    mkdirSync(claim);
    writeFileSync(join(claim, 'pid'), String(process.pid));
    return true;
  } catch {
    // Whoever held it and died left it behind.
    const owner = ownerOf(claim);
    if (owner > 0 && !existsSync(`/proc/${owner}`)) rmSync(claim, { recursive: true, force: true });
    return false;
  }
}

function ownerOf(claim: string): number {
  try {
    return Number(readFileSync(join(claim, 'pid'), 'utf8'));
  } catch {
    return 0;
  }
}
