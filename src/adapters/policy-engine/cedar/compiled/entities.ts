import { NoCedarValue, recordOf, uidOf } from './from-json.ts';
import type { CedarRecord, EntityUid } from './values.ts';

/** What is known of one entity. */
export interface Entity {
  readonly attributes: CedarRecord;
  readonly tags: CedarRecord;
  /** Every entity above it, however far, by `EntityUid.key`; not itself. */
  readonly ancestors: ReadonlySet<string>;
}

/** What a question knows of entities. One that is not found has no attribute, no tag and no parent. */
export interface EntityLookup {
  find(uid: EntityUid): Entity | undefined;
}

const nothing: CedarRecord = new Map();
const nobody: ReadonlySet<string> = new Set();

/** One entity, made directly; what is left out is empty. `ancestors` is all of them, not the parents. */
export function entityOf(
  attributes: CedarRecord = nothing,
  ancestors: ReadonlySet<string> = nobody,
  tags: CedarRecord = nothing,
): Entity {
  return { attributes, tags, ancestors };
}

export function entitiesOf(byKey: ReadonlyMap<string, Entity>): EntityLookup {
  return { find: (uid) => byKey.get(uid.key) };
}

interface Read extends Entity {
  readonly parents: readonly string[];
}

/** Cedar's JSON form of entities: `[{uid, attrs, parents, tags}]`. Throws `NoCedarValue`. */
export function entitiesFromJson(json: unknown): EntityLookup {
  if (!Array.isArray(json)) throw new NoCedarValue('entities stand in a list');
  const read = new Map<string, Read>();
  for (const each of json as readonly unknown[]) {
    const members = objectOf(each);
    const { key } = uidOf(members['uid']);
    if (read.has(key)) throw new NoCedarValue('an entity stands twice');
    read.set(key, readEntity(members));
  }
  const complete = new Map<string, Entity>();
  for (const [key, { attributes, tags }] of read) {
    complete.set(key, { attributes, tags, ancestors: ancestorsOf(key, read) });
  }
  return entitiesOf(complete);
}

function readEntity(members: Readonly<Record<string, unknown>>): Read {
  const parents = members['parents'] ?? [];
  if (!Array.isArray(parents)) throw new NoCedarValue('parents stand in a list');
  return {
    attributes: recordOf(objectOf(members['attrs'] ?? {})),
    tags: recordOf(objectOf(members['tags'] ?? {})),
    ancestors: nobody,
    parents: parents.map((parent) => uidOf(parent).key),
  };
}

function ancestorsOf(key: string, read: ReadonlyMap<string, Read>): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(read.get(key)?.parents ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === key) throw new NoCedarValue('an entity is above itself');
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(read.get(next)?.parents ?? []));
  }
  return found;
}

function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new NoCedarValue('this is no object');
  }
  return json as Readonly<Record<string, unknown>>;
}
