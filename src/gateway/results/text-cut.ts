import type { Measure } from './size.ts';

/** So much of a page is given away for an end between two lines. */
const lineShare = 0.75;

/**
 * Where as much of a text ends as fits into so many bytes of JSON: behind whole lines where it has
 * lines. `bytes` are enough for any one letter. Looks at no letter that is told later, but for those of the last line.
 */
export function endOfBeginning(
  text: string,
  from: number,
  { bytes, measure }: { readonly bytes: number; readonly measure: Measure },
): number {
  const end = measure.endOf(text, from, bytes);
  if (end === text.length) return end;
  const line = text.slice(from, end).lastIndexOf('\n') + 1;
  return line > (end - from) * lineShare ? from + line : end;
}
