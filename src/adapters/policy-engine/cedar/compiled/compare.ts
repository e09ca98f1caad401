import type { Node } from './env.ts';
import { add, type Long, longOf, multiply, subtract } from './long.ts';
import { Datetime, Duration, Failure, isEqual, type Result, typeOf, type Value } from './values.ts';

export function equal(left: Node, right: Node, wanted: boolean): Node {
  return (env) => {
    const a = left(env);
    const b = right(env);
    if (typeof a !== 'object' && typeof b !== 'object') return (a === b) === wanted;
    if (a instanceof Failure) return a;
    return b instanceof Failure ? b : isEqual(a, b) === wanted;
  };
}

/** With what the rule names, as in nearly every rule. */
export function equalTo(left: Node, constant: Value, wanted: boolean): Node {
  if (typeof constant === 'object') return equal(left, () => constant, wanted);
  return (env) => {
    const found = left(env);
    if (found === constant) return wanted;
    return found instanceof Failure ? found : !wanted;
  };
}

export type Order = '<' | '<=' | '>' | '>=';

const holds: Readonly<Record<Order, (a: Long, b: Long) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** A closure for each operator, so that none has to look which one it is. */
const ordered: Readonly<Record<Order, (left: Node, right: Node) => Node>> = {
  '<': (left, right) => (env) => {
    const a = left(env);
    const b = right(env);
    return typeof a === 'number' && typeof b === 'number' ? a < b : compare('<', a, b);
  },
  '<=': (left, right) => (env) => {
    const a = left(env);
    const b = right(env);
    return typeof a === 'number' && typeof b === 'number' ? a <= b : compare('<=', a, b);
  },
  '>': (left, right) => (env) => {
    const a = left(env);
    const b = right(env);
    return typeof a === 'number' && typeof b === 'number' ? a > b : compare('>', a, b);
  },
  '>=': (left, right) => (env) => {
    const a = left(env);
    const b = right(env);
    return typeof a === 'number' && typeof b === 'number' ? a >= b : compare('>=', a, b);
  },
};

/** Against a number that the rule names, as in nearly every rule. */
const orderedTo: Readonly<Record<Order, (left: Node, number: number) => Node>> = {
  '<': (left, number) => (env) => {
    const found = left(env);
    return typeof found === 'number' ? found < number : compare('<', found, number);
  },
  '<=': (left, number) => (env) => {
    const found = left(env);
    return typeof found === 'number' ? found <= number : compare('<=', found, number);
  },
  '>': (left, number) => (env) => {
    const found = left(env);
    return typeof found === 'number' ? found > number : compare('>', found, number);
  },
  '>=': (left, number) => (env) => {
    const found = left(env);
    return typeof found === 'number' ? found >= number : compare('>=', found, number);
  },
};

export function orderTo(op: Order, left: Node, number: number): Node {
  return orderedTo[op](left, number);
}

export function order(op: Order, left: Node, right: Node): Node {
  return ordered[op](left, right);
}

/** Longs, datetimes and durations have an order, each among themselves; decimals have functions. */
function compare(op: Order, a: Result, b: Result): Result {
  if (a instanceof Failure) return a;
  if (b instanceof Failure) return b;
  if (isLong(a) && isLong(b)) return holds[op](a, b);
  const sameKind =
    (a instanceof Datetime && b instanceof Datetime) ||
    (a instanceof Duration && b instanceof Duration);
  if (sameKind) return holds[op](a.milliseconds, b.milliseconds);
  return new Failure(`\`${op}\` compares no ${typeOf(a)} with a ${typeOf(b)}`);
}

function isLong(value: Value): value is Long {
  return typeof value === 'number' || typeof value === 'bigint';
}

export type Arithmetic = '+' | '-' | '*';

const steps: Readonly<Record<Arithmetic, (a: Long, b: Long) => Long | undefined>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
};

export function arithmetic(op: Arithmetic, left: Node, right: Node): Node {
  const step = steps[op];
  const beyond = new Failure(`\`${op}\` overflows`);
  return (env) => {
    const a = left(env);
    const b = right(env);
    if (a instanceof Failure) return a;
    if (b instanceof Failure) return b;
    if (isLong(a) && isLong(b)) return step(a, b) ?? beyond;
    return new Failure(`\`${op}\` takes no ${typeOf(isLong(a) ? b : a)}`);
  };
}

export function negative(argument: Node): Node {
  const beyond = new Failure('`-` overflows');
  return (env) => {
    const found = argument(env);
    if (found instanceof Failure) return found;
    if (!isLong(found)) return new Failure(`\`-\` takes no ${typeOf(found)}`);
    return typeof found === 'number' ? -found : (longOf(-found) ?? beyond);
  };
}
