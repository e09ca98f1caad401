import { add, type Long, longOfDigits, multiply, subtract } from './long.ts';
import { Decimal } from './values.ts';

const pattern = /^(-?)(\d+)\.(\d{1,4})$/;

/** `1.5`, with a point always and one to four digits after it. Undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = parts;
  const units = unitsOf(sign, whole, Number(fraction.padEnd(4, '0')));
  return units === undefined ? undefined : new Decimal(units);
}

function unitsOf(sign: string, whole: string, fraction: number): Long | undefined {
  const number = longOfDigits(sign + whole);
  const units = number === undefined ? undefined : multiply(number, 10_000);
  if (units === undefined) return undefined;
  return sign === '' ? add(units, fraction) : subtract(units, fraction);
}
