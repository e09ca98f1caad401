import { differencesOf } from '#config/differences.ts';
import { emptyObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { whole } from '../output.ts';

/** Every field that differs, whole: `- path: before`, `+ path: after`. */
export function differenceLines(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly string[] {
  const all = differencesOf(before ?? emptyObject(), after ?? emptyObject(), {});
  return all.flatMap(({ path, before: was, after: is }) => [
    ...textLines('-', path, was),
    ...textLines('+', path, is),
  ]);
}

/** A text of several lines line by line, so that nothing hides at its end. */
function textLines(
  sign: string,
  path: readonly string[],
  value: Json | undefined,
): readonly string[] {
  if (value === undefined) return [];
  const at = `${sign} ${whole(path.join('.'))}:`;
  if (typeof value !== 'string' || !value.includes('\n')) return [`${at} ${whole(value)}`];
  return [at, ...value.split('\n').map((line) => `${sign}   ${whole(line)}`)];
}
