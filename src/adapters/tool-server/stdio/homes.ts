import { lstatSync, mkdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Whose homes lie where: a folder for each tenant, in it one for each server. */
export function homeOf(homes: string, tenant: string, server: string): string {
  return join(homes, folderOf(tenant), server);
}

/**
 * Made at each start of a process, so that one that was taken away comes back. INVARIANT: its owner
 * alone may look in, and what stands there as a link or a file is no home.
 */
function makeHome(home: string): void {
  mkdirSync(join(home, 'tmp'), { recursive: true, mode: 0o700 });
  const found = lstatSync(home);
  if (!found.isDirectory() || (found.mode & 0o077) !== 0) throw new Error('it is not private');
}

/** A name of one folder, whatever the tenant is called; `decodeURIComponent` reads it back. */
function folderOf(tenant: string): string {
  return encodeURIComponent(tenant).replaceAll('.', '%2E');
}

/** Why no process can be started there. Without a home it would write where others read, or fail oddly. */
export function homeFault(home: string): string | undefined {
  try {
    makeHome(home);
    return undefined;
  } catch (fault) {
    const why =
      fault instanceof Error && 'code' in fault ? String(fault.code) : 'it is not private';
    return `its home folder cannot be used (${why})`;
  }
}

/** Removes every home whose server no document names any more; links are removed, never followed. */
export async function removeHomes(
  homes: string,
  isNamed: (tenant: string, server: string) => boolean,
): Promise<void> {
  for (const tenant of await namesIn(homes)) {
    for (const server of await namesIn(join(homes, tenant))) {
      if (isNamed(decodeURIComponent(tenant), server)) continue;
      // A process that is just ending may still write there: tried again, and again the next time.
      await rm(join(homes, tenant, server), { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // Nobody has had a home there yet.
    return [];
  }
}
