import type { Refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { ManifestEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { compileBounds, type Declared, judgeBounds } from './bounds.ts';

/** No approved definition says what arguments there are: each bound is one that must be given. */
export const undeclared: Declared = { has: () => true, defaultOf: () => undefined };

/**
 * What a manifest bounds of a call that is about no tool; a tool's arguments are judged beside its
 * approved schema. INVARIANT: a bound that a document may write is judged, whatever the kind.
 */
export function outsideListed(
  manifest: Pick<ManifestEntry, 'targets'>,
  target: Target,
  args: JsonObject,
): Refusal | undefined {
  if (target.kind === 'tool') return undefined;
  const line = grantsTarget(manifest, target);
  return line === undefined ? undefined : judgeBounds(compileBounds(line, undeclared), args);
}
