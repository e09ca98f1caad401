import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';

/** The longest list of some structured content: what is told of it can be cut between two items. */
export interface Rows {
  readonly items: readonly Json[];
  /** The same content with these items alone. */
  with(items: readonly Json[]): JsonObject;
}

const deepest = 4;

export function rowsOf(structured: JsonObject): Rows | undefined {
  const path = longest(structured, []);
  if (path === undefined) return undefined;
  return { items: path.items, with: (items) => replaced(structured, path.keys, items) };
}

/** How many rows the longest list has; looks at lists alone, never into one. */
export function rowCount(structured: Json | undefined): number {
  return isJsonObject(structured) ? (longest(structured, [])?.items.length ?? 0) : 0;
}

interface Found {
  readonly keys: readonly string[];
  readonly items: readonly Json[];
}

function longest(value: JsonObject, keys: readonly string[]): Found | undefined {
  let found: Found | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const one = within(inner, [...keys, key]);
    if (one !== undefined && one.items.length > (found?.items.length ?? 0)) found = one;
  }
  return found;
}

function within(value: Json, keys: readonly string[]): Found | undefined {
  if (Array.isArray(value)) return { keys, items: value as readonly Json[] };
  return isJsonObject(value) && keys.length < deepest ? longest(value, keys) : undefined;
}

function replaced(
  value: JsonObject,
  [key = '', ...rest]: readonly string[],
  items: readonly Json[],
): JsonObject {
  const inner = value[key];
  const next = rest.length === 0 || !isJsonObject(inner) ? items : replaced(inner, rest, items);
  return { ...value, [key]: next };
}
