import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';
import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type Reads, readsOf } from './reads.ts';
import { type PrimitiveShape, type RecordShape, type Shape, untypedEntity } from './shape.ts';

/** An argument that policies cannot judge as it is. The message never carries the value. */
export class UnjudgeableValue extends Error {
  override readonly name: string = 'UnjudgeableValue';
}

/** Arguments that would take more of the engine than one call may. */
export class TooMuchToJudge extends UnjudgeableValue {
  override readonly name = 'TooMuchToJudge';
}

const bytesPerStep = 32;

/** What is left of the work that one call may give the engine; one step a member, item or 32 bytes. */
export interface Work {
  left: number;
}

export function workOfOneCall(): Work {
  return { left: limits.policyWork };
}

/**
 * Arguments as the schema types them; null is absent. INVARIANT: a value reaches the engine only
 * with the type that the rules were validated against; otherwise `==` would be quietly false and
 * skip a forbid. Nothing that rules could read is left out: what has no place is an error. Of what
 * no rule reads only the type is judged, and of what rules only ask `has` about a value of its type
 * stands for it.
 */
export function cedarRecord(
  { shape, reads, work }: Wanted & { readonly shape: RecordShape },
  value: JsonObject,
  path: string,
): Record<string, CedarValueJson> {
  if (reads !== undefined) refuseUnnamed(shape, value, path);
  const record: Record<string, CedarValueJson> = {};
  for (const [key, attribute] of shape.attributes) {
    const at = `${path}.${key}`;
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined || found === null) {
      if (attribute.required) throw new UnjudgeableValue(`argument \`${at}\` is missing or null`);
      continue;
    }
    const read = reads === undefined ? undefined : readsOf(reads, key);
    const given = cedarValue({ shape: attribute.shape, reads: read, work }, found, at);
    if (read === undefined) continue;
    spend(work, 1, at);
    record[key] = given;
  }
  return record;
}

/** What the schema does not name, no rule can be about: it is not passed over. */
function refuseUnnamed(shape: RecordShape, value: JsonObject, path: string): void {
  for (const key of Object.keys(value)) {
    if (value[key] === null || shape.attributes.has(key)) continue;
    throw new UnjudgeableValue(`\`${path}\` has a member that rules cannot see`);
  }
}

interface Wanted {
  readonly shape: Shape;
  /** Undefined: no rule reads it. */
  readonly reads: Reads | undefined;
  readonly work: Work;
}

const present: CedarValueJson = { __entity: { type: untypedEntity, id: 'present' } };

function cedarValue({ shape, reads, work }: Wanted, value: Json, at: string): CedarValueJson {
  switch (shape.kind) {
    case 'untyped':
      return present;
    case 'record':
      if (!isJsonObject(value)) throw otherType(at, 'an object');
      return cedarRecord({ shape, reads, work }, value, at);
    case 'set':
      if (!Array.isArray(value)) throw otherType(at, 'a list');
      return setOf(shape.element, reads, { value: value as readonly Json[], at, work });
    case 'string':
    case 'long':
    case 'boolean':
    case 'decimal':
      judgeType[shape.kind](value, at);
      return reads === 'all' ? primitive(shape, value, at, work) : standIns[shape.kind];
  }
}

function setOf(
  element: PrimitiveShape,
  reads: Reads | undefined,
  { value, at, work }: { value: readonly Json[]; at: string; work: Work },
): CedarValueJson[] {
  for (const item of value) judgeType[element.kind](item, at);
  if (reads !== 'all') return [];
  if (value.length > limits.policySetItems) {
    throw new TooMuchToJudge(`argument \`${at}\` has more items than rules can be asked about`);
  }
  spend(work, value.length, at);
  return value.map((item) => primitive(element, item, at, work));
}

/** Of a right type, for what only `has` is asked about. */
const standIns: Readonly<Record<PrimitiveShape['kind'], CedarValueJson>> = {
  string: '',
  long: 0,
  boolean: false,
  decimal: { __extn: { fn: 'decimal', arg: '0.0' } },
};

const judgeType: Readonly<Record<PrimitiveShape['kind'], (value: Json, at: string) => void>> = {
  string(value, at) {
    if (typeof value !== 'string') throw otherType(at, 'a string');
    // Half a surrogate pair would be judged as another character than the one that is sent.
    if (!value.isWellFormed()) throw otherType(at, 'well-formed text');
  },
  boolean(value, at) {
    if (typeof value !== 'boolean') throw otherType(at, 'a boolean');
  },
  long(value, at) {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw otherType(at, 'an integer');
  },
  decimal(value, at) {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw otherType(at, 'a number');
  },
};

/** Exactly, or not at all. Its type was judged before. */
function primitive({ kind }: PrimitiveShape, value: Json, at: string, work: Work): CedarValueJson {
  if (kind === 'string') return textValue(value as string, at, work);
  if (kind === 'long') return longValue(value as number, at);
  return kind === 'decimal' ? decimalValue(value as number, at) : (value as boolean);
}

function textValue(value: string, at: string, work: Work): string {
  const bytes = Buffer.byteLength(value, 'utf8');
  if (bytes > limits.policyStringBytes) {
    throw new TooMuchToJudge(`argument \`${at}\` is longer than rules can be asked about`);
  }
  spend(work, Math.floor(bytes / bytesPerStep), at);
  return value;
}

function longValue(value: number, at: string): number {
  if (!Number.isSafeInteger(value)) throw otherType(at, 'an integer of at most 53 bits');
  return value === 0 ? 0 : value;
}

function decimalValue(value: number, at: string): CedarValueJson {
  const text = String(value);
  if (!/^-?\d{1,15}(?:\.\d{1,4})?$/.test(text)) {
    throw otherType(at, 'a decimal with at most four digits after the point');
  }
  return { __extn: { fn: 'decimal', arg: text.includes('.') ? text : `${text}.0` } };
}

function spend(work: Work, steps: number, at: string): void {
  work.left -= steps;
  if (work.left < 0) {
    throw new TooMuchToJudge(
      `argument \`${at}\` and those before it are more than rules can be asked about`,
    );
  }
}

function otherType(at: string, wanted: string): UnjudgeableValue {
  return new UnjudgeableValue(`argument \`${at}\` is not ${wanted}`);
}
