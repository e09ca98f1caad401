import type { TimedPage } from '#contracts/list-place.ts';
import { containing } from './contained.ts';
import type { SqlValue } from './database.ts';

type Asked = Pick<TimedPage, 'before' | 'oldestFirst' | 'q'>;

/** What stands behind a place in a list by `column` and id; takes two parameters from `at` on. */
export function olderSql(column: string, at: number, { oldestFirst = false }: Asked = {}): string {
  const behind = oldestFirst ? '>' : '<';
  return `(${column} ${behind} $${at} OR (${column} = $${at} AND id ${behind} $${at + 1}))`;
}

/** Without a place: everything. */
export function olderValues({ before, oldestFirst = false }: Asked): readonly [SqlValue, SqlValue] {
  const beginning = oldestFirst ? -1 : Number.MAX_SAFE_INTEGER;
  return [before?.at ?? beginning, before?.id ?? ''];
}

export function orderSql(column: string, { oldestFirst = false }: Asked): string {
  const order = oldestFirst ? 'ASC' : 'DESC';
  return `ORDER BY ${column} ${order}, id ${order}`;
}

/** The letters that are asked for stand in one of these; takes one parameter. */
export function lettersSql(columns: readonly string[], at: number): string {
  return `(${columns.map((one) => `lower(${one}) LIKE $${at} ESCAPE '!'`).join(' OR ')})`;
}

export function lettersValue({ q }: Asked): SqlValue {
  return containing(q?.toLowerCase());
}
