import { realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';

/**
 * Where a path leads, links followed, as far as it exists. Keys are kept apart from the data that
 * they protect: a link from one into the other is no distance.
 */
export function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPlace(parent), basename(path));
  }
}

export function isInside(outer: string, inner: string): boolean {
  const place = realPlace(inner);
  const around = realPlace(outer);
  return place === around || place.startsWith(around.endsWith(sep) ? around : around + sep);
}
