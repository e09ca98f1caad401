import type { ObjectVersion } from '../wire/versions.ts';
import { elementsOf, textOf } from '../wire/xml.ts';

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
