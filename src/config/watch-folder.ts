import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';

/** Which files stand there and when each was written last: another mark means that somebody wrote. */
export async function folderMark(folder: string): Promise<string> {
  const seen: string[] = [];
  await markInto(seen, folder, 0);
  return sha256Hex(seen.join('\n'));
}

async function markInto(seen: string[], folder: string, depth: number): Promise<void> {
  if (depth > limits.documentFolderDepth || seen.length > limits.documents * 2) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return void seen.push(`${folder} cannot be read`);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await markInto(seen, path, depth + 1);
    else if (entry.isSymbolicLink()) seen.push(await linkMark(path));
    else if (/\.ya?ml$/.test(entry.name)) seen.push(await fileMark(path));
  }
}

/** A link stays as it is when what it leads to is exchanged. */
async function linkMark(path: string): Promise<string> {
  const target = await realpath(path).catch(() => undefined);
  const own = await fileMark(path);
  return target === undefined ? own : `${own} ${await fileMark(target)}`;
}

async function fileMark(path: string): Promise<string> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) return `${path} is gone`;
  const { ino, size, mtimeNs, ctimeNs, mode } = found;
  return [path, ino, size, mtimeNs, ctimeNs, mode].join(' ');
}

export interface FolderWatch {
  /** One look; answers when what it found is applied, refused, or still being written. */
  readonly look: () => Promise<void>;
  /** What was tried is tried again: what it stands beside is another. */
  readonly again: () => void;
}

/**
 * INVARIANT: a folder is read only after two looks that found the same, so that files which somebody is
 * writing are left alone, and what was tried is not tried again before something is written there, or it stands beside other documents.
 */
export function createFolderWatch(parts: {
  readonly mark: () => Promise<string>;
  /** The mark of what was loaded at the start. */
  readonly loaded: string;
  readonly apply: (isSame: () => Promise<boolean>) => Promise<'tried' | 'again'>;
}): FolderWatch {
  let tried: string | undefined = parts.loaded;
  let last: string = parts.loaded;
  return {
    async look() {
      const now = await parts.mark();
      const isQuiet = now === last;
      last = now;
      if (now === tried || !isQuiet) return;
      tried = now;
      const outcome = await parts.apply(async () => (await parts.mark()) === now);
      if (outcome === 'again') tried = undefined;
    },
    again: () => void (tried = undefined),
  };
}
