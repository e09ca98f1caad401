import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** The schema of a field; a name in capitals is any name, `[]` stands for the items of a list. */
export function fieldOf(schema: JsonObject, path: readonly string[]): JsonObject | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return schema;
  for (const form of formsOf(schema)) {
    const inner = memberOf(form, first);
    const found = inner === undefined ? undefined : fieldOf(inner, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A schema itself, and each of those that it may be one of. */
export function formsOf(schema: JsonObject): readonly JsonObject[] {
  const among = [schema['anyOf'], schema['oneOf'], schema['allOf']].flatMap((of) =>
    Array.isArray(of) ? of.filter(isJsonObject) : [],
  );
  return [schema, ...among.flatMap(formsOf)];
}

function memberOf(schema: JsonObject, name: string): JsonObject | undefined {
  const { properties, additionalProperties, items } = schema;
  if (name === '[]') return isJsonObject(items) ? items : undefined;
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) {
    const member = properties[name];
    return isJsonObject(member) ? member : undefined;
  }
  if (isJsonObject(additionalProperties)) return additionalProperties;
  return isJsonObject(items) ? memberOf(items, name) : undefined;
}

export function pathOf(field: string): readonly string[] {
  return field
    .replaceAll('[]', '.[]')
    .split('.')
    .filter((part) => part !== '');
}
