import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tiles and bundles that the checkpoint stands on; partial ones that grew since are nobody's proof. */
export function currentTiles(folder: string): string[] {
  const newest = new Map<string, string>();
  for (const file of filesBelow(folder).filter((path) => path.includes('/tile/'))) {
    const [stem = '', width = '256'] = file.split('.p/');
    const known = newest.get(stem)?.split('.p/')[1] ?? (newest.has(stem) ? '256' : '0');
    if (Number(width) >= Number(known)) newest.set(stem, file);
  }
  return [...newest.values()];
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
