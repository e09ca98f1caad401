import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slowRead } from '../../../test/fuzz/slow-json.ts';
import type { ErrorCode } from '../error-codes.ts';
import { BailiwickError } from '../errors.ts';
import { limits } from '../limits.ts';
import { canonicalText, emptyObject, isJsonObject, type Json, parseJson } from './index.ts';

function read(text: string): Json {
  return parseJson(Buffer.from(text));
}

function codeOf(bytes: string | Uint8Array): ErrorCode | 'read' {
  try {
    parseJson(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    return 'read';
  } catch (error) {
    if (error instanceof BailiwickError) return error.code;
    throw error;
  }
}

function member(value: Json, key: string): Json | undefined {
  return isJsonObject(value) ? value[key] : undefined;
}

describe('what the parser refuses', () => {
  const refused: readonly (readonly [string, string | Uint8Array, ErrorCode])[] = [
    ['a key twice', '{"a":1,"b":2,"a":3}', 'json/duplicate-key'],
    ['a key twice, once escaped', '{"amount":1,"\\u0061mount":2}', 'json/duplicate-key'],
    ['an integer key twice', '{"1":1,"1":2}', 'json/duplicate-key'],
    ['a key twice whose first value is null', '{"a":null,"a":1}', 'json/duplicate-key'],
    ['`__proto__`', '{"__proto__":{"admin":true}}', 'json/forbidden-key'],
    ['`__proto__`, escaped', '{"\\u005f_proto__":1}', 'json/forbidden-key'],
    ['an integer that a double cannot hold', '9007199254740993', 'json/number-range'],
    ['a number that overflows', '1e400', 'json/number-range'],
    ['a number that underflows', '1e-400', 'json/number-range'],
    ['more digits than a double holds', '0.1234567890123456789', 'json/number-range'],
    ['a surrogate without its partner', '"\\ud800"', 'json/lone-surrogate'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"', 'json/lone-surrogate'],
    ['a lone surrogate in a key', '{"\\ud800":1}', 'json/lone-surrogate'],
    ['a raw surrogate', Buffer.from('22eda08022', 'hex'), 'json/invalid-utf8'],
    ['bytes that are not UTF-8', Buffer.from('22ff22', 'hex'), 'json/invalid-utf8'],
    ['an overlong encoding', Buffer.from('22c0af22', 'hex'), 'json/invalid-utf8'],
    ['a byte order mark', Buffer.from('efbbbf7b7d', 'hex'), 'json/invalid-utf8'],
    ['depth 65', '['.repeat(65) + ']'.repeat(65), 'json/too-deep'],
    ['depth 65 in objects', '{"a":'.repeat(65) + '1' + '}'.repeat(65), 'json/too-deep'],
    ['nothing', '', 'json/syntax'],
    ['two values', '1 2', 'json/syntax'],
    ['a leading zero', '01', 'json/syntax'],
    ['a bare minus', '-', 'json/syntax'],
    ['a bare point', '1.', 'json/syntax'],
    ['a bare exponent', '1e', 'json/syntax'],
    ['a plus', '+1', 'json/syntax'],
    ['a hexadecimal number', '0x10', 'json/syntax'],
    ['NaN', 'NaN', 'json/syntax'],
    ['a trailing comma', '[1,]', 'json/syntax'],
    ['a trailing comma in an object', '{"a":1,}', 'json/syntax'],
    ['a single quote', "{'a':1}", 'json/syntax'],
    ['a comment', '/**/1', 'json/syntax'],
    ['an unknown escape', '"\\x41"', 'json/syntax'],
    ['a broken escape', '"\\u00g1"', 'json/syntax'],
    ['a raw newline in a string', '"a\nb"', 'json/syntax'],
    ['an escaped raw newline', '"a\\\nb"', 'json/syntax'],
    ['a raw newline in a key', '{"a\nb":1}', 'json/syntax'],
    ['an open string', '"abc', 'json/syntax'],
    ['an open escape', '"abc\\', 'json/syntax'],
    ['an open object', '{"a":1', 'json/syntax'],
    ['white space that JSON does not know', '\u00a01', 'json/syntax'],
    ['a vertical tab', '\v1', 'json/syntax'],
    ['a cut word', 'tru', 'json/syntax'],
    ['a longer word', 'nullx', 'json/syntax'],
  ];
  it.each(refused)('refuses %s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('refuses a body over its cap, and reads one at its cap', () => {
    expect(() => parseJson(Buffer.from('[1]'), { maxBytes: 2 })).toThrow(/too large/);
    expect(parseJson(Buffer.from('[1]'), { maxBytes: 3 })).toEqual([1]);
  });

  it('has its usual caps in the table of limits: bytes with `json/too-large`, and depth', () => {
    const padded = (bytes: number) =>
      Buffer.concat([Buffer.from('1'), Buffer.alloc(bytes - 1, 0x20)]);
    expect(parseJson(padded(limits.jsonBytes))).toBe(1);
    expect(() => parseJson(padded(limits.jsonBytes + 1))).toThrow(
      expect.objectContaining({ code: 'json/too-large' }),
    );
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(nested(limits.jsonDepth))).toBe('read');
    expect(codeOf(nested(limits.jsonDepth + 1))).not.toBe('read');
  });

  it('refuses a depth over the one it was given', () => {
    expect(() => parseJson(Buffer.from('[[1]]'), { maxDepth: 1 })).toThrow(/nested/);
  });

  it('says where, and repeats nothing of the body', () => {
    try {
      read('{"secret-value":1,"secret-value":2}');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'json/duplicate-key', details: { position: 32 } });
      expect(JSON.stringify(error) + String(error)).not.toContain('secret-value');
    }
  });
});

