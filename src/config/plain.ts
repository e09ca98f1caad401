import { newObject } from '#kernel/json/object.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { compareText } from './problem.ts';

/**
 * As it comes out of the socket: no prototypes, nothing undefined, so that the digest and every
 * look-up mean the same on both sides.
 */
export function plain(value: object): JsonObject {
  const object = newObject();
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (inner !== undefined) object[key] = copy(inner);
  }
  return object;
}

function copy(value: unknown): Json {
  if (Array.isArray(value)) return value.map(copy);
  return typeof value === 'object' && value !== null ? plain(value) : (value as Json);
}

/** By name, sorted, nothing inherited: `constructor` is no agent. */
export function table<Item, Value = Item>(
  items: readonly Item[],
  name: (item: Item) => string,
  value: (item: Item) => Value = (item) => item as unknown as Value,
): Readonly<Record<string, Value>> {
  const sorted = [...items].sort((a, b) => compareText(name(a), name(b)));
  const rows: Record<string, Value> = Object.create(null) as Record<string, Value>;
  for (const item of sorted) rows[name(item)] = value(item);
  return rows;
}
