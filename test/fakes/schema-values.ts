import * as fc from 'fast-check';
import type { Json, JsonObject } from '#kernel/json/value.ts';

/** What hostile or careless clients send beside what a schema wants. */
const odd: readonly Json[] = [
  null,
  true,
  -1,
  1e308,
  '',
  '\u0000',
  '\u202Eevil\u2066',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "' OR 1=1 --",
  '9'.repeat(400),
  'x'.repeat(5_000),
  '2026-13-45T99:99:99Z',
  [],
  {},
];

/** Values that mostly fit a schema of the document, of words that mean something to whoever reads them. */
export function fitting(schema: JsonObject, words: readonly string[]): fc.Arbitrary<Json> {
  return fc.oneof(
    { arbitrary: exact(schema, words), weight: 12 },
    { arbitrary: fc.constantFrom(...odd), weight: 1 },
  );
}

function exact(schema: JsonObject, words: readonly string[]): fc.Arbitrary<Json> {
  const { type, anyOf, oneOf, enum: values, const: only } = schema;
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(values)) return fc.constantFrom(...values);
  const choices = (anyOf ??
    oneOf ??
    (Array.isArray(type) ? typed(schema, type) : [])) as JsonObject[];
  if (choices.length > 0) return fc.oneof(...choices.map((one) => exact(one, words)));
  switch (typeof type === 'string' ? type : '') {
    case 'string':
      return text(schema, words);
    case 'boolean':
      return fc.boolean();
    case 'number':
    case 'integer':
      return fc.integer({ min: 0, max: 1_000 });
    case 'array': {
      const items = fitting((schema['items'] ?? {}) as JsonObject, words);
      return fc.array(items, { maxLength: 3 });
    }
    case 'object':
      return object(schema, words);
    default:
      return fc.constantFrom(...odd);
  }
}

function typed(schema: JsonObject, types: readonly Json[]): JsonObject[] {
  return types.map((type) => ({ ...schema, type }));
}

function text({ pattern, format }: JsonObject, words: readonly string[]): fc.Arbitrary<Json> {
  const word = fc.constantFrom(...words);
  if (format === 'date') return fc.constantFrom('2026-11-27', '2027-02-30');
  if (typeof pattern !== 'string') return word;
  return fc.oneof(
    { arbitrary: word, weight: 2 },
    { arbitrary: fc.stringMatching(new RegExp(pattern)), weight: 1 },
  );
}

function object(schema: JsonObject, words: readonly string[]): fc.Arbitrary<Json> {
  const properties = Object.entries((schema['properties'] ?? {}) as JsonObject);
  const required = (schema['required'] ?? []) as readonly string[];
  const model = Object.fromEntries(
    properties.map(([name, of]) => [name, fitting(of as JsonObject, words)]),
  );
  return fc.record(model, { requiredKeys: [...required] });
}
