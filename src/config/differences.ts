import type { Difference, RiskRules } from '#contracts/document-risk.ts';
import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';

type Lists = RiskRules['lists'];

/** Every place where two values differ, as deep as both have members there. */
export function differencesOf(
  before: JsonObject,
  after: JsonObject,
  lists: Lists,
): readonly Difference[] {
  const found: Difference[] = [];
  compare({ found, lists }, [], before, after);
  return found;
}

function compare(
  into: { readonly found: Difference[]; readonly lists: Lists },
  path: readonly string[],
  before: Json | undefined,
  after: Json | undefined,
): void {
  if (before === undefined && after === undefined) return;
  const [left, right] = [before, after].map((one) => membersOf(into.lists, path, one));
  if (left !== undefined && right !== undefined) {
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      compare(into, [...path, name], left.get(name), right.get(name));
    }
    return;
  }
  if (before !== undefined && after !== undefined && isSame(before, after)) return;
  into.found.push({ path, before, after });
}

function isSame(a: Json, b: Json): boolean {
  return canonicalText(a) === canonicalText(b);
}

/** By name; undefined where it has none that mean the same on both sides. */
function membersOf(
  lists: Lists,
  path: readonly string[],
  value: Json | undefined,
): ReadonlyMap<string, Json> | undefined {
  if (Array.isArray(value)) return itemsOf(listAt(lists, path), value as readonly Json[]);
  return isJsonObject(value) ? new Map(Object.entries(value)) : undefined;
}

function itemsOf(
  list: Lists[string] | undefined,
  items: readonly Json[],
): ReadonlyMap<string, Json> | undefined {
  if (list === undefined) return undefined;
  const named = new Map(items.map((item) => [nameOf(list, item), item] as const));
  // Two of one name: what stands there cannot be compared one by one.
  return named.size === items.length ? named : undefined;
}

function nameOf(list: Lists[string], item: Json): string {
  const named = list === 'set' ? item : isJsonObject(item) ? item[list.key] : undefined;
  return typeof named === 'string' ? named : canonicalText(named ?? item);
}

function listAt(lists: Lists, path: readonly string[]): Lists[string] | undefined {
  const found = Object.entries(lists).find(([at]) => matches(at, path));
  return found?.[1];
}

/** Whether a place is one of those that `tools.*.phase` names. */
export function matches(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split('.');
  return (
    parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at])
  );
}
