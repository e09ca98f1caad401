import type { Json, JsonObject } from '#kernel/json/value.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Compiler } from './compiler.ts';
import { compilePattern } from './scalars.ts';
import { type Check, fail, pointer, spend } from './types.ts';

/** Keywords about objects. */
export function objectChecks(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  return [
    ...counts(schema),
    ...required(schema),
    ...properties(schema, at, compiler),
    ...propertyNames(schema, at, compiler),
    ...dependencies(schema, at, compiler),
  ];
}

function counts({ minProperties, maxProperties }: JsonObject): Check[] {
  if (typeof minProperties !== 'number' && typeof maxProperties !== 'number') return [];
  const least = typeof minProperties === 'number' ? minProperties : 0;
  const most = typeof maxProperties === 'number' ? maxProperties : Number.POSITIVE_INFINITY;
  return [
    (value, path, run) => {
      if (!isJsonObject(value)) return true;
      const count = Object.keys(value).length;
      spend(run, 1 + (count >> 4));
      if (count < least) return fail(run, path, `must have at least ${least} members`);
      return count <= most || fail(run, path, `must have at most ${most} members`);
    },
  ];
}

function required({ required: names }: JsonObject): Check[] {
  if (!Array.isArray(names) || names.length === 0) return [];
  const wanted = names as readonly string[];
  return [
    (value, path, run) => {
      if (!isJsonObject(value)) return true;
      spend(run, wanted.length);
      let ok = true;
      for (const name of wanted) {
        if (!Object.hasOwn(value, name)) ok = fail(run, pointer(path, name), 'is required');
      }
      return ok;
    },
  ];
}

interface Patterned {
  readonly matches: (name: string) => boolean;
  readonly check: Check;
}

/** `properties`, `patternProperties` and `additionalProperties` speak about each other. */
function properties(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  const { properties: named, patternProperties: patterned, additionalProperties: rest } = schema;
  if (named === undefined && patterned === undefined && rest === undefined) return [];
  const byName = new Map<string, Check>(
    isJsonObject(named)
      ? Object.keys(named).map((name) => [
          name,
          compiler.compile(named[name] as Json, `${at}/properties/${name}`),
        ])
      : [],
  );
  const byPattern: Patterned[] = isJsonObject(patterned)
    ? Object.keys(patterned).map((pattern) => ({
        matches: compilePattern(pattern),
        check: compiler.compile(patterned[pattern] as Json, `${at}/patternProperties/${pattern}`),
      }))
    : [];
  const other =
    rest === undefined ? undefined : compiler.compile(rest, `${at}/additionalProperties`);
  return [
    (value, path, run, seen) => {
      if (!isJsonObject(value)) return true;
      let ok = true;
      for (const name of Object.keys(value)) {
        spend(run);
        const item = value[name] as Json;
        const here = pointer(path, name);
        const own = byName.get(name);
        let known = own !== undefined;
        if (own !== undefined && !own(item, here, run, undefined)) ok = false;
        for (const { matches, check } of byPattern) {
          spend(run, 1 + (name.length >> 3));
          if (!matches(name)) continue;
          known = true;
          if (!check(item, here, run, undefined)) ok = false;
        }
        if (!known && other !== undefined) {
          known = true;
          if (!other(item, here, run, undefined)) ok = false;
        }
        if (known) seen?.names.add(name);
      }
      return ok;
    },
  ];
}

function propertyNames(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['propertyNames'] === undefined) return [];
  const check = compiler.compile(schema['propertyNames'], `${at}/propertyNames`);
  return [
    (value, path, run) => {
      if (!isJsonObject(value)) return true;
      return Object.keys(value).every((name) => check(name, pointer(path, name), run, undefined));
    },
  ];
}

function dependencies(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  const checks: Check[] = [];
  const add = (name: string, then: Check): void => {
    checks.push((value, path, run, seen) => {
      spend(run);
      return !isJsonObject(value) || !Object.hasOwn(value, name) || then(value, path, run, seen);
    });
  };
  // Draft 7 has both kinds under one keyword.
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
    const table = schema[keyword];
    if (!isJsonObject(table)) continue;
    for (const name of Object.keys(table)) {
      const then = table[name] as Json;
      if (Array.isArray(then)) for (const one of required({ required: then })) add(name, one);
      else add(name, compiler.compile(then, `${at}/${keyword}/${name}`));
    }
  }
  return checks;
}

/** After everything else: what nothing spoke for. */
export function unevaluatedProperties(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['unevaluatedProperties'] === undefined) return [];
  const check = compiler.compile(schema['unevaluatedProperties'], `${at}/unevaluatedProperties`);
  return [
    (value, path, run, seen) => {
      if (!isJsonObject(value) || seen === undefined || seen.allNames) return true;
      let ok = true;
      for (const name of Object.keys(value)) {
        spend(run);
        if (seen.names.has(name)) continue;
        if (!check(value[name] as Json, pointer(path, name), run, undefined)) ok = false;
      }
      seen.allNames = true;
      return ok;
    },
  ];
}
