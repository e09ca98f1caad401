import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Attribute, attributeNamed, type ResourceSchema } from './schema.ts';
import { scimProblem } from './scim-problem.ts';

/** A resource with what is kept of it, under the names that the schema gives. */
export type Plain = Record<string, Json>;

/** INVARIANT: what the schema does not know is a problem; a mistyped `active` must not let somebody stay. */
export function readResource(schema: ResourceSchema, given: JsonObject): Plain {
  const read: Plain = Object.create(null) as Plain;
  for (const [key, value] of Object.entries(given)) {
    const named = attributeNamed(schema, key);
    if (named.kind === 'unknown') throw unknownAttribute(key);
    if (named.kind === 'passed-over') continue;
    const attribute = schema.attributes[named.name];
    const taken = attribute && readValue(attribute, named.name, value);
    if (taken !== undefined) read[named.name] = taken;
  }
  return read;
}

/** Complete as a resource of its own: what must be there is. */
export function checkComplete({ attributes, type }: ResourceSchema, read: Plain): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute.kind === 'text' && attribute.isRequired && read[name] === undefined) {
      throw scimProblem('invalidValue', `a ${type} needs \`${name}\``);
    }
  }
}

/** Undefined: unassigned (RFC 7643 §2.5), which null and an empty list say. */
export function readValue(attribute: Attribute, name: string, given: Json): Json | undefined {
  if (given === null) return undefined;
  switch (attribute.kind) {
    case 'text':
    case 'boolean':
      return readPart(attribute.kind, name, given);
    case 'complex': {
      if (!isJsonObject(given)) throw scimProblem('invalidValue', `\`${name}\` is an object`);
      const parts = readParts(attribute, name, given);
      return Object.keys(parts).length === 0 ? undefined : parts;
    }
    case 'many': {
      // Connectors say one value where they mean a list of one.
      const list = Array.isArray(given) ? (given as readonly Json[]) : [given];
      const items = list.map((item) => readItem(attribute, name, item));
      return items.length === 0 ? undefined : distinct(items);
    }
  }
}

type Structured = Extract<Attribute, { kind: 'complex' | 'many' }>;

export function readItem(attribute: Structured, name: string, given: Json): JsonObject {
  if (!isJsonObject(given)) throw scimProblem('invalidValue', `\`${name}\` holds objects`);
  const item = readParts(attribute, name, given);
  if (item['value'] === undefined) {
    throw scimProblem('invalidValue', `\`${name}\` needs a \`value\` in each`);
  }
  return item;
}

/** Of two with the same value the later one counts. */
export function distinct(items: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(items.map((item) => [item['value'], item])).values()];
}

function readParts(attribute: Structured, name: string, given: JsonObject): JsonObject {
  const parts: Record<string, Json> = {};
  const inside = { attributes: attribute.parts, passedOver: attribute.passedOver };
  for (const [key, value] of Object.entries(given)) {
    const named = attributeNamed(inside, key);
    if (named.kind === 'unknown') throw unknownAttribute(`${name}.${key}`);
    if (named.kind === 'passed-over' || value === null) continue;
    const kind = attribute.parts[named.name];
    if (kind !== undefined) parts[named.name] = readPart(kind, `${name}.${key}`, value);
  }
  return parts;
}

export function readPart(kind: 'text' | 'boolean', name: string, given: Json): Json {
  if (kind === 'boolean') return readBoolean(name, given);
  if (typeof given !== 'string') throw scimProblem('invalidValue', `${shown(name)} is a text`);
  const text = given.trim();
  if (text === '' || Buffer.byteLength(text, 'utf8') > limits.directoryTextBytes) {
    throw scimProblem(
      'invalidValue',
      `${shown(name)} is a text of at most ${limits.directoryTextBytes} bytes, and not empty`,
    );
  }
  return text;
}

/** Entra writes `"False"`. INVARIANT: what is neither is a problem, never a yes. */
function readBoolean(name: string, given: Json): boolean {
  if (typeof given === 'boolean') return given;
  const text = typeof given === 'string' ? given.toLowerCase() : '';
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw scimProblem('invalidValue', `${shown(name)} is true or false`);
}

export function unknownAttribute(name: string): Error {
  return scimProblem('invalidPath', `there is no attribute ${shown(name)}`);
}

export function shown(name: string): string {
  return `\`${visibleText(name, { maxLength: 100 })}\``;
}
