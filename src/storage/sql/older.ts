import type { ListPlace } from '#contracts/list-place.ts';
import type { SqlValue } from './database.ts';

/** What stands behind a place in a list by `column` and id, newest first; takes two parameters from `at` on. */
export function olderSql(column: string, at: number): string {
  return `(${column} < $${at} OR (${column} = $${at} AND id < $${at + 1}))`;
}

/** Without a place: everything. */
export function olderValues(before: ListPlace | undefined): readonly [SqlValue, SqlValue] {
  return [before?.at ?? Number.MAX_SAFE_INTEGER, before?.id ?? ''];
}
