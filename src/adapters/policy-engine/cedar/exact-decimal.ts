import { Decimal, parseDecimal } from './compiled/index.ts';

const written = /^-?\d{1,15}(?:\.\d{1,4})?$/;

/** Below, a number times ten thousand is the integer that its text says, or its text is longer. */
const mostUnits = 1e15;

/** As Cedar writes it; undefined for what it cannot write exactly, or not at all. */
export function decimalText(value: number): string | undefined {
  const text = String(value);
  if (!written.test(text)) return undefined;
  const decimal = text.includes('.') ? text : `${text}.0`;
  return parseDecimal(decimal) === undefined ? undefined : decimal;
}

/**
 * The same number, without its text where that is sure: fifteen digits name one double and no other,
 * so what is the nearest double to ten-thousandths is written as these.
 */
export function exactDecimal(value: number): Decimal | undefined {
  const units = Math.round(value * 10_000);
  if (units < mostUnits && units > -mostUnits && units / 10_000 === value) {
    return new Decimal(units === 0 ? 0 : units);
  }
  const text = decimalText(value);
  return text === undefined ? undefined : parseDecimal(text);
}
