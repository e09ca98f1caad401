import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Resource, SchemaDocument } from './document.ts';

/** What fills in; undefined where the schema has nothing to fill in anywhere. */
export interface Defaults {
  /** The same object when nothing is missing; undefined when it would grow beyond every bound. */
  fill(value: JsonObject): JsonObject | undefined;
}

/** What one schema says of one value: which members may be left out, and what lies below it. */
interface Filler {
  missing: readonly (readonly [string, Json])[];
  members: ReadonlyMap<string, Filler>;
  items: Filler | undefined;
  /** Whether anything can be filled in here or below. */
  fills: boolean;
}

interface Room {
  bytes: number;
  /** Values that may still be looked at. */
  work: number;
}

const deepest = 32;

/**
 * A member that is required and has a default may be left out: the default is what it means. Only where
 * a schema says so without a condition: in `properties`, in `items`, and behind references to such.
 * INVARIANT: nothing that is there is changed, and what comes out is judged like what came in.
 */
export function compileDefaults(document: SchemaDocument): Defaults | undefined {
  const root = fillerOf(document);
  if (!root.fills) return undefined;
  return {
    fill(value) {
      const room = { bytes: limits.argumentBytes, work: limits.schemaWork };
      const filled = fillIn(root, value, room, 0);
      return room.bytes < 0 || room.work < 0 ? undefined : (filled as JsonObject);
    },
  };
}

function fillerOf(document: SchemaDocument): Filler {
  const known = new Map<JsonObject, Filler>();
  const make = (given: Json | undefined, near: Resource): Filler | undefined => {
    const found = targetOf(document, given, near);
    if (found === undefined) return undefined;
    const { schema, home } = found;
    const before = known.get(schema);
    if (before !== undefined) return before;
    const filler: Filler = { missing: [], members: new Map(), items: undefined, fills: false };
    known.set(schema, filler);
    filler.missing = missingOf(schema);
    filler.members = membersOf(schema, (below) => make(below, home));
    // A list of schemas is one for each place; such places are not filled in.
    filler.items = isJsonObject(schema['items']) ? make(schema['items'], home) : undefined;
    return filler;
  };
  const root = make(document.root.root, document.root);
  settle([...known.values()]);
  return root ?? { missing: [], members: new Map(), items: undefined, fills: false };
}

function membersOf(
  { properties }: JsonObject,
  make: (below: Json) => Filler | undefined,
): ReadonlyMap<string, Filler> {
  const found = new Map<string, Filler>();
  for (const [name, below] of Object.entries(isJsonObject(properties) ? properties : {})) {
    const filler = make(below);
    if (filler !== undefined) found.set(name, filler);
  }
  return found;
}

function missingOf({ properties, required }: JsonObject): readonly (readonly [string, Json])[] {
  if (!isJsonObject(properties) || !Array.isArray(required)) return [];
  return (required as readonly Json[]).flatMap((name): (readonly [string, Json])[] => {
    if (typeof name !== 'string' || !Object.hasOwn(properties, name)) return [];
    const property = properties[name];
    const value = isJsonObject(property) ? property['default'] : undefined;
    return value === undefined ? [] : [[name, value]];
  });
}

/** A schema leads back to itself at times: what fills is found out from below, until nothing changes. */
function settle(all: readonly Filler[]): void {
  let changed = true;
  while (changed) {
    changed = false;
    for (const one of all) {
      const below = [...one.members.values(), ...(one.items === undefined ? [] : [one.items])];
      const fills = one.missing.length > 0 || below.some((filler) => filler.fills);
      changed ||= fills !== one.fills;
      one.fills = fills;
    }
  }
}

/** The schema that is meant, behind references; those that lead round are none. */
function targetOf(
  document: SchemaDocument,
  given: Json | undefined,
  near: Resource,
): { readonly schema: JsonObject; readonly home: Resource } | undefined {
  let schema = given;
  let home = near;
  for (let step = 0; step < deepest; step += 1) {
    if (!isJsonObject(schema)) return undefined;
    home = document.homeOf(schema, home);
    const reference = schema['$ref'];
    // What stands beside a reference counts in 2020-12; a default there is read where it is a member.
    if (typeof reference !== 'string' || schema['properties'] !== undefined) {
      return { schema, home };
    }
    const target = document.resolve(reference, home);
    ({ schema } = target);
    home = target.resource;
  }
  return undefined;
}

function fillIn(filler: Filler, value: Json, room: Room, depth: number): Json {
  room.work -= 1;
  if (!filler.fills || depth > deepest || room.work < 0 || room.bytes < 0) return value;
  if (Array.isArray(value)) return fillList(filler, value as readonly Json[], room, depth);
  return isJsonObject(value) ? fillObject(filler, value, room, depth) : value;
}

function fillList(
  { items }: Filler,
  value: readonly Json[],
  room: Room,
  depth: number,
): readonly Json[] {
  if (items === undefined || !items.fills) return value;
  const filled = value.map((one) => fillIn(items, one, room, depth + 1));
  return filled.every((one, at) => one === value[at]) ? value : filled;
}

function fillObject(filler: Filler, value: JsonObject, room: Room, depth: number): JsonObject {
  const added = filler.missing.filter(([name]) => !Object.hasOwn(value, name));
  for (const [name, given] of added) {
    room.bytes -= Buffer.byteLength(canonicalText(given)) + Buffer.byteLength(name) + perMember;
    if (room.bytes < 0) return value;
  }
  let changed = added.length > 0;
  const entries = [...Object.entries(value), ...added].map(([name, one]): [string, Json] => {
    const below = filler.members.get(name);
    const whole = below === undefined ? one : fillIn(below, one, room, depth + 1);
    changed ||= whole !== one;
    return [name, whole];
  });
  return changed ? Object.fromEntries(entries) : value;
}

/** Quotes, a colon and a comma. */
const perMember = 4;
