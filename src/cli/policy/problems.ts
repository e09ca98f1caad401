import type { JsonObject } from '#kernel/json/value.ts';
import { cell, whole } from '../output.ts';

/** Each with its place: in the file that it came from where that is known. */
export function problemLines(
  problems: readonly JsonObject[],
  pathOf: (policy: string) => string | undefined,
): string {
  return problems
    .map(({ policy, line, column, message }) => {
      const name = typeof policy === 'string' ? policy : '';
      const place = pathOf(name) ?? (name === '' ? undefined : `policy ${cell(name)}`);
      if (place === undefined) return cell(message, 1_000);
      return `${whole(place)}:${cell(line)}:${cell(column)}: ${cell(message, 1_000)}`;
    })
    .join('\n');
}
