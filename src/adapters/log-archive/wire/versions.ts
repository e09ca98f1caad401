import type { OverlaidName } from '#contracts/log-archive.ts';

export interface ObjectVersion {
  readonly name: string;
  readonly id: string;
  /** A mark that the name is deleted; the bytes below it stay. */
  readonly isMark: boolean;
}

/** As stores without marks of deletion list them. */
export interface ListedVersion {
  readonly name: string;
  readonly id: string;
  readonly isCurrent: boolean;
}

/** What was put first under each name, of versions with the newest first. INVARIANT: whatever was laid over it changes nothing. */
export function firstVersions(
  versions: readonly ObjectVersion[],
): ReadonlyMap<string, ObjectVersion> {
  return new Map(versions.filter(({ isMark }) => !isMark).map((one) => [one.name, one]));
}

export function overlaidIn(versions: readonly ObjectVersion[]): readonly OverlaidName[] {
  const found: OverlaidName[] = [];
  for (const [name, of] of Map.groupBy(versions, (one) => one.name)) {
    if (of.some(({ isMark }) => isMark)) found.push({ name, how: 'hidden' });
    if (of.filter(({ isMark }) => !isMark).length > 1) found.push({ name, how: 'put-again' });
  }
  return found;
}

/**
 * Pages in the order of names, cut so that all of one name come together. INVARIANT: no more is held than a page and the
 * versions of one name.
 */
export async function* byName<T extends { readonly name: string }>(
  pages: AsyncIterable<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let rest: readonly T[] = [];
  for await (const page of pages) {
    const all = [...rest, ...page];
    // The next page may go on with the last name of this one.
    const last = all.reduce((most, { name }) => (name > most ? name : most), '');
    const whole = all.filter(({ name }) => name !== last);
    rest = all.filter(({ name }) => name === last);
    if (whole.length > 0) yield whole;
  }
  if (rest.length > 0) yield rest;
}

/** Where a store has no marks of deletion: a name without a version that is current was hidden. */
export function withMarks(versions: readonly ListedVersion[]): readonly ObjectVersion[] {
  const current = new Set(versions.filter(({ isCurrent }) => isCurrent).map(({ name }) => name));
  const hidden = new Set(versions.map(({ name }) => name).filter((name) => !current.has(name)));
  return [
    ...[...hidden].map((name) => ({ name, id: '', isMark: true })),
    ...versions.map(({ name, id }) => ({ name, id, isMark: false })),
  ];
}
