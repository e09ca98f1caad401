import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, parseJson } from '../json/index.ts';
import { visibleJson, visibleText } from './index.ts';

/** Written apart from the renderer: by ranges, not by properties. */
const unseen: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

function moves(code: number): boolean {
  return unseen.some(([from, to]) => code >= from && code <= to);
}

const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
      fc.constantFrom('\u001b[31m', '\u202e', '\u{e0041}', '\ud800', '\u200d', '\r\n', '\t', 'a'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('the renderer of text from outside', () => {
  it.each([
    ['a terminal escape', '\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['the one-byte form of the escape', '\u009b31m', '\\u{9b}31m'],
    ['a bell, a backspace and a delete', '\u0007\b\u007f', '\\u{7}\\u{8}\\u{7f}'],
    ['a line that overwrites another', 'pay 9\rpay 1', 'pay 9\\u{d}pay 1'],
    ['bidi overrides and isolates', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['tag characters', 'ok\u{e0049}\u{e007f}', 'ok\\u{e0049}\\u{e007f}'],
    ['zero width characters', 'ad\u200bmin\u2060', 'ad\\u{200b}min\\u{2060}'],
    ['a lone surrogate', 'a\ud800b', 'a\\u{d800}b'],
    ['variation selectors', 'a\ufe0f\u{e0100}', 'a\\u{fe0f}\\u{e0100}'],
    ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['spaces that are not the space', 'a\u00a0b\u2003c', 'a\\u{a0}b\\u{2003}c'],
    ['private use', '\ue000', '\\u{e000}'],
  ])('shows %s', (_, text, visible) => {
    expect(visibleText(text)).toBe(visible);
  });

  it('leaves what a person can read as it is', () => {
    const text = 'Grüße, 東京, Ελλάδα, العربية, 🙂 {"a": "\\n"}';
    expect(visibleText(text)).toBe(text);
  });

  it('keeps line breaks and tabs only when asked', () => {
    expect(visibleText('a\n\tb')).toBe('a\\u{a}\\u{9}b');
    expect(visibleText('a\n\tb\r', { multiline: true })).toBe('a\n\tb\\u{d}');
  });

  it('cuts long text without parting a pair', () => {
    expect(visibleText('abcdef', { maxLength: 3 })).toBe('abc…');
    expect(visibleText('ab🙂', { maxLength: 3 })).toBe('ab…');
    expect(visibleText('ab🙂', { maxLength: 4 })).toBe('ab🙂');
  });

  it('never lets through what moves, hides or reorders', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), fc.nat(60), (text, multiline, maxLength) => {
        const shown = visibleText(text, { multiline, maxLength });
        const left = Array.from(shown).filter((one) => moves(one.codePointAt(0) ?? 0));
        expect(left.filter((one) => !(multiline && (one === '\n' || one === '\t')))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is finished after one pass', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = visibleText(text);
        expect(visibleText(once)).toBe(once);
      }),
    );
  });
});

describe('the renderer of JSON from outside', () => {
  it.each([
    ['bidi overrides', '\u202e', '\\u202e'],
    ['tag characters', '\u{e0041}', '\\udb40\\udc41'],
    ['the one-byte form of the escape', '\u009b', '\\u009b'],
    ['a delete', '\u007f', '\\u007f'],
    ['zero width characters', '\u200b', '\\u200b'],
    ['a line separator', '\u2028', '\\u2028'],
    ['spaces that are not the space', '\u00a0', '\\u00a0'],
  ])('shows %s as escapes', (_, text, visible) => {
    expect(visibleJson(canonicalText({ a: `x${text}y` }))).toBe(`{"a":"x${visible}y"}`);
  });

  it('leaves what a person can read as it is', () => {
    const text = canonicalText({ a: 'Grüße, 東京, 🙂 "quoted"\n' });
    expect(visibleJson(text)).toBe(text);
  });

  it('lets nothing through that moves, hides or reorders, and changes no value', () => {
    const whole = anyText.map((text) => text.replace(/[\ud800-\udfff]/gu, ''));
    fc.assert(
      fc.property(whole, whole, (key, value) => {
        const text = canonicalText({ [`k${key}`]: [value] });
        const shown = visibleJson(text);
        expect(Array.from(shown).filter((one) => moves(one.codePointAt(0) ?? 0))).toEqual([]);
        expect(canonicalText(parseJson(Buffer.from(shown)))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});