describe('what the parser reads', () => {
  const accepted: readonly (readonly [string, string])[] = [
    ['1.0', '1'],
    ['1e2', '100'],
    ['100', '100'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['0e999999999999999999999', '0'],
    ['9007199254740992', '9007199254740992'],
    ['100000000000000000000000', '1e+23'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['0.1', '0.1'],
    ['-123456.789', '-123456.789'],
    ['1E+2', '100'],
    ['"\\ud83d\\ude42"', '"🙂"'],
    ['"\\u0041\\/\\b\\f\\n\\r\\t\\"\\\\"', '"A/\\b\\f\\n\\r\\t\\"\\\\"'],
    ['\t\r\n {"b" : [ ] , "a" : { } } ', '{"a":{},"b":[]}'],
    ['{"10":1,"9":2,"a":3,"-1":4}', '{"-1":4,"10":1,"9":2,"a":3}'],
    ['{"":1}', '{"":1}'],
    ['"\u007f\u2028"', '"\u007f\u2028"'],
  ];
  it.each(accepted)('reads %s', (text, canonical) => {
    expect(canonicalText(read(text))).toBe(canonical);
  });

  it('reads depth 64', () => {
    expect(codeOf('['.repeat(64) + ']'.repeat(64))).toBe('read');
  });

  it('gives objects that inherit nothing and cannot be polluted', () => {
    const value = read('{"a":1}');
    if (!isJsonObject(value)) throw new Error('no object');
    expect('toString' in value).toBe(false);
    expect(value['constructor']).toBeUndefined();
    expect(value['__proto__']).toBeUndefined();
    expect(Object.isFrozen(Object.getPrototypeOf(value))).toBe(true);
    expect(Object.getPrototypeOf(Object.getPrototypeOf(value))).toBeNull();
    expect('toString' in emptyObject()).toBe(false);
  });

  it('keeps keys that name what objects usually inherit', () => {
    const value = read('{"constructor":1,"toString":2,"hasOwnProperty":3}');
    expect(canonicalText(value)).toBe('{"constructor":1,"hasOwnProperty":3,"toString":2}');
  });

  it('reads a number of a million digits in linear time', () => {
    const long = `1.${'0'.repeat(500_000)}1${'0'.repeat(500_000)}`;
    expect(codeOf(long)).toBe('json/number-range');
    expect(read(`1.${'0'.repeat(1_000_000)}`)).toBe(1);
  });

  it('reads bytes that are a view into a larger buffer', () => {
    const whole = new Uint8Array(Buffer.from('xx[1,2]yy'));
    expect(parseJson(whole.subarray(2, 7))).toEqual([1, 2]);
  });

  it('reads the next body after a refused one', () => {
    expect(codeOf('{"a":[1,')).toBe('json/syntax');
    expect(read('{"a":[1]}')).toEqual(read('{"a":[1]}'));
    expect(member(read('{"a":5}'), 'a')).toBe(5);
  });
});

describe('keys of one caller and another', () => {
  const poison = JSON.stringify({ to: 'x', ['\\u0061']: 1 });
  const plain = '{"to":"a","\\u0061mount":50000}';

  it('reads an escaped key rightly after a key with a literal backslash was read', () => {
    for (let turn = 0; turn < 3; turn += 1) read(poison);
    expect(member(read(plain), 'amount')).toBe(50_000);
    expect(canonicalText(read(plain))).toBe('{"amount":50000,"to":"a"}');
  });

  it('reads a literal backslash rightly after an escaped key was read', () => {
    for (let turn = 0; turn < 3; turn += 1) read(plain);
    expect(member(read(poison), '\\u0061')).toBe(1);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(canonicalText(read(poison))).toBe('{"\\\\u0061":1,"to":"x"}');
      expect(canonicalText(read(plain))).toBe('{"amount":50000,"to":"a"}');
    }
  });

  it('stays right when JSON.parse has been misled in the same process', () => {
    JSON.parse(poison);
    JSON.parse(poison);
    expect(member(read(plain), 'amount')).toBe(50_000);
  });

  it('never mistakes one key for another, whatever was read before', () => {
    // Few letters, so that keys meet in the same slots and shapes.
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', '\\', 'u', '0', '\u00e9'),
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(key, { maxLength: 5 }), { maxLength: 20 }), (bodies) => {
        for (const keys of bodies) {
          const literal = keys.map((one, at) => `${JSON.stringify(one)}:${at}`).join(',');
          const value = read(`{${literal}}`);
          expect(Object.keys(value as object).sort()).toEqual([...keys].sort());
          for (const [at, one] of keys.entries()) expect(member(value, one)).toBe(at);
        }
      }),
      { numRuns: 300 },
    );
  });
});

