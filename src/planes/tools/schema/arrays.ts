import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Compiler } from './compiler.ts';
import { cost } from './scalars.ts';
import { type Check, fail, pointer, spend } from './types.ts';

/** Keywords about arrays. */
export function arrayChecks(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  return [
    ...counts(schema),
    ...unique(schema),
    ...items(schema, at, compiler),
    ...contains(schema, at, compiler),
  ];
}

function asArray(value: Json): readonly Json[] | undefined {
  return Array.isArray(value) ? (value as readonly Json[]) : undefined;
}

function counts({ minItems, maxItems }: JsonObject): Check[] {
  if (typeof minItems !== 'number' && typeof maxItems !== 'number') return [];
  const least = typeof minItems === 'number' ? minItems : 0;
  const most = typeof maxItems === 'number' ? maxItems : Number.POSITIVE_INFINITY;
  return [
    (value, path, run) => {
      const array = asArray(value);
      if (array === undefined) return true;
      spend(run);
      if (array.length < least) return fail(run, path, `must have at least ${least} items`);
      return array.length <= most || fail(run, path, `must have at most ${most} items`);
    },
  ];
}

/** One canonical text an item and a set of them: linear, where comparing pairs would be quadratic. */
function unique({ uniqueItems }: JsonObject): Check[] {
  if (uniqueItems !== true) return [];
  return [
    (value, path, run) => {
      const array = asArray(value);
      if (array === undefined) return true;
      const texts = new Set<string>();
      for (const item of array) {
        spend(run, cost(item));
        const text = canonicalText(item);
        if (texts.has(text)) return fail(run, path, 'must not hold the same item twice');
        texts.add(text);
      }
      return true;
    },
  ];
}

function items(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  const legacy = compiler.draft === '07';
  const listed = legacy ? schema['items'] : schema['prefixItems'];
  const prefix = Array.isArray(listed)
    ? (listed as readonly Json[]).map((one, index) =>
        compiler.compile(one, `${at}/${legacy ? 'items' : 'prefixItems'}/${index}`),
      )
    : [];
  const after = restSchema(schema, legacy);
  const rest = after === undefined ? undefined : compiler.compile(after, `${at}/items`);
  if (prefix.length === 0 && rest === undefined) return [];
  return [
    (value, path, run, seen) => {
      const array = asArray(value);
      if (array === undefined) return true;
      let ok = true;
      for (const [index, item] of array.entries()) {
        spend(run);
        const check = prefix[index] ?? rest;
        if (check === undefined) break;
        if (!check(item, pointer(path, index), run, undefined)) ok = false;
      }
      if (seen !== undefined) {
        if (rest === undefined) seen.itemsUpTo = Math.max(seen.itemsUpTo, prefix.length);
        else seen.allItems = true;
      }
      return ok;
    },
  ];
}

function restSchema(schema: JsonObject, legacy: boolean): Json | undefined {
  if (!legacy) return schema['items'];
  return Array.isArray(schema['items']) ? schema['additionalItems'] : schema['items'];
}

function contains(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['contains'] === undefined) return [];
  const check = compiler.compile(schema['contains'], `${at}/contains`);
  const legacy = compiler.draft === '07';
  const { minContains, maxContains } = schema;
  const least = !legacy && typeof minContains === 'number' ? minContains : 1;
  const most = !legacy && typeof maxContains === 'number' ? maxContains : Number.POSITIVE_INFINITY;
  return [
    (value, path, run, seen) => {
      const array = asArray(value);
      if (array === undefined) return true;
      let count = 0;
      run.silent += 1;
      for (const [index, item] of array.entries()) {
        spend(run);
        if (!check(item, pointer(path, index), run, undefined)) continue;
        count += 1;
        if (!legacy) seen?.items.add(index);
      }
      run.silent -= 1;
      return (
        (count >= least && count <= most) || fail(run, path, 'does not hold the items it must')
      );
    },
  ];
}

export function unevaluatedItems(schema: JsonObject, at: string, compiler: Compiler): Check[] {
  if (schema['unevaluatedItems'] === undefined || compiler.draft === '07') return [];
  const check = compiler.compile(schema['unevaluatedItems'], `${at}/unevaluatedItems`);
  return [
    (value, path, run, seen) => {
      const array = asArray(value);
      if (array === undefined || seen === undefined || seen.allItems) return true;
      let ok = true;
      for (const [index, item] of array.entries()) {
        spend(run);
        if (index < seen.itemsUpTo || seen.items.has(index)) continue;
        if (!check(item, pointer(path, index), run, undefined)) ok = false;
      }
      seen.allItems = true;
      return ok;
    },
  ];
}
