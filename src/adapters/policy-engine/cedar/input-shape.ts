import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import {
  conjunctsOf,
  isObject,
  listOf,
  memberNames,
  type SchemaText,
  schemaText,
} from './conjuncts.ts';
import {
  type AttributeShape,
  type PrimitiveShape,
  type RecordShape,
  recordOf,
  type Shape,
} from './shape.ts';
import { anything, both, either, isPrimitive, nothing, onlyNull, type View } from './view.ts';

/** Keys that Cedar's JSON reader would take for something else than a plain attribute. */
const reservedKeys = new Set(['__entity', '__extn', '__expr', '__proto__']);

/** Alternatives inside alternatives; deeper ones are not followed, and what they say is mixed. */
const deepestAlternative = 16;

interface Place {
  readonly text: SchemaText;
  /** Records around this one. */
  readonly records: number;
  readonly alternatives: number;
  readonly budget: { left: number };
}

/**
 * The record of `context.input` for a target, out of the JSON Schema of its content. INVARIANT: every
 * argument that the schema names is an attribute, so that no rule is blind to one.
 */
export function inputShape(schema: JsonObject): RecordShape {
  const text = schemaText(schema);
  const place = { text, records: 0, alternatives: 0, budget: { left: limits.schemaNodes } };
  return recordAt(schema, conjunctsOf(schema, text), place);
}

function recordAt(schema: JsonObject, conjuncts: readonly JsonObject[], place: Place): RecordShape {
  const members = new Map<string, View>();
  const required = new Set<Json>();
  const below = { ...place, records: place.records + 1, alternatives: 0 };
  for (const { properties, required: names } of conjuncts) {
    for (const name of listOf(names)) required.add(name);
    if (!isObject(properties)) continue;
    for (const [name, member] of Object.entries(properties)) {
      members.set(name, both(members.get(name) ?? anything, viewOf(member, below)));
    }
  }
  // Named in a branch alone: it may be there, and what it is depends on the branch.
  for (const name of memberNames(schema, place.text)) {
    if (!members.has(name)) members.set(name, anything);
  }
  const attributes = [...members]
    .filter(([name]) => !reservedKeys.has(name))
    .map(([name, view]): [string, AttributeShape] => [
      name,
      { shape: shapeOf(view), required: required.has(name) && !view.nulls },
    ]);
  return recordOf(attributes);
}

function shapeOf({ values }: View): Shape {
  return typeof values === 'string' ? { kind: 'untyped' } : values;
}

function viewOf(schema: Json, place: Place): View {
  if (schema === false) return nothing;
  place.budget.left -= 1;
  if (!isObject(schema) || place.budget.left < 0) return anything;
  if (place.alternatives > deepestAlternative) return anything;
  const conjuncts = conjunctsOf(schema, place.text);
  // One record for all that speak of this value, whichever of them says that it is an object.
  const object = once(() => objectValues(schema, conjuncts, place));
  let view = anything;
  for (const conjunct of conjuncts) {
    view = both(
      view,
      typesOf(conjunct, (type) => viewOfType(type, conjunct, object, place)),
    );
    view = both(view, listedValues(conjunct));
    for (const keyword of ['anyOf', 'oneOf']) view = both(view, branches(conjunct[keyword], place));
  }
  return view;
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function branches(list: Json | undefined, place: Place): View {
  if (!Array.isArray(list)) return anything;
  const below = { ...place, alternatives: place.alternatives + 1 };
  return (list as readonly Json[]).map((branch) => viewOf(branch, below)).reduce(either, nothing);
}

function typesOf({ type }: JsonObject, one: (type: Json) => View): View {
  if (type === undefined) return anything;
  if (!Array.isArray(type)) return one(type);
  return (type as readonly Json[]).map(one).reduce(either, nothing);
}

function listedValues({ enum: list, const: only }: JsonObject): View {
  const view = Array.isArray(list)
    ? (list as readonly Json[]).map(viewOfValue).reduce(either, nothing)
    : anything;
  return only === undefined ? view : both(view, viewOfValue(only));
}

function viewOfValue(value: Json): View {
  if (value === null) return onlyNull;
  if (typeof value === 'string') return { nulls: false, values: { kind: 'string' } };
  if (typeof value === 'boolean') return { nulls: false, values: { kind: 'boolean' } };
  if (typeof value !== 'number') return { nulls: false, values: 'mixed' };
  return { nulls: false, values: { kind: Number.isInteger(value) ? 'long' : 'decimal' } };
}

function viewOfType(
  type: Json,
  conjunct: JsonObject,
  object: () => View['values'],
  place: Place,
): View {
  if (type === 'null') return onlyNull;
  const primitive = typeof type === 'string' ? primitives.get(type) : undefined;
  if (primitive !== undefined) return { nulls: false, values: { kind: primitive } };
  if (type === 'array') return { nulls: false, values: listValues(conjunct, place) };
  return type === 'object' ? { nulls: false, values: object() } : anything;
}

const primitives: ReadonlyMap<string, PrimitiveShape['kind']> = new Map([
  ['string', 'string'],
  ['boolean', 'boolean'],
  ['integer', 'long'],
  ['number', 'decimal'],
]);

function listValues({ items, prefixItems }: JsonObject, place: Place): View['values'] {
  if (!isObject(items) || prefixItems !== undefined) return 'mixed';
  const { values } = viewOf(items, { ...place, alternatives: place.alternatives + 1 });
  return typeof values !== 'string' && isPrimitive(values)
    ? { kind: 'set', element: values }
    : 'mixed';
}

function objectValues(
  schema: JsonObject,
  conjuncts: readonly JsonObject[],
  place: Place,
): View['values'] {
  const named = conjuncts.some(({ properties }) => isObject(properties));
  if (!named || conjuncts.some(isOpen) || place.records >= limits.policyDepth) return 'mixed';
  return recordAt(schema, conjuncts, place);
}

/** It invites members that it does not name: as a record it would hide them. */
function isOpen(schema: JsonObject): boolean {
  const { additionalProperties, unevaluatedProperties, patternProperties } = schema;
  return (
    [additionalProperties, unevaluatedProperties].some(
      (others) => others === true || isObject(others),
    ) || isObject(patternProperties)
  );
}