const fragments = [
  '"a" "\\u0061" "a": "b":1 true null 1.5 [1, {"a": "1":2, \\u d83d \\ud83d\\ude42 "__proto__": 1e'.split(
    ' ',
  ),
  Array.from('{}[],:"\\ \n-.eE+019é🙂\u0000\ufeff'),
].flat();

describe('beside the slow reference', () => {
  function agrees(bytes: Uint8Array): void {
    const slow = slowRead(bytes);
    const code = codeOf(bytes);
    expect(code === 'read', `${Buffer.from(bytes).toString()} ${code}`).toBe(slow.kind === 'read');
    if (slow.kind === 'read') expect(canonicalText(parseJson(bytes))).toBe(slow.canonical);
  }

  it('reads what any serialiser writes, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        agrees(Buffer.from(JSON.stringify(value, null, indent)));
      }),
      { numRuns: 600 },
    );
  });

  it('agrees on any pile of fragments', () => {
    const fragment = fc.constantFrom(...fragments);
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 12 }), (parts) => {
        agrees(Buffer.from(parts.join('')));
        agrees(Buffer.from(`[${parts.join('')}]`));
        agrees(Buffer.from(`{"k":"${parts.join('')}"}`));
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees on any decimal', () => {
    const digits = fc.string({
      unit: fc.integer({ min: 0, max: 9 }).map(String),
      minLength: 1,
      maxLength: 22,
    });
    const exponent = fc.option(fc.integer({ min: -340, max: 320 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.boolean(),
        digits,
        fc.option(digits),
        exponent,
        (minus, whole, part, power) => {
          const point = part === null ? '' : `.${part}`;
          const tail = power === undefined ? '' : `e${power}`;
          agrees(Buffer.from(`${minus ? '-' : ''}${whole}${point}${tail}`));
          agrees(Buffer.from(`${BigInt(whole)}${point}${tail}`));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('agrees on any double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        agrees(Buffer.from(String(value)));
        expect(Object.is(read(String(value)), value === 0 ? 0 : value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
