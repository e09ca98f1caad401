import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** Every key of ours in a `_meta` begins so: what it says is said by the gateway. */
export const ownPrefix = 'dev.bailiwick/';

/**
 * The result without words that only the gateway may say. INVARIANT: whoever reads such a key in an
 * answer may believe it (a hold, a handle, a record), so no tool server can have written it, in the
 * `_meta` of the result or of anything inside. Keys of the protocol and of the server stay. The
 * same object comes back when there was nothing.
 */
export function withoutOwnKeys(result: JsonObject): JsonObject {
  const clean = cleanObject(result);
  if (!Object.hasOwn(clean, '_meta') || isJsonObject(clean['_meta'])) return clean;
  const { _meta: _, ...rest } = clean;
  return rest;
}

function cleanValue(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value)
    ? cleanArray(value as readonly Json[])
    : cleanObject(value as JsonObject);
}

function cleanArray(items: readonly Json[]): Json {
  const clean = items.map(cleanValue);
  return clean.every((item, at) => item === items[at]) ? items : clean;
}

function cleanObject(value: JsonObject): JsonObject {
  let changed = false;
  const entries = Object.keys(value).map((key): [string, Json] => {
    const before = value[key] as Json;
    const inside = cleanValue(before);
    const after = key === '_meta' && isJsonObject(inside) ? withoutOurs(inside) : inside;
    changed ||= after !== before;
    return [key, after];
  });
  return changed ? Object.fromEntries(entries) : value;
}

function withoutOurs(meta: JsonObject): JsonObject {
  const keys = Object.keys(meta);
  const theirs = keys.filter((key) => !key.toLowerCase().startsWith(ownPrefix));
  if (theirs.length === keys.length) return meta;
  return Object.fromEntries(theirs.map((key) => [key, meta[key] as Json]));
}
