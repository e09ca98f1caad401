/**
 * Cedar's Long: 64 bits with sign, and an overflow is an error. INVARIANT: a `number` where it is a
 * safe integer and a `bigint` everywhere else, so that equal longs are equal by `===` and `<`
 * compares them exactly.
 */
export type Long = number | bigint;

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

/** Undefined beyond 64 bits. */
export function longOf(value: bigint): Long | undefined {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return near;
  return value < least || value > greatest ? undefined : value;
}

// When a sum or product of two safe integers is itself safe, it was not rounded.

export function add(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return longOf(BigInt(a) + BigInt(b));
}

export function subtract(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return longOf(BigInt(a) - BigInt(b));
}

export function multiply(a: Long, b: Long): Long | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return longOf(BigInt(a) * BigInt(b));
}

/** How often `by` goes into it, towards zero. `by` is no zero. */
export function quotient(value: Long, by: number): Long {
  if (typeof value === 'number') return (value - (value % by)) / by;
  return longOf(value / BigInt(by)) ?? value;
}

/** What is left after `quotient`, with the sign of `value`. */
export function remainder(value: Long, by: number): number {
  return typeof value === 'number' ? value % by : Number(value % BigInt(by));
}

export function longOfDigits(digits: string): Long | undefined {
  // Fifteen digits are safe whatever they are; longer text is rare.
  return digits.length <= 15 ? Number(digits) : longOf(BigInt(digits));
}
