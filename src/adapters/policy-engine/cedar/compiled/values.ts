import type { Long } from './long.ts';

/**
 * What rules compute with. Booleans, strings and longs are JavaScript's own; strings are well
 * formed, see `textValue`. A record is a `Map`, so that no name of a member means anything.
 */
export type Primitive = boolean | string | Long;
export type CedarRecord = ReadonlyMap<string, Value>;
export type Extension = Decimal | Datetime | Duration | IpRange;
export type Value = Primitive | CedarRecord | CedarSet | EntityUid | Extension;

/** A rule that meets one is an error. A value, not an exception: five hundred of them must be cheap. */
export class Failure {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export type Result = Value | Failure;

export class EntityUid {
  readonly type: string;
  readonly id: string;
  private made: string | undefined;

  constructor(type: string, id: string) {
    this.type = type;
    this.id = id;
    this.made = undefined;
  }

  /** No two entities share it: a type holds no quote. */
  get key(): string {
    this.made ??= `${this.type}"${this.id}`;
    return this.made;
  }

  is(other: EntityUid): boolean {
    return this === other || (this.id === other.id && this.type === other.type);
  }
}

/** Ten-thousandths. */
export class Decimal {
  readonly units: Long;

  constructor(units: Long) {
    this.units = units;
  }
}

/** Milliseconds since 1970. */
export class Datetime {
  readonly milliseconds: Long;

  constructor(milliseconds: Long) {
    this.milliseconds = milliseconds;
  }
}

export class Duration {
  readonly milliseconds: Long;

  constructor(milliseconds: Long) {
    this.milliseconds = milliseconds;
  }
}

/** An address with the length of its prefix; the bits below the prefix are kept, as Cedar keeps them. */
export class IpRange {
  readonly version: 4 | 6;
  readonly address: bigint;
  readonly prefix: number;

  constructor(version: 4 | 6, address: bigint, prefix: number) {
    this.version = version;
    this.address = address;
    this.prefix = prefix;
  }
}

/** Up to here looking through the items is cheaper than making an index of them. */
const searchable = 8;

interface Index {
  readonly primitives: ReadonlySet<Primitive>;
  /** By `keyOf`. */
  readonly others: ReadonlyMap<string, Value>;
}

/** Items in no order; one that stands twice counts once. */
export class CedarSet {
  private readonly items: readonly Value[];
  private index: Index | undefined;

  /** The items are taken, not copied. */
  constructor(items: readonly Value[]) {
    this.items = items;
    this.index = undefined;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** Each of them at least once. */
  get all(): readonly Value[] {
    return this.items;
  }

  get size(): number {
    const { primitives, others } = this.indexed();
    return primitives.size + others.size;
  }

  has(value: Value): boolean {
    if (this.index === undefined && this.items.length <= searchable) {
      if (typeof value !== 'object') return this.items.includes(value);
      return this.items.some((item) => isEqual(item, value));
    }
    const { primitives, others } = this.indexed();
    return typeof value === 'object' ? others.has(keyOf(value)) : primitives.has(value);
  }

  hasAll(other: CedarSet): boolean {
    for (const item of other.items) if (!this.has(item)) return false;
    return true;
  }

  hasAny(other: CedarSet): boolean {
    for (const item of other.items) if (this.has(item)) return true;
    return false;
  }

  private indexed(): Index {
    if (this.index !== undefined) return this.index;
    const primitives = new Set<Primitive>();
    const others = new Map<string, Value>();
    for (const item of this.items) {
      if (typeof item === 'object') others.set(keyOf(item), item);
      else primitives.add(item);
    }
    this.index = { primitives, others };
    return this.index;
  }
}

export function isRecord(value: Result): value is CedarRecord {
  return value instanceof Map;
}

/** Of two types it is false, never an error. */
export function isEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof EntityUid) return b instanceof EntityUid && a.is(b);
  if (isRecord(a)) return isRecord(b) && sameMembers(a, b);
  if (a instanceof CedarSet) return b instanceof CedarSet && a.size === b.size && a.hasAll(b);
  return isSameExtension(a, b);
}

function sameMembers(a: CedarRecord, b: CedarRecord): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined || !isEqual(value, other)) return false;
  }
  return true;
}

function isSameExtension(a: Extension, b: Value): boolean {
  if (a instanceof Decimal) return b instanceof Decimal && a.units === b.units;
  if (a instanceof Datetime) return b instanceof Datetime && a.milliseconds === b.milliseconds;
  if (a instanceof Duration) return b instanceof Duration && a.milliseconds === b.milliseconds;
  if (!(b instanceof IpRange)) return false;
  return a.version === b.version && a.address === b.address && a.prefix === b.prefix;
}

/**
 * Text that two values share exactly when they are equal. INVARIANT: every part says its length or
 * holds no separator, so that no two values are written alike.
 */
export function keyOf(value: Value): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value !== 'object') return typeof value === 'boolean' ? `b${value};` : `n${value};`;
  if (value instanceof EntityUid) return `e${value.type.length}:${value.type}${keyOf(value.id)}`;
  if (isRecord(value)) {
    const members = [...value].map(([name, member]) => `${keyOf(name)}${keyOf(member)}`);
    return `{${members.sort().join('')}}`;
  }
  if (value instanceof CedarSet) return `[${[...new Set(value.all.map(keyOf))].sort().join('')}]`;
  return keyOfExtension(value);
}

function keyOfExtension(value: Extension): string {
  if (value instanceof Decimal) return `d${value.units};`;
  if (value instanceof Datetime) return `t${value.milliseconds};`;
  if (value instanceof Duration) return `u${value.milliseconds};`;
  return `i${value.version};${value.address};${value.prefix};`;
}

/** What a person calls the type of a value, in Cedar's words. */
export function typeOf(value: Value): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'object') return 'long';
  if (value instanceof EntityUid) return 'entity';
  if (value instanceof CedarSet) return 'set';
  if (value instanceof Decimal) return 'decimal';
  if (value instanceof Datetime) return 'datetime';
  if (value instanceof Duration) return 'duration';
  return value instanceof IpRange ? 'ipaddr' : 'record';
}
