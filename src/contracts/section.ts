import type { TenantSnapshot } from '#kernel/snapshot.ts';

/** What a document becomes; it is kept under the document's name. */
export interface NamedEntry {
  readonly name: string;
}

/**
 * Where the entries of one kind of document stand in a tenant's Snapshot, and what they are. The kind's
 * plane owns the key: whoever holds it reads them typed, and nobody else need know of them.
 */
export interface Section<Entry extends NamedEntry> {
  readonly name: string;
  /** `list`: in the order of their names, for whoever reads all of them anyway. */
  readonly form: 'table' | 'list';
  /** Never set: it is what gives the key its type. */
  readonly entry?: Entry;
}

export function section<Entry extends NamedEntry>(
  name: string,
  form: Section<Entry>['form'] = 'table',
): Section<Entry> {
  return { name, form };
}

const nothing: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

/** By name. A Snapshot of an older version has no entries of a newer kind. */
export function entriesOf<Entry extends NamedEntry>(
  tenant: Partial<TenantSnapshot> | undefined,
  { name, form }: Section<Entry>,
): Readonly<Record<string, Entry>> {
  if (tenant === undefined || !Object.hasOwn(tenant, name)) return nothing;
  // The one cast: what stands in a section is what the kind that owns it parsed.
  const held = (tenant as unknown as Readonly<Record<string, unknown>>)[name];
  if (form === 'table') return held as Readonly<Record<string, Entry>>;
  const table: Record<string, Entry> = Object.create(null);
  for (const entry of held as readonly Entry[]) table[entry.name] = entry;
  return table;
}

/** Names come from callers and documents: `constructor` finds nothing. */
export function entryOf<Entry extends NamedEntry>(
  tenant: Partial<TenantSnapshot> | undefined,
  of: Section<Entry>,
  name: string,
): Entry | undefined {
  const entries = entriesOf(tenant, of);
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
