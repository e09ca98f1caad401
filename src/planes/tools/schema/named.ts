import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { SchemaCompiler } from './compile.ts';
import type { Resource, SchemaDocument } from './document.ts';
import type { Pattern } from './pattern.ts';
import type { Run } from './run.ts';

const inPlaceLists = ['allOf', 'anyOf', 'oneOf'];
const inPlaceOnes = ['if', 'then', 'else'];
const inPlaceMaps = ['dependentSchemas', 'dependencies'];
const references = ['$ref', '$dynamicRef'];

/** Names that a schema gives to members of the value itself, wherever it gives them. */
export interface NamedMembers {
  /** The first member that has no name in the schema. */
  firstUnnamed(value: JsonObject, run: Run): string | undefined;
  has(name: string, run: Run): boolean;
  /** Those that are written out; patterns may name more. */
  readonly list: readonly string[];
  /** It says nothing of its members at all. */
  readonly none: boolean;
}

export function namedMembers(
  document: SchemaDocument,
  compiler: SchemaCompiler,
  root: Resource,
): NamedMembers {
  const names = new Set<string>();
  const patterns: Pattern[] = [];
  const visited = new Set<Json>();
  const visit = (schema: Json | undefined, near: Resource): void => {
    if (!isJsonObject(schema) || visited.has(schema)) return;
    visited.add(schema);
    const home = document.homeOf(schema, near);
    for (const keyword of references) {
      const reference = schema[keyword];
      if (typeof reference !== 'string') continue;
      const target = document.resolve(reference, home);
      visit(target.schema, target.resource);
    }
    if (document.draft === 'draft-07' && schema['$ref'] !== undefined) return;
    for (const name of keysOf(schema['properties'])) names.add(name);
    for (const source of keysOf(schema['patternProperties']))
      patterns.push(compiler.pattern(source));
    for (const below of inPlace(schema)) visit(below, home);
  };
  visit(root.root, root);
  const has = (name: string, run: Run): boolean =>
    names.has(name) || patterns.some((pattern) => pattern(name, run));
  return {
    firstUnnamed: (value, run) => Object.keys(value).find((name) => !has(name, run)),
    has,
    list: [...names],
    none: names.size === 0 && patterns.length === 0,
  };
}

function keysOf(map: Json | undefined): readonly string[] {
  return isJsonObject(map) ? Object.keys(map) : [];
}

/** The schemas that apply to the same value as this one. */
function inPlace(schema: JsonObject): readonly Json[] {
  const lists = inPlaceLists.flatMap((keyword) => {
    const list = schema[keyword];
    return Array.isArray(list) ? (list as Json[]) : [];
  });
  const ones = inPlaceOnes.flatMap((keyword) => schema[keyword] ?? []) as Json[];
  const maps = inPlaceMaps.flatMap((keyword) => {
    const map = schema[keyword];
    return isJsonObject(map) ? Object.values(map) : [];
  });
  return [...lists, ...ones, ...maps];
}
