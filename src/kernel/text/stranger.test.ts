import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { strangerText } from './stranger.ts';

describe('the text of a stranger', () => {
  it.each([
    ['ENOENT: no such file, open /srv/app/data.json', 'ENOENT: no such file, open [path]'],
    ['see https://example.com/docs/a for help', 'see https://example.com/docs/a for help'],
    ['C:\\Users\\me\\x.txt is missing', '[path] is missing'],
    ['Error: no\n    at f (/a/b.js:1:2)\n    at g', 'Error: no'],
    ['bad\nTraceback (most recent call last)\n  File "/a/b"', 'bad'],
    ['at=/srv/x/y:3', 'at=[path]'],
  ])('%j is shown as %j', (text, shown) => {
    expect(strangerText(text)).toBe(shown);
  });

  it('is short and shows everything that hides', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const clean = strangerText(text);
        expect(clean.length).toBeLessThanOrEqual(500);
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
