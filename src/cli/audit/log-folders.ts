import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { anchorFolder } from '#tlog/anchors/index.ts';
import { headFolders } from '#tlog/index.ts';

const ownFolders = new Set<string>([
  'tile',
  anchorFolder,
  headFolders.signed,
  headFolders.witnessed,
]);

/** A folder with a checkpoint or entries is a log; three levels are looked at, as the layout has them. */
export function logFolders(root: string, depth = 3): string[] {
  if (!existsSync(root)) return [];
  const isLog = ['checkpoint', headFolders.signed, 'tile', 'writer-state'].some((name) =>
    existsSync(join(root, name)),
  );
  const below = readdirSync(root, { withFileTypes: true })
    .filter((entry) => depth > 0 && entry.isDirectory() && !ownFolders.has(entry.name))
    .map((entry) => join(root, entry.name))
    .sort()
    .flatMap((folder) => logFolders(folder, depth - 1));
  return [...(isLog ? [root] : []), ...below];
}
