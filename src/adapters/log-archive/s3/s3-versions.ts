import type { OverlaidName } from '#contracts/log-archive.ts';
import { elementsOf, textOf } from '../wire/xml.ts';

export interface ObjectVersion {
  readonly name: string;
  readonly id: string;
  /** A mark that the name is deleted; the bytes below it stay. */
  readonly isMark: boolean;
}

export interface VersionsPage {
  readonly versions: readonly ObjectVersion[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: { readonly key: string; readonly id: string } | undefined;
}

/** One page of `ListObjectVersions`, keys encoded as in a URL: of each name the newest version first. */
export function parseVersions(xml: string, prefix: string): VersionsPage {
  const versions = (['Version', 'DeleteMarker'] as const).flatMap((kind) =>
    elementsOf(xml, kind).flatMap((element) => {
      const key = decoded(textOf(element, 'Key'));
      if (!key.startsWith(prefix)) return [];
      const id = textOf(element, 'VersionId') ?? 'null';
      return [{ name: key.slice(prefix.length), id, isMark: kind === 'DeleteMarker' }];
    }),
  );
  if (textOf(xml, 'IsTruncated') !== 'true') return { versions, next: undefined };
  const id = textOf(xml, 'NextVersionIdMarker') ?? '';
  return { versions, next: { key: decoded(textOf(xml, 'NextKeyMarker')), id } };
}

function decoded(key = ''): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}

/** What was put first under each name. INVARIANT: whatever was laid over it later changes nothing. */
export function firstVersions(
  versions: readonly ObjectVersion[],
): ReadonlyMap<string, ObjectVersion> {
  // The newest stand first, so that the last one that is set is the oldest.
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
