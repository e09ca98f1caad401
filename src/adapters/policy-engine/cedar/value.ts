import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import type { PrimitiveShape, RecordShape, Shape } from './shape.ts';

/** An argument that policies cannot judge as it is. The message never carries the value. */
export class UnjudgeableValue extends Error {
  override readonly name = 'UnjudgeableValue';
}

/**
 * Arguments as the schema types them. INVARIANT: a value reaches the engine only with the type
 * that the rules were validated against; otherwise `==` would be quietly false and skip a forbid.
 */
export function cedarRecord(
  shape: RecordShape,
  value: JsonObject,
  path: string,
): Record<string, CedarValueJson> {
  const record: Record<string, CedarValueJson> = {};
  for (const [key, attribute] of shape.attributes) {
    const at = `${path}.${key}`;
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined || found === null) {
      if (attribute.required) throw new UnjudgeableValue(`argument \`${at}\` is missing or null`);
      continue;
    }
    record[key] = cedarValue(attribute.shape, found, at);
  }
  return record;
}

function cedarValue(shape: Shape, value: Json, at: string): CedarValueJson {
  if (shape.kind === 'record') {
    if (!isJsonObject(value)) throw otherType(at, 'an object');
    return cedarRecord(shape, value, at);
  }
  if (shape.kind !== 'set') return primitiveValues[shape.kind](value, at);
  if (!Array.isArray(value)) throw otherType(at, 'a list');
  const element = primitiveValues[shape.element.kind];
  return value.map((item: Json) => element(item, at));
}

const primitiveValues: Readonly<
  Record<PrimitiveShape['kind'], (value: Json, at: string) => CedarValueJson>
> = { string: textValue, long: longValue, boolean: truthValue, decimal: decimalValue };

function truthValue(value: Json, at: string): boolean {
  if (typeof value !== 'boolean') throw otherType(at, 'a boolean');
  return value;
}

function textValue(value: Json, at: string): string {
  if (typeof value !== 'string') throw otherType(at, 'a string');
  // Half a surrogate pair would be judged as another character than the one that is sent.
  if (!value.isWellFormed()) throw otherType(at, 'well-formed text');
  return value;
}

function longValue(value: Json, at: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw otherType(at, 'an integer');
  if (!Number.isSafeInteger(value)) throw otherType(at, 'an integer of at most 53 bits');
  return value === 0 ? 0 : value;
}

function decimalValue(value: Json, at: string): CedarValueJson {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw otherType(at, 'a number');
  const text = String(value);
  if (!/^-?\d{1,15}(?:\.\d{1,4})?$/.test(text)) {
    throw otherType(at, 'a decimal with at most four digits after the point');
  }
  return { __extn: { fn: 'decimal', arg: text.includes('.') ? text : `${text}.0` } };
}

function otherType(at: string, wanted: string): UnjudgeableValue {
  return new UnjudgeableValue(`argument \`${at}\` is not ${wanted}`);
}
