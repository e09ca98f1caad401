import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';

export interface PolicyFile {
  readonly path: string;
  readonly name: string;
  readonly cedar: string;
}

/** A file, or all of a folder whose names end in `.cedar`; each is called as its file is. */
export function readPolicyFiles(places: readonly string[]): readonly PolicyFile[] {
  return places.flatMap((place) => {
    const inside = isFolder(place)
      ? readdirSync(place)
          .filter((name) => name.endsWith('.cedar'))
          .map((name) => join(place, name))
      : [place];
    if (inside.length === 0) throw unreadable(place, 'it holds no file that ends in `.cedar`');
    return inside.map((path) => ({
      path,
      name: basename(path).replace(/\.[^.]*$/, ''),
      cedar: readText(path),
    }));
  });
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw unreadable(file, undefined);
  }
}

export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw unreadable(file, undefined);
  }
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory();
  } catch {
    throw unreadable(place, undefined);
  }
}

function unreadable(place: string, why: string | undefined): BailiwickError {
  return new BailiwickError('config/unreadable', {
    message: `cannot read \`${place}\`${why === undefined ? '' : `: ${why}`}`,
  });
}
