import { grantsTarget, type ManifestTarget } from '#kernel/manifest.ts';
import type { ManifestEntry } from '#kernel/snapshot.ts';
import type { OfferKind } from './door.ts';

/** What a manifest grants of one kind, of one server. */
export interface Granted {
  /** The line by which the manifest lists this name: itself, or what it stands below. */
  line(name: string): ManifestTarget | undefined;
  /** Whether any granted name could be made from this template. */
  reaches(template: string): boolean;
}

/** By server, in the order of the manifest. */
export function grantsOf(manifest: ManifestEntry, kind: OfferKind): ReadonlyMap<string, Granted> {
  const byServer = new Map<string, ManifestTarget[]>();
  for (const line of manifest.targets) {
    const { target } = line;
    if (target.kind !== kind) continue;
    const lines = byServer.get(target.owner);
    if (lines === undefined) byServer.set(target.owner, [line]);
    else lines.push(line);
  }
  return new Map(
    [...byServer].map(([owner, lines]) => [
      owner,
      {
        line: (name) => grantsTarget(manifest, { kind, owner, name }),
        reaches: (template) => lines.some((line) => couldMake(template, line)),
      },
    ]),
  );
}

/** What stands before the first variable of a template is in every URI that is made from it. */
function couldMake(template: string, { target: { name = '' }, prefix }: ManifestTarget): boolean {
  const fixed = template.split('{', 1)[0] ?? '';
  return name.startsWith(fixed) || (prefix && fixed.startsWith(name));
}
