import type { Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/nodejs';
import type { Json, JsonObject } from '#kernel/json/value.ts';

export type PrimitiveShape =
  | { readonly kind: 'string' }
  | { readonly kind: 'long' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'decimal' };

/** What policies may read of an argument. What has no shape is not visible to them. */
export type Shape =
  | PrimitiveShape
  | { readonly kind: 'set'; readonly element: PrimitiveShape }
  | RecordShape;

export interface RecordShape {
  readonly kind: 'record';
  readonly attributes: ReadonlyMap<string, AttributeShape>;
}

export interface AttributeShape {
  readonly shape: Shape;
  readonly required: boolean;
}

const deepestRecord = 8;

/** Keys that Cedar's JSON reader would take for something else than a plain attribute. */
const reservedKeys = new Set(['__entity', '__extn', '__expr', '__proto__']);

const emptyRecord: RecordShape = { kind: 'record', attributes: new Map() };

/** The record of `context.input` for a tool, out of its pinned JSON Schema. */
export function inputShape(definition: JsonObject): RecordShape {
  const schema = definition['inputSchema'];
  const shape = isObject(schema) ? recordShape(schema, 0) : undefined;
  return shape ?? emptyRecord;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function recordShape(schema: JsonObject, depth: number): RecordShape | undefined {
  const properties = schema['properties'];
  if (!isObject(properties) || depth > deepestRecord) return undefined;
  const required = schema['required'];
  const requiredKeys = new Set(Array.isArray(required) ? required : []);
  const attributes = new Map<string, AttributeShape>();
  for (const [key, property] of Object.entries(properties)) {
    if (reservedKeys.has(key) || !isObject(property)) continue;
    const typed = typeOf(property);
    const shape = typed === undefined ? undefined : shapeOf(typed.name, property, depth);
    if (typed === undefined || shape === undefined) continue;
    attributes.set(key, { shape, required: requiredKeys.has(key) && !typed.nullable });
  }
  return { kind: 'record', attributes };
}

/** One type, or one type and `null`. Any other union has no type in Cedar. */
function typeOf(schema: JsonObject): { name: string; nullable: boolean } | undefined {
  const type = schema['type'];
  if (typeof type === 'string') return { name: type, nullable: false };
  if (!Array.isArray(type)) return undefined;
  const names = type.filter((name) => name !== 'null');
  const [name] = names;
  if (names.length !== 1 || typeof name !== 'string') return undefined;
  return { name, nullable: names.length < type.length };
}

function shapeOf(type: string, schema: JsonObject, depth: number): Shape | undefined {
  if (type === 'object') return recordShape(schema, depth + 1);
  if (type !== 'array') return primitiveShape(type);
  const items = schema['items'];
  if (!isObject(items) || schema['prefixItems'] !== undefined) return undefined;
  const typed = typeOf(items);
  if (typed === undefined || typed.nullable) return undefined;
  const element = primitiveShape(typed.name);
  return element === undefined ? undefined : { kind: 'set', element };
}

function primitiveShape(type: string): PrimitiveShape | undefined {
  switch (type) {
    case 'string':
      return { kind: 'string' };
    case 'integer':
      return { kind: 'long' };
    case 'number':
      return { kind: 'decimal' };
    case 'boolean':
      return { kind: 'boolean' };
    default:
      return undefined;
  }
}

const cedarPrimitives: Readonly<Record<PrimitiveShape['kind'], Type<string>>> = {
  string: { type: 'String' },
  long: { type: 'Long' },
  boolean: { type: 'Boolean' },
  decimal: { type: 'Extension', name: 'decimal' },
};

export function cedarType(shape: Shape): Type<string> {
  if (shape.kind === 'set') return { type: 'Set', element: cedarType(shape.element) };
  if (shape.kind === 'record') return { type: 'Record', attributes: cedarAttributes(shape) };
  return cedarPrimitives[shape.kind];
}

function cedarAttributes(shape: RecordShape): Record<string, TypeOfAttribute<string>> {
  const attributes: Record<string, TypeOfAttribute<string>> = Object.create(null);
  for (const [key, attribute] of shape.attributes) {
    attributes[key] = { ...cedarType(attribute.shape), required: attribute.required };
  }
  return attributes;
}
