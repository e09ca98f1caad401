import { calls } from './calls.ts';
import { type Long, longOf } from './long.ts';
import { type CedarRecord, CedarSet, EntityUid, Failure, type Value } from './values.ts';

/** A value that Cedar has not, or that cannot be told exactly. It never carries the value. */
export class NoCedarValue extends Error {
  override readonly name = 'NoCedarValue';
}

/** Deeper values are refused, as every step into one takes some of the stack. */
const deepestValue = 200;

const escapes = new Set(['__entity', '__extn', '__expr']);

/**
 * Cedar's JSON form of a value, with its escapes `__entity` and `__extn`. A whole number may be a
 * `bigint`; one that is no safe integer must be. Throws `NoCedarValue`.
 */
export function valueOf(json: unknown, depth = 0): Value {
  if (depth > deepestValue) throw new NoCedarValue('a value is nested too deep');
  if (typeof json === 'boolean') return json;
  if (typeof json === 'string') return textValue(json);
  if (typeof json === 'number' || typeof json === 'bigint') return longValue(json);
  if (Array.isArray(json)) return new CedarSet(json.map((item) => valueOf(item, depth + 1)));
  if (typeof json === 'object' && json !== null) {
    return escapedValue(json, depth) ?? recordOf(json, depth);
  }
  throw new NoCedarValue('Cedar has no such value');
}

/** INVARIANT: half a surrogate pair is in no value; Cedar has no such text to compare it with. */
export function textValue(text: string): string {
  if (!text.isWellFormed()) throw new NoCedarValue('text has half of a surrogate pair');
  return text;
}

export function longValue(value: number | bigint): Long {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new NoCedarValue('a number is not known exactly');
    return value;
  }
  const long = longOf(value);
  if (long === undefined) throw new NoCedarValue('a number is beyond 64 bits');
  return long;
}

/** Members by name; `depth` is that of the record itself. */
export function recordOf(json: object, depth = 0): CedarRecord {
  const members = new Map<string, Value>();
  for (const [name, value] of Object.entries(json) as [string, unknown][]) {
    members.set(textValue(name), valueOf(value, depth + 1));
  }
  return members;
}

/** `{type, id}`, within `__entity` or not. */
export function uidOf(json: unknown): EntityUid {
  const uid = plainUid(membersOf(json).get('__entity') ?? json);
  if (uid === undefined) throw new NoCedarValue('this is no name of an entity');
  return uid;
}

function plainUid(json: unknown): EntityUid | undefined {
  const members = membersOf(json);
  const type = members.get('type');
  const id = members.get('id');
  if (typeof type !== 'string' || typeof id !== 'string' || type.includes('"')) return undefined;
  return new EntityUid(textValue(type), textValue(id));
}

/** Only an object with one member can be an escape; Cedar takes any other for a record. */
function escapedValue(json: object, depth: number): Value | undefined {
  const members = membersOf(json);
  const [name] = members.keys();
  if (members.size !== 1 || name === undefined || !escapes.has(name)) return undefined;
  const inside = members.get(name);
  const value = name === '__entity' ? plainUid(inside) : calledValue(inside, depth);
  if (name === '__expr' || value === undefined) {
    throw new NoCedarValue(`\`${name}\` does not stand for a value here`);
  }
  return value;
}

/** `{fn, arg}` or `{fn, args}`. */
function calledValue(json: unknown, depth: number): Value | undefined {
  const members = membersOf(json);
  const name = members.get('fn');
  const call = typeof name === 'string' ? calls.get(name) : undefined;
  const given = members.has('arg') ? [members.get('arg')] : members.get('args');
  if (call === undefined || !Array.isArray(given) || given.length !== call.takes) return undefined;
  const [first = false, second = false] = given.map((one) => valueOf(one, depth + 1));
  const value = call.run(first, second);
  if (value instanceof Failure) throw new NoCedarValue(value.message);
  return value;
}

function membersOf(json: unknown): ReadonlyMap<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return new Map();
  return new Map<string, unknown>(Object.entries(json));
}
