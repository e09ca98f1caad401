import type { Json, JsonObject } from '#kernel/json/value.ts';

/** More parts than this that all speak of one value are not followed any further. */
const mostParts = 64;

const inPlaceLists = ['allOf', 'anyOf', 'oneOf'];
const inPlaceOnes = ['if', 'then', 'else'];
const inPlaceMaps = ['dependentSchemas', 'dependencies'];

/** One pinned JSON Schema, whose references lead nowhere but into itself. */
export interface SchemaText {
  readonly root: JsonObject;
  /** In draft-07 a `$ref` hides everything beside it. */
  readonly referenceHides: boolean;
  /** A part has an identifier of its own: what a reference means would depend on where it stands. */
  readonly hasInnerIds: boolean;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function schemaText(root: JsonObject): SchemaText {
  const dialect = root['$schema'];
  return {
    root,
    referenceHides: typeof dialect === 'string' && /\/draft-0[67]\//.test(dialect),
    hasInnerIds: hasInnerIds(root),
  };
}

/**
 * The schemas that a value must fit all at once: this one, what it refers to, and its `allOf`.
 * INVARIANT: each only narrows what the value can be, so that one which is left out (a reference
 * that leads nowhere, a circle, too many) makes what is known of the value weaker, never wrong.
 */
export function conjunctsOf(schema: JsonObject, text: SchemaText): readonly JsonObject[] {
  const found: JsonObject[] = [];
  const seen = new Set<JsonObject>();
  const open: Json[] = [schema];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    if (seen.size === mostParts) break;
    seen.add(next);
    const target = referenceOf(next, text);
    if (target !== undefined) open.push(target);
    if (text.referenceHides && next['$ref'] !== undefined) continue;
    found.push(next);
    open.push(...listOf(next['allOf']));
  }
  return found;
}

/** Names that any schema in place gives to members of the value, in a branch or behind a reference. */
export function memberNames(schema: JsonObject, text: SchemaText): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<JsonObject>();
  const open: Json[] = [schema];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isObject(next) || seen.has(next)) continue;
    seen.add(next);
    const target = referenceOf(next, text);
    if (target !== undefined) open.push(target);
    if (text.referenceHides && next['$ref'] !== undefined) continue;
    const { properties } = next;
    if (isObject(properties)) for (const name of Object.keys(properties)) names.add(name);
    for (const keyword of inPlaceLists) open.push(...listOf(next[keyword]));
    for (const keyword of inPlaceOnes) open.push(next[keyword] ?? null);
    for (const keyword of inPlaceMaps) {
      const map = next[keyword];
      if (isObject(map)) open.push(...Object.values<Json>(map));
    }
  }
  return names;
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function referenceOf(schema: JsonObject, text: SchemaText): Json | undefined {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || text.hasInnerIds) return undefined;
  if (reference === '#') return text.root;
  if (!reference.startsWith('#/')) return undefined;
  let at: Json | undefined = text.root;
  for (const part of decoded(reference.slice(2)).split('/')) {
    at = memberOf(at, part.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (at === undefined) return undefined;
  }
  return at;
}

function memberOf(value: Json | undefined, step: string): Json | undefined {
  if (Array.isArray(value))
    return /^\d{1,6}$/.test(step) ? (value[Number(step)] as Json) : undefined;
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function hasInnerIds(root: JsonObject): boolean {
  const open: Json[] = Object.values<Json>(root);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (isObject(next) && typeof next['$id'] === 'string') return true;
    open.push(...Object.values<Json>(next));
  }
  return false;
}
