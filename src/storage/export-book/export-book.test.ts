import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExportBook } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-book-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const last = 'ab'.repeat(32);
const letter = { key: 'x#1', type: 'a.b', id: '1', why: 'it answers 422', at: '2026' };

describe('what exporting remembers', () => {
  it('is there for whoever opens it next, each sink by itself', async () => {
    const book = openExportBook(join(root, 'export'));
    expect(await book.cursors('siem')).toEqual({});
    expect(await book.buried('siem')).toBe(0);
    await book.keep('siem', { 'x/y': { next: 7, last } });
    await book.keep('disk', { 'x/y': { next: 1, last } });
    expect(await book.bury('siem', [letter, { ...letter, key: 'x#2' }])).toBe(2);
    expect(await book.bury('siem', [{ ...letter, key: 'x#3' }])).toBe(1);
    const next = openExportBook(join(root, 'export'));
    expect(await next.cursors('siem')).toEqual({ 'x/y': { next: 7, last } });
    expect(await next.buried('siem')).toBe(3);
    expect(await next.buried('disk')).toBe(0);
  });

  it('has a letter once, however often and by whomever it is buried', async () => {
    expect(await openExportBook(root).bury('siem', [letter, letter])).toBe(1);
    const book = openExportBook(root);
    expect(
      await book.bury('siem', [
        { ...letter, at: '2027' },
        { ...letter, key: 'x#2' },
      ]),
    ).toBe(1);
    expect(await book.bury('siem', [letter])).toBe(0);
    expect(await book.buried('siem')).toBe(2);
    // Of a letter that a stop cut nothing can be read: it is put whole.
    writeFileSync(join(root, 'siem.dead.jsonl'), '{"key":"x#1","ty');
    expect(await book.bury('siem', [letter])).toBe(1);
    expect(await book.bury('siem', [letter])).toBe(0);
  });

  it('is refused when it is half, of another sink, or of another form', async () => {
    const book = openExportBook(root);
    await book.keep('siem', { 'x/y': { next: 7, last } });
    for (const text of [
      '{"logs":{',
      `{"logs":{},"sink":"disk","version":1}`,
      `{"logs":{},"sink":"siem","version":2}`,
      `{"logs":{"x":{"last":"zz","next":1}},"sink":"siem","version":1}`,
      `{"logs":{"x":{"last":"${last}","next":-1}},"sink":"siem","version":1}`,
    ]) {
      writeFileSync(join(root, 'siem.json'), text);
      await expect(book.cursors('siem')).rejects.toMatchObject({
        code: 'audit/cursor-unreadable',
      });
    }
  });
});
