import { z } from 'zod';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { targetKinds, targetLabel } from '#kernel/target.ts';

/** Of each kind; how many there are is told of all. */
const mostNames = 50;

export const inventory = {
  /** In which alone it may act; null: wherever it is in force. */
  environments: z.array(z.string()).readonly().nullable(),
  autonomy: z.string().nullable(),
  /** The highest that its calls may touch; null where there is no such manifest. */
  sensitivity: z.string().nullable(),
  /** What its manifest lists, by kind: models, data and tools; a name that ends in a slash is all below it. */
  lists: z.array(
    z.strictObject({ kind: z.enum(targetKinds), count: z.number(), names: z.array(z.string()) }),
  ),
};

const shape = z.strictObject(inventory);

/** What an agent is made of beside its keys: as far as its documents say, and no further. */
export function inventoryOf(
  tenant: TenantSnapshot | undefined,
  { manifest, environments, autonomy }: AgentEntry,
): z.input<typeof shape> {
  const manifests = tenant?.manifests ?? {};
  const listed = Object.hasOwn(manifests, manifest) ? manifests[manifest] : undefined;
  const byKind = Map.groupBy(listed?.targets ?? [], ({ target }) => target.kind);
  return {
    environments: environments ?? null,
    autonomy: autonomy ?? null,
    sensitivity: listed?.sensitivity ?? null,
    lists: targetKinds.flatMap((kind) => {
      const names = (byKind.get(kind) ?? []).map(({ target }) => targetLabel(target)).sort();
      return names.length === 0
        ? []
        : [{ kind, count: names.length, names: names.slice(0, mostNames) }];
    }),
  };
}
