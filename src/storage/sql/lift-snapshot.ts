import type { ManifestTarget } from '#kernel/manifest.ts';
import type { ManifestEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';

/** As it was published before manifests listed targets of every kind. */
interface OlderManifest extends Omit<ManifestEntry, 'targets'> {
  readonly tools: readonly {
    readonly server: string;
    readonly tool: string;
    readonly bounds: ManifestTarget['bounds'];
  }[];
}

/**
 * The configuration that was in force stays so across an upgrade, until a new one can be made of the
 * documents. INVARIANT: it grants what it granted, and keeps its number and its digest.
 */
export function liftSnapshot(published: Snapshot): Snapshot {
  const tenants = Object.values(published.tenants);
  if (!tenants.some(({ manifests }) => Object.values(manifests).some(isOlder))) return published;
  return { ...published, tenants: byName(tenants.map(liftTenant), ({ tenant }) => tenant) };
}

function isOlder(manifest: ManifestEntry | OlderManifest): manifest is OlderManifest {
  return 'tools' in manifest;
}

function liftTenant(tenant: TenantSnapshot): TenantSnapshot {
  const manifests = Object.values(tenant.manifests).map(liftManifest);
  return { ...tenant, manifests: byName(manifests, ({ name }) => name) };
}

function liftManifest(manifest: ManifestEntry | OlderManifest): ManifestEntry {
  if (!isOlder(manifest)) return manifest;
  const { tools, name, sensitivity } = manifest;
  const targets = tools.map(({ bounds, ...id }) => ({
    target: toolTarget(id),
    prefix: false,
    bounds,
  }));
  return { name, targets, sensitivity };
}

/** Without a prototype, as the reader of JSON made it: a name may be `constructor`. */
function byName<Entry>(entries: readonly Entry[], name: (entry: Entry) => string) {
  const table: Record<string, Entry> = Object.create(null);
  for (const entry of entries) table[name(entry)] = entry;
  return table;
}
