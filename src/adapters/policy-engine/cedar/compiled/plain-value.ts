import type { PlainLong, PlainValue } from './form.ts';
import type { Long } from './long.ts';
import { longOf } from './long.ts';
import {
  type CedarRecord,
  CedarSet,
  Datetime,
  Decimal,
  Duration,
  EntityUid,
  type Extension,
  IpRange,
  isRecord,
  type Value,
} from './values.ts';

export function plainOf(value: Value): PlainValue {
  if (typeof value === 'bigint') return { kind: 'long', digits: `${value}` };
  if (typeof value !== 'object') return value;
  if (value instanceof EntityUid) return { kind: 'entity', type: value.type, id: value.id };
  if (value instanceof CedarSet) return { kind: 'set', items: value.all.map(plainOf) };
  if (isRecord(value)) return plainRecord(value);
  return plainExtension(value);
}

function plainRecord(record: CedarRecord): PlainValue {
  const members = [...record].map(([name, value]) => [name, plainOf(value)] as const);
  return { kind: 'record', members };
}

function plainExtension(value: Extension): PlainValue {
  if (value instanceof Decimal) return { kind: 'decimal', long: plainLong(value.units) };
  if (value instanceof Datetime) return { kind: 'datetime', long: plainLong(value.milliseconds) };
  if (value instanceof Duration) return { kind: 'duration', long: plainLong(value.milliseconds) };
  const { version, address, prefix } = value;
  return { kind: 'ip', version, address: `${address}`, prefix };
}

function plainLong(long: Long): PlainLong {
  return typeof long === 'bigint' ? `${long}` : long;
}

/** The same value again. */
export function valueOfPlain(plain: PlainValue): Value {
  if (typeof plain !== 'object') return plain;
  switch (plain.kind) {
    case 'long':
      return longOfPlain(plain.digits);
    case 'entity':
      return new EntityUid(plain.type, plain.id);
    case 'set':
      return new CedarSet(plain.items.map(valueOfPlain));
    case 'record':
      return new Map(plain.members.map(([name, value]) => [name, valueOfPlain(value)]));
    case 'decimal':
      return new Decimal(longOfPlain(plain.long));
    case 'datetime':
      return new Datetime(longOfPlain(plain.long));
    case 'duration':
      return new Duration(longOfPlain(plain.long));
    case 'ip':
      return new IpRange(plain.version, BigInt(plain.address), plain.prefix);
  }
}

function longOfPlain(long: PlainLong): Long {
  const value = typeof long === 'string' ? longOf(BigInt(long)) : long;
  if (value === undefined) throw new RangeError('a plain long is beyond 64 bits');
  return value;
}
