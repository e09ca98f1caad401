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

/** Files in which one of the texts stands. Where one was replaced meanwhile all are read again, under its new name too. */
export function filesHolding(folder: string, texts: readonly (string | Buffer)[]): string[] {
  for (let look = 0; look < 100; look += 1) {
    const read = filesBelow(folder).map((file) => ({ file, bytes: readIfThere(file) }));
    if (read.some(({ bytes }) => bytes === undefined)) continue;
    return read
      .filter(({ bytes }) => texts.some((text) => bytes?.includes(text)))
      .map(({ file }) => file);
  }
  throw new Error(`files below ${folder} changed at each of a hundred looks`);
}

/** What a running program replaces or removes while it is looked at is no fault of the look. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw fault;
  }
}

const readIfThere = (file: string): Buffer | undefined => unlessGone(() => readFileSync(file));

export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesBelow(path));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}
