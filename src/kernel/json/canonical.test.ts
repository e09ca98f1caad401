import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText, emptyObject, type Json, parseJson } from './index.ts';

function form(text: string): string {
  return canonicalText(parseJson(Buffer.from(text)));
}

describe('the canonical form', () => {
  it('is the example of RFC 8785', () => {
    const text = `{
      "numbers": [333333333.3333333, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
      "literals": [null, true, false]
    }`;
    expect(form(text)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as the example of RFC 8785 does', () => {
    const text =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}';
    const keys = Object.values(
      JSON.parse(form(text).replaceAll(/"([^"]*)":"([^"]*)"/g, '"$2":"$2"')) as object,
    );
    expect(keys).toEqual([
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('puts integer-like keys where their text belongs', () => {
    expect(form('{"b":1,"10":2,"9":3,"A":4,"1":5}')).toBe('{"1":5,"10":2,"9":3,"A":4,"b":1}');
  });

  it('sorts few keys and many keys alike', () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 }), { maxLength: 40 });
    fc.assert(
      fc.property(keys, (names) => {
        const usable = names.filter((name) => name !== '__proto__' && name.isWellFormed());
        const value = Object.fromEntries(usable.map((name) => [name, 0]));
        const sorted = [...usable].sort((a, b) => (a < b ? -1 : 1));
        expect(canonicalText(value)).toBe(
          `{${sorted.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`,
        );
      }),
    );
  });

  it('writes long texts of any script as their own quotation, wherever they begin', () => {
    const odd = fc.constantFrom(
      '"',
      '\\',
      '\u0000',
      '\u001f',
      '\n',
      '\u007f',
      '\u2028',
      'ü',
      '東',
      '🙂',
    );
    const text = fc
      .tuple(fc.nat(5), fc.integer({ min: 49, max: 140 }), fc.nat(140), fc.option(odd))
      .map(([before, length, place, found]) => {
        const plain = 'x'.repeat(length);
        const whole = found === null ? plain : plain.slice(0, place) + found + plain.slice(place);
        return ['y'.repeat(before), whole];
      });
    fc.assert(
      fc.property(text, (texts) => {
        expect(canonicalText(texts)).toBe(JSON.stringify(texts));
        expect(canonicalBytes(texts)).toEqual(Buffer.from(JSON.stringify(texts)));
      }),
      { numRuns: 1_000 },
    );
    for (let length = 49; length < 60; length += 1) {
      for (let place = 0; place <= length; place += 1) {
        const whole = `${'x'.repeat(place)}\u0001${'x'.repeat(length - place)}`;
        expect(canonicalText([whole])).toBe(JSON.stringify([whole]));
      }
    }
  });

  it('writes the same bytes as text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const given = value as Json;
        expect(canonicalBytes(given).toString('utf8')).toBe(canonicalText(given));
      }),
    );
  });

  it('reads back to itself', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((one) => one.isWellFormed());
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.constantFrom(null, true, false),
        fc.array(tie('value'), { maxLength: 6 }),
        fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          tie('value'),
          { maxKeys: 20 },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(value, (given) => {
        const once = canonicalBytes(given);
        expect(canonicalBytes(parseJson(once)).equals(once)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('writes strings of any length and script like JSON.stringify', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 }).filter((one) => one.isWellFormed());
    fc.assert(fc.property(text, (one) => canonicalText(one) === JSON.stringify(one)));
    const long = `${'x'.repeat(200_000)}"\n🙂`;
    expect(canonicalText([long, long])).toBe(JSON.stringify([long, long]));
    const huge = '\u0001'.repeat(400_000);
    expect(canonicalBytes(huge).toString()).toBe(JSON.stringify(huge));
  });

  it('hands out bytes that the next call does not touch', () => {
    const first = canonicalBytes({ a: 'first' });
    canonicalBytes({ b: 'second' });
    expect(first.toString()).toBe('{"a":"first"}');
  });
});

describe('what is not JSON', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const wrong: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a hole in an array', [1, , 2]], // oxlint-disable-line no-sparse-arrays
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a long text', `${'x'.repeat(100)}\udfff`],
    ['a lone surrogate in a key', { '\ud800': 1 }],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', Buffer.from('x')],
    ['a cycle', cycle],
    [
      'a getter that writes another value',
      {
        get a() {
          return canonicalText({});
        },
      },
    ],
  ];
  it.each(wrong)('throws at %s', (_, value) => {
    expect(() => canonicalText(value as Json)).toThrow(/not JSON/);
    expect(canonicalText({ ok: [emptyObject()] })).toBe('{"ok":[{}]}');
  });
});
