import { parseDecimal } from './decimal.ts';
import { isInRange, isLoopback, isMulticast, parseIp } from './ip.ts';
import { quotient } from './long.ts';
import * as time from './time.ts';
import {
  Datetime,
  Decimal,
  Duration,
  type Extension,
  Failure,
  IpRange,
  type Result,
  typeOf,
  type Value,
} from './values.ts';

/** One function of Cedar's extensions. */
export interface Call {
  readonly takes: 1 | 2;
  /** The second counts only where it takes two. */
  run(first: Value, second: Value): Result;
}

/** `undefined` out of a step is `failure`: text of no such value, or an overflow. */
type Answer = Value | undefined;
type Kind<One extends Value> = new (...parts: never[]) => One;

function ofText(name: string, parse: (text: string) => Extension | undefined): Call {
  const unreadable = new Failure(`the text is no ${name}`);
  return {
    takes: 1,
    run: (text) => (typeof text === 'string' ? (parse(text) ?? unreadable) : mistyped(name, text)),
  };
}

function ofOne<One extends Value>(
  name: string,
  kind: Kind<One>,
  step: (value: One) => Answer,
): Call {
  const beyond = new Failure(`\`${name}\` overflows`);
  return {
    takes: 1,
    run: (value) => (value instanceof kind ? (step(value) ?? beyond) : mistyped(name, value)),
  };
}

function ofTwo<One extends Value, Other extends Value>(
  name: string,
  [kind, otherKind]: readonly [Kind<One>, Kind<Other>],
  step: (one: One, other: Other) => Answer,
): Call {
  const beyond = new Failure(`\`${name}\` overflows`);
  return {
    takes: 2,
    run(one, other) {
      if (!(one instanceof kind)) return mistyped(name, one);
      if (!(other instanceof otherKind)) return mistyped(name, other);
      return step(one, other) ?? beyond;
    },
  };
}

function mistyped(name: string, value: Value): Failure {
  return new Failure(`\`${name}\` takes no ${typeOf(value)}`);
}

function comparison(name: string, holds: (a: Decimal['units'], b: Decimal['units']) => boolean) {
  return ofTwo(name, [Decimal, Decimal], (a, b) => holds(a.units, b.units));
}

function asked(name: string, holds: (range: IpRange) => boolean): Call {
  return ofOne(name, IpRange, holds);
}

function counted(name: string, unit: number): Call {
  return ofOne(name, Duration, ({ milliseconds }) => quotient(milliseconds, unit));
}

/** By name. INVARIANT: what is not here is nothing that this evaluator knows, and the rule falls back. */
export const calls: ReadonlyMap<string, Call> = new Map([
  ['decimal', ofText('decimal', parseDecimal)],
  ['lessThan', comparison('lessThan', (a, b) => a < b)],
  ['lessThanOrEqual', comparison('lessThanOrEqual', (a, b) => a <= b)],
  ['greaterThan', comparison('greaterThan', (a, b) => a > b)],
  ['greaterThanOrEqual', comparison('greaterThanOrEqual', (a, b) => a >= b)],
  ['ip', ofText('ip', parseIp)],
  ['isIpv4', asked('isIpv4', ({ version }) => version === 4)],
  ['isIpv6', asked('isIpv6', ({ version }) => version === 6)],
  ['isLoopback', asked('isLoopback', isLoopback)],
  ['isMulticast', asked('isMulticast', isMulticast)],
  ['isInRange', ofTwo('isInRange', [IpRange, IpRange], isInRange)],
  ['datetime', ofText('datetime', time.parseDatetime)],
  ['duration', ofText('duration', time.parseDuration)],
  ['offset', ofTwo('offset', [Datetime, Duration], time.offset)],
  ['durationSince', ofTwo('durationSince', [Datetime, Datetime], time.durationSince)],
  ['toDate', ofOne('toDate', Datetime, time.toDate)],
  ['toTime', ofOne('toTime', Datetime, time.toTime)],
  ['toMilliseconds', counted('toMilliseconds', 1)],
  ['toSeconds', counted('toSeconds', time.units.second)],
  ['toMinutes', counted('toMinutes', time.units.minute)],
  ['toHours', counted('toHours', time.units.hour)],
  ['toDays', counted('toDays', time.units.day)],
]);
