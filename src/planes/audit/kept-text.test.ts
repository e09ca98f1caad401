import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText, type Json } from '#kernel/json/index.ts';
import { keepText, keptText } from './kept-text.ts';
import { plainBytes } from './plain-bytes.ts';

describe('a text that is kept', () => {
  it('is the canonical one of a value that nobody can change any more', () => {
    const value = keepText({ b: [1, { deep: 'x' }], a: null });
    expect(keptText(value)).toBe('{"a":null,"b":[1,{"deep":"x"}]}');
    expect(() => Object.assign(value, { a: 1 })).toThrow(TypeError);
    expect(() => value.b.push(2)).toThrow(TypeError);
    expect(() => Object.assign(value.b[1] as object, { deep: 'y' })).toThrow(TypeError);
    expect(keptText(value)).toBe(canonicalText(value as Json));
  });

  it('is known of no other value, however alike', () => {
    keepText({ a: 1 });
    expect(keptText({ a: 1 })).toBeUndefined();
  });

  it('is refused of what is no JSON each time it is asked for, and not before', () => {
    const value = keepText({ a: undefined });
    expect(() => keptText(value)).toThrow();
    expect(() => keptText(value)).toThrow();
  });
});

describe('the bytes of a text of plain strings', () => {
  it('are its own, or none when a string wants an escape', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(text, (inside) => {
        fc.pre(!inside.includes('"'));
        const made = plainBytes(`["${inside}"]`);
        if (!inside.isWellFormed()) expect(made).toBeUndefined();
        else if (JSON.stringify(inside) !== `"${inside}"`) expect(made).toBeUndefined();
        else expect(made).toEqual(canonicalBytes([inside]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are none with a control character, wherever it stands in whatever text', () => {
    for (const around of ['', 'a', 'ab', 'abc', 'ü', '東', '🙂', '\u007f']) {
      for (let code = 0; code < 32; code += 1) {
        const control = String.fromCharCode(code);
        for (const text of [
          `${around}${control}`,
          `${control}${around}`,
          around + control + around,
        ]) {
          expect(plainBytes(`"${text}"`)).toBeUndefined();
        }
      }
      expect(plainBytes(`"${around}"`)).toEqual(Buffer.from(`"${around}"`));
    }
  });

  it('know nothing of the text before', () => {
    expect(plainBytes('"\n\n\n\n\n\n\n\n"')).toBeUndefined();
    expect(plainBytes('"a"')?.toString()).toBe('"a"');
    expect(plainBytes('')?.length).toBe(0);
  });

  it('are none of a text that is longer than any record', () => {
    expect(plainBytes('x'.repeat(65_535))?.length).toBe(65_535);
    expect(plainBytes('東'.repeat(65_535))?.length).toBe(3 * 65_535);
    expect(plainBytes('x'.repeat(65_536))).toBeUndefined();
  });
});
