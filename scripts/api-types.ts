import type { Json, JsonObject } from '../src/kernel/json/value.ts';

/**
 * Types of the API for clients, made of its document: for each operation what it takes and what it says. JSON
 * Schema as far as the document uses it; what is of no known form is `unknown`, never anything.
 */
export function apiTypes(document: JsonObject): string {
  const operations = Object.entries(document['paths'] as JsonObject).flatMap(([place, of]) =>
    Object.entries(of as JsonObject)
      .filter(([, operation]) => !isStream(operation as JsonObject))
      .map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${place}`,
        ...partsOf(operation as JsonObject),
      })),
  );
  const lines = operations.flatMap(({ key, summary, params, query, body, answer }) => [
    `  /** ${summary}. */`,
    `  '${key}': { params: ${params}; query: ${query}; body: ${body}; answer: ${answer} };`,
  ]);
  const problem = ((document['components'] as JsonObject)['schemas'] as JsonObject)['Problem'];
  return [
    '// Made by `node scripts/generate.ts` from docs/openapi.json; do not edit.',
    '',
    `export type Problem = ${typeOf(problem as JsonObject)};`,
    '',
    'export interface Operations {',
    ...lines,
    '}',
    '',
  ].join('\n');
}

function partsOf(operation: JsonObject) {
  const parameters = (operation['parameters'] ?? []) as JsonObject[];
  const inPlace = (place: string) => {
    const found = parameters.filter((one) => one['in'] === place);
    const properties = Object.fromEntries(found.map((one) => [one['name'], one['schema']]));
    const required = found.filter((one) => one['required'] === true).map((one) => one['name']);
    return typeOf({
      type: 'object',
      properties,
      required,
      additionalProperties: false,
    } as JsonObject);
  };
  const { requestBody, responses, summary } = operation;
  const body =
    requestBody === undefined ? 'undefined' : typeOf(contentOf(requestBody as JsonObject));
  const answer = typeOf(contentOf((responses as JsonObject)['200'] as JsonObject));
  return {
    summary: textOf(summary),
    params: inPlace('path'),
    query: inPlace('query'),
    body,
    answer,
  };
}

/** Told again and again: no client of single answers can ask it. */
function isStream({ responses }: JsonObject): boolean {
  const { content } = (responses as JsonObject)['200'] as JsonObject;
  return Object.hasOwn(content as JsonObject, 'text/event-stream');
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function contentOf({ content }: JsonObject): JsonObject {
  const [media] = Object.values(content as JsonObject);
  return (media as JsonObject)['schema'] as JsonObject;
}

function typeOf(schema: JsonObject): string {
  const { type, anyOf, oneOf, enum: values, const: only } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(' | ');
  const choice = anyOf ?? oneOf;
  if (Array.isArray(choice)) return choice.map((one) => typeOf(one as JsonObject)).join(' | ');
  if (Array.isArray(type)) {
    return type.map((one) => typeOf({ ...schema, type: one })).join(' | ');
  }
  switch (textOf(type)) {
    case 'string':
    case 'boolean':
    case 'null':
      return textOf(type);
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `(${typeOf((schema['items'] ?? {}) as JsonObject)})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: JsonObject): string {
  const needed = required as readonly string[];
  const members = Object.entries(properties as JsonObject).map(([name, of]) => {
    const key = /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);
    return `${key}${needed.includes(name) ? '' : '?'}: ${typeOf(of as JsonObject)}`;
  });
  if (additionalProperties !== undefined && typeof additionalProperties === 'object') {
    return `{ [name: string]: ${typeOf(additionalProperties as JsonObject)} }`;
  }
  if (members.length > 0) return `{ ${members.join('; ')} }`;
  return additionalProperties === false ? '{}' : '{ [name: string]: unknown }';
}
