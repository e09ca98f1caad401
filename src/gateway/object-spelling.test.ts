import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areAlike, objectNames } from './object-spelling.ts';

describe('spellings of a thing', () => {
  it.each([
    ['todo.txt', '/srv/notes/todo.txt'],
    ['todo.txt', '../notes/todo.txt'],
    ['todo.txt', 'file:///srv/notes/todo.txt'],
    ['notes/todo.txt', 'file://localhost/srv/notes/todo.txt'],
    ['notes/todo.txt', 'C:\\Notes\\todo.txt. '],
    ['todo.txt', 'link/../todo.txt'],
    ['todo.txt', 'TODO.TXT::$DATA'],
    ['todo.txt', 'todo.txt%00.png'],
    ['c:/a', '/a'],
    ['7', '07'],
    ['7', '+7'],
    ['7', '7.0'],
    ['7', '#7'],
    ['7', '７'],
    ['7', 'https://tracker.example/issues/7?tab=files#c1'],
    ['7', 'https://tracker.example/view?id=7'],
    ['7', 'acme/shop#7'],
    ['a b', 'a%20b'],
    ['a b', 'a%2520b'],
    ['a b', 'a+b'],
    ['a/b', 'a%2Fb'],
    ['café', 'caf%e9'],
    ['café', 'cafe\u0301'],
    ['{2F1ACC6C-3F06-4F5B-9D4D-3A2C7D4A1B0E}', '2f1acc6c3f064f5b9d4d3a2c7d4a1b0e'],
    ['todo.txt', 'to\u00ADdo\u200B.txt'],
    ['οδος', 'ΟΔΟΣ'],
    ['οδος', 'οδοσ'],
    ['straße', 'STRASSE'],
    ['straße', 'STRAẞE'],
    ['ﬁle', 'FILE'],
    ['İzmir', 'izmir'],
    ['"todo.txt"', '<todo.txt>'],
  ])('are one where a server could take them for one: %j and %j [SEM-18]', (one, other) => {
    expect(areAlike(one, other)).toBe(true);
    expect(areAlike(other, one)).toBe(true);
  });

  it.each([
    ['todo.txt', 'todo.md'],
    ['a/todo.txt', 'b/todo.txt'],
    ['/srv/a/todo.txt', 'b/todo.txt'],
    ['todo.txt', 'mytodo.txt'],
    ['.env', 'env'],
    ['7', '70'],
    ['7', '-7'],
    ['v1.0', 'v1.1'],
    ['user:1:plan', 'user:2:plan'],
    ['2026-11-28', '2026-11-29'],
  ])('are two where none could: %j and %j', (one, other) => {
    expect(areAlike(one, other)).toBe(false);
  });

  it('stay one however long a path is, or a name', () => {
    const deep = `/${'srv/'.repeat(200)}`;
    expect(areAlike('notes/todo.txt', `${deep}notes/todo.txt`)).toBe(true);
    expect(areAlike(`${deep}a/x.txt`, `${deep}b/x.txt`)).toBe(false);
    const long = 'x'.repeat(5_000);
    expect(areAlike(long, `${deep}${long}`)).toBe(true);
    expect(areAlike(long, `${long}y`)).toBe(false);
    for (const text of [deep, long, `${deep}${long}`, '('.repeat(100_000)]) {
      for (const name of objectNames(text)) {
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(256);
        expect(name.split('/').length).toBeLessThanOrEqual(32);
      }
    }
  });

  it.each(['', '.', '..', '/', ' ', '\u200B', './/..', '*', 'notes/*.txt', '""', '#', '%00'])(
    'are no name where they could mean any: %j [SEM-18]',
    (text) => {
      expect(objectNames(text)).toEqual([]);
    },
  );

  it('fold to what folds to itself, and to nothing that means all of a kind', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.constantFrom('a', 'Σ', 'ß', '/', '..', '%', '2', '0', '.', ' ', '#', '7', '*'), {
          maxLength: 12,
        })
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        for (const name of objectNames(one)) {
          expect(name).not.toMatch(/^\*|\0/);
          expect(areAlike(name, name)).toBe(true);
          expect(areAlike(name, one)).toBe(true);
        }
        for (const root of ['/srv/x/', 'file:///', '../', 'C:\\']) {
          if (objectNames(one).length > 0) expect(areAlike(one, root + one)).toBe(true);
        }
      }),
      { seed: 132, numRuns: 2_000 },
    );
  });
});
