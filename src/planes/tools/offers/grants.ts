import type { ManifestEntry } from '#kernel/snapshot.ts';
import { staysBelow } from '../prefix.ts';
import type { OfferKind } from './door.ts';

/** What a manifest grants of one kind, of one server. */
export interface Granted {
  /** How the manifest means this name: itself, or by what it begins with. */
  how(name: string): 'exact' | 'prefix' | undefined;
  /** Whether any granted name could be made from this template. */
  reaches(template: string): boolean;
}

/** By server, in the order of the manifest. */
export function grantsOf(manifest: ManifestEntry, kind: OfferKind): ReadonlyMap<string, Granted> {
  const byServer = new Map<string, { exact: Set<string>; prefixes: Set<string> }>();
  for (const { target, prefix } of manifest.targets ?? []) {
    if (target.kind !== kind || target.name === undefined) continue;
    const of = byServer.get(target.owner) ?? { exact: new Set(), prefixes: new Set() };
    (prefix ? of.prefixes : of.exact).add(target.name);
    byServer.set(target.owner, of);
  }
  return new Map(
    [...byServer].map(([server, { exact, prefixes }]) => [server, granted(exact, [...prefixes])]),
  );
}

function granted(exact: ReadonlySet<string>, prefixes: readonly string[]): Granted {
  return {
    how(name) {
      if (exact.has(name)) return 'exact';
      return prefixes.some((prefix) => staysBelow(name, prefix)) ? 'prefix' : undefined;
    },
    reaches(template) {
      // What stands before its first variable is in every URI that is made from it.
      const fixed = template.split('{', 1)[0] ?? '';
      return (
        [...exact].some((name) => name.startsWith(fixed)) ||
        prefixes.some((prefix) => prefix.startsWith(fixed) || fixed.startsWith(prefix))
      );
    },
  };
}
