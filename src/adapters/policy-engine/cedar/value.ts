import { type Json, type JsonObject, isJsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type Reads, readsOf } from './reads.ts';
import type { PrimitiveShape, RecordShape, Shape } from './shape.ts';

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

/** Whoever is asked has values of its own; what may become one is judged here, once for all of them. */
export interface ValueMaker<Value> {
  /** For what has no type: that it is there. */
  readonly present: Value;
  /** Of a right type, for what only `has` is asked about. */
  readonly standIns: Readonly<Record<PrimitiveShape['kind'], Value>>;
  readonly emptySet: Value;
  text(value: string): Value;
  /** At most 53 bits. */
  long(value: number): Value;
  boolean(value: boolean): Value;
  /** Undefined for what is no decimal of at most four digits after the point. */
  decimal(value: number): Value | undefined;
  set(items: Value[]): Value;
  record(members: Map<string, Value>): Value;
}

/**
 * Arguments as the schema types them; null is absent. INVARIANT: a value reaches the engine only
 * with the type that the rules were validated against; otherwise `==` would be quietly false and
 * skip a forbid. Nothing that rules could read is left out: what has no place is an error. Of what
 * no rule reads only the type is judged, and of what rules only ask `has` about a value of its type
 * stands for it.
 */
export function cedarRecord<Value>(
  { shape, reads, work, make }: Wanted<Value> & { readonly shape: RecordShape },
  value: JsonObject,
  path: string,
): Value {
  if (reads !== undefined) refuseUnnamed(shape, value, path);
  const members = new Map<string, Value>();
  for (const [key, attribute] of shape.attributes) {
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    if (found === undefined || found === null) {
      if (!attribute.required) continue;
      throw new UnjudgeableValue(`argument \`${path}.${key}\` is missing or null`);
    }
    const at = `${path}.${key}`;
    const read = reads === undefined ? undefined : readsOf(reads, key);
    const given = cedarValue({ shape: attribute.shape, reads: read, work, make }, found, at);
    if (read === undefined) continue;
    spend(work, 1, at);
    members.set(key, given);
  }
  return make.record(members);
}

/** What the schema does not name, no rule can be about: it is not passed over. */
function refuseUnnamed(shape: RecordShape, value: JsonObject, path: string): void {
  for (const key of Object.keys(value)) {
    if (value[key] === null || shape.attributes.has(key)) continue;
    throw new UnjudgeableValue(`\`${path}\` has a member that rules cannot see`);
  }
}

export interface Wanted<Value> {
  readonly shape: Shape;
  /** Undefined: no rule reads it. */
  readonly reads: Reads | undefined;
  readonly work: Work;
  readonly make: ValueMaker<Value>;
}

function cedarValue<Value>(wanted: Wanted<Value>, value: Json, at: string): Value {
  const { shape, reads, work, make } = wanted;
  switch (shape.kind) {
    case 'untyped':
      return make.present;
    case 'record':
      if (!isJsonObject(value)) throw otherType(at, 'an object');
      return cedarRecord({ shape, reads, work, make }, value, at);
    case 'set':
      if (!Array.isArray(value)) throw otherType(at, 'a list');
      return setOf(shape.element, wanted, value as readonly Json[], at);
    case 'string':
    case 'long':
    case 'boolean':
    case 'decimal':
      judgeType[shape.kind](value, at);
      return reads === 'all' ? primitive(shape, wanted, value, at) : make.standIns[shape.kind];
  }
}

function setOf<Value>(
  element: PrimitiveShape,
  wanted: Wanted<Value>,
  value: readonly Json[],
  at: string,
): Value {
  for (const item of value) judgeType[element.kind](item, at);
  const { reads, work, make } = wanted;
  if (reads !== 'all') return make.emptySet;
  if (value.length > limits.policySetItems) {
    throw new TooMuchToJudge(`argument \`${at}\` has more items than rules can be asked about`);
  }
  spend(work, value.length, at);
  return make.set(value.map((item) => primitive(element, wanted, item, at)));
}

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
function primitive<Value>(
  { kind }: PrimitiveShape,
  { make, work }: Wanted<Value>,
  value: Json,
  at: string,
): Value {
  if (kind === 'string') {
    spendText(value as string, at, work);
    return make.text(value as string);
  }
  if (kind === 'boolean') return make.boolean(value as boolean);
  if (kind === 'long') return make.long(longValue(value as number, at));
  const decimal = make.decimal(value as number);
  if (decimal !== undefined) return decimal;
  throw otherType(at, 'a decimal with at most four digits after the point');
}

function spendText(value: string, at: string, work: Work): void {
  // Most texts are short, and no character takes more than three bytes.
  if (value.length * 3 < bytesPerStep) return;
  const bytes = Buffer.byteLength(value, 'utf8');
  if (bytes > limits.policyStringBytes) {
    throw new TooMuchToJudge(`argument \`${at}\` is longer than rules can be asked about`);
  }
  spend(work, Math.floor(bytes / bytesPerStep), at);
}

function longValue(value: number, at: string): number {
  if (!Number.isSafeInteger(value)) throw otherType(at, 'an integer of at most 53 bits');
  return value === 0 ? 0 : value;
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
