import { readdirSync, readFileSync } from 'node:fs';
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

/** Files in which one of the texts stands. A file that was replaced meanwhile is read under its new name. */
export function filesHolding(folder: string, texts: readonly string[]): string[] {
  return filesBelow(folder).filter((file) => {
    const bytes = readIfThere(file);
    return bytes !== undefined && texts.some((text) => bytes.includes(text));
  });
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
