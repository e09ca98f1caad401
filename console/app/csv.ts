/**
 * Rows for a spreadsheet. INVARIANT: what others wrote is no formula there: a cell that would be read as one begins
 * with an apostrophe, also where blanks or a sign in another width come first. A number is a number.
 */
export function csvOf(
  heads: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [heads, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(value: string | number | null): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const tame = plainNumber.test(text) || !formula.test(text) ? text : `'${text}`;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

const plainNumber = /^-?\d+(\.\d+)?$/;
/** As in the CSV of the command line: `src/cli/audit/csv.ts`. */
const formula = /^[\s\u0000-\u0020\u00a0\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]/;
