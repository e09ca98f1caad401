/**
 * Does the double name the same decimal as the text? `1.0` and `1e2` do; `9007199254740993`,
 * `1e400` and `1e-400` do not, and another reader could take them for other numbers.
 */
export function decimalSurvives(literal: string, value: number): boolean {
  return Number.isFinite(value) && normalDecimal(literal) === normalDecimal(String(value));
}

const zero = 48;

/**
 * Sign, digits without leading and trailing zeros, and the power of ten of the last digit.
 * Linear: the trimming is by index, not by pattern.
 */
function normalDecimal(literal: string): string {
  const negative = literal.startsWith('-');
  const mark = literal.search(/[eE]/);
  const mantissa = literal.slice(negative ? 1 : 0, mark === -1 ? literal.length : mark);
  const exponent = mark === -1 ? 0 : Number(literal.slice(mark + 1));
  const point = mantissa.indexOf('.');
  const digits = point === -1 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  let from = 0;
  while (digits.charCodeAt(from) === zero) from += 1;
  if (from === digits.length) return '0';
  let to = digits.length;
  while (digits.charCodeAt(to - 1) === zero) to -= 1;
  const fraction = point === -1 ? 0 : mantissa.length - point - 1;
  const power = exponent - fraction + (digits.length - to);
  return `${negative ? '-' : ''}${digits.slice(from, to)}e${power}`;
}
