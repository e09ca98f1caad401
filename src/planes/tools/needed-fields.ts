import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { FieldList } from '#kernel/tool.ts';

/** What is left of arguments, and by which paths the rest stood there: `items[].note`, each once. */
export interface Needed {
  readonly value: JsonObject;
  readonly surplus: readonly string[];
}

/** INVARIANT: nothing is kept that one of the lists does not name; a path names all that is below it. */
export function neededOf(given: JsonObject, lists: readonly FieldList[]): Needed {
  let value = given;
  const surplus = new Set<string>();
  for (const { paths } of lists) {
    const kept = keptOf(value, '', new Set(paths), surplus);
    value = isJsonObject(kept) ? kept : {};
  }
  return { value, surplus: [...surplus] };
}

/** Undefined: nothing below is named. */
function keptOf(
  value: Json,
  path: string,
  named: ReadonlySet<string>,
  surplus: Set<string>,
): Json | undefined {
  if (path !== '' && named.has(path)) return value;
  if (!leadsOn(path, named)) {
    surplus.add(path);
    return undefined;
  }
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((item) => {
      const kept = keptOf(item, `${path}[]`, named, surplus);
      return kept === undefined ? [] : [kept];
    });
  }
  if (!isJsonObject(value)) {
    surplus.add(path);
    return undefined;
  }
  const kept: Record<string, Json> = Object.create(null);
  let isSame = true;
  for (const [key, inner] of Object.entries(value)) {
    const member = memberOf(key);
    const one = keptOf(inner, path === '' ? member : `${path}.${member}`, named, surplus);
    if (one === undefined) isSame = false;
    else {
      kept[key] = one;
      isSame &&= one === inner;
    }
  }
  return isSame ? value : kept;
}

function leadsOn(path: string, named: ReadonlySet<string>): boolean {
  if (path === '') return true;
  for (const one of named) {
    if (one.startsWith(`${path}.`) || one.startsWith(`${path}[]`)) return true;
  }
  return false;
}

/** INVARIANT: a name that has in it what paths are made of is in no list: it goes the way of no other name. */
function memberOf(key: string): string {
  return /[.[\]"]/u.test(key) ? JSON.stringify(key) : key;
}
