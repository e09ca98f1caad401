import { describe, expect, it } from 'vitest';
import type { Json } from '#kernel/json/value.ts';
import { rowsAt, rowsIn } from './rows.ts';

const list = (length: number, one: Json = { a: 1 }): Json => Array.from({ length }, () => one);
const lines = (count: number) => Array.from({ length: count }, (_, at) => `${at},ann`).join('\n');

describe('the rows of a value', () => {
  it.each<readonly [string, Json, number]>([
    ['a list', { to: 'x', rows: list(40) }, 40],
    ['a list within', { a: { b: { c: list(40) } } }, 40],
    ['lists of lists', { parts: list(10, { rows: list(40) }) }, 400],
    ['several lists', { a: list(40), b: list(40), c: list(3) }, 83],
    ['lines of a text', { body: lines(40) }, 40],
    ['lines in items', { parts: list(10, lines(40)) }, 400],
    ['JSON in a text', { body: JSON.stringify(list(40)) }, 40],
    ['broken JSON in a text', { body: '[{' }, 0],
    ['no list at all', { to: 'x', body: 'hello' }, 0],
  ])('are counted in %s [APR-11]', (_, value, rows) => {
    expect(rowsIn(value)).toBe(rows);
  });

  it('are counted in an object whose members are its items [APR-11]', () => {
    const named = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`p${at}`, { a: 1 }]));
    expect(rowsIn({ people: named })).toBe(40);
    expect(rowsIn({ a: { b: 1 }, c: { d: 1 } })).toBe(0);
  });

  it('are what the declared path holds or says, and anywhere where it leads to nothing [APR-11]', () => {
    const value = { limit: 70, page: { items: list(5) }, others: list(9) };
    expect(rowsIn(value, 'limit')).toBe(70);
    expect(rowsIn(value, 'page.items')).toBe(5);
    expect(rowsIn(value, 'gone.items')).toBe(14);
    expect(rowsAt(value, 'gone.items')).toBeUndefined();
    expect(rowsAt({ all: list(3, { rows: list(4) }) }, 'all[].rows')).toBe(12);
    for (const wrong of [-1, 1e300, true, null]) {
      const rows = rowsIn({ limit: wrong, others: list(9) }, 'limit');
      expect(rows, String(wrong)).toBe(wrong === 1e300 ? 2 ** 40 : 9);
    }
  });
});
