import { describe, expect, it } from 'vitest';
import { membersAt, readCommentedJson } from './commented-json.ts';

const read = (text: string) => readCommentedJson(Buffer.from(text));

describe('JSON as editors keep it', () => {
  it('may have comments and trailing commas, which stay where they are', () => {
    const text = `\ufeff{
  // servers, "quoted"
  "a": { "url": "http://x/*y*/", "b": [1, 2,], }, /* , */
  "c": "// no comment, }",
}`;
    const { plain, value } = read(text);
    expect(value).toEqual({ a: { url: 'http://x/*y*/', b: [1, 2] }, c: '// no comment, }' });
    const spans = membersAt(plain, plain.indexOf('{'));
    expect([...spans.keys()]).toEqual(['a', 'c']);
    const { from = 0, to = 0 } = spans.get('c') ?? {};
    expect(plain.slice(from, to)).toBe('"// no comment, }"');
  });

  it('is nothing else: two of one name, or a half, is said so', () => {
    for (const text of ['{"a":1,"a":2}', '{"a":', "{'a':1}", '']) {
      expect(() => read(text)).toThrow(/the file is no JSON/);
    }
  });
});
