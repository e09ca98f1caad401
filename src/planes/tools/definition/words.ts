import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** `browser_runCode` → browser, run, code. Bounded, because a stranger wrote it. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, 256)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

export function textOf(definition: JsonObject, key: string): string {
  const text = definition[key];
  return typeof text === 'string' ? text : '';
}

/** One sentence or two say what it does; what comes later is read by those who look for tricks. */
const mostRead = 4_096;

export function descriptionOf(definition: JsonObject): string {
  return textOf(definition, 'description').slice(0, mostRead);
}

/** Arguments that take any text: no list of values, no pattern, no fixed value. */
export function freeTexts(definition: JsonObject): readonly string[] {
  return Object.entries(argumentsOf(definition)).flatMap(([name, schema]) =>
    isJsonObject(schema) && isFree(schema) ? [name] : [],
  );
}

export function argumentsOf(definition: JsonObject): JsonObject {
  const input = definition['inputSchema'];
  const properties = isJsonObject(input) ? input['properties'] : undefined;
  return isJsonObject(properties) ? properties : {};
}

/** INVARIANT: what is not plainly bounded counts as free; a schema may say the type in many ways. */
function isFree(schema: JsonObject): boolean {
  const { type } = schema;
  const isText = type === undefined || type === 'string' || Array.isArray(type);
  return isText && ['enum', 'const', 'pattern'].every((key) => schema[key] === undefined);
}

/** The words of a list that stand in both, in the order of the first. */
export function among(words: readonly string[], list: ReadonlySet<string>): readonly string[] {
  return words.filter((word) => list.has(word));
}

export function setOf(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
