import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type CompiledSchema, compileSchema, type SchemaVerdict } from './index.ts';

type Unnamed = 'refuse' | 'as-declared';

function parsed(value: unknown): Json {
  return parseJson(Buffer.from(JSON.stringify(value)));
}

function compiled(schema: unknown, unnamed: Unnamed = 'as-declared'): CompiledSchema {
  const result = compileSchema(parsed(schema), { unnamed });
  if (result.kind === 'unsupported') throw new Error(result.reason);
  return result;
}

function reasonOf(schema: unknown): string {
  const result = compileSchema(parsed(schema), { unnamed: 'refuse' });
  return result.kind === 'unsupported' ? result.reason : 'supported';
}

function check(schema: unknown, value: unknown, unnamed: Unnamed = 'as-declared'): SchemaVerdict {
  return compiled(schema, unnamed).validate(parsed(value));
}

describe('arguments that a schema does not name', () => {
  const schema = { properties: { a: true }, patternProperties: { '^x-': true } };

  it('refuses them by name, whatever `additionalProperties` says [TOL-15]', () => {
    for (const additionalProperties of [undefined, true, {}, { type: 'number' }, false]) {
      const open = { ...schema, additionalProperties };
      expect(check(open, { a: 1, 'b/c': 2 }, 'refuse')).toEqual({
        kind: 'unnamed',
        path: '/b~1c',
        name: 'b/c',
      });
    }
  });

  it('lets named ones and patterns through', () => {
    expect(check(schema, { a: 1, 'x-b': 2 }, 'refuse')).toEqual({ kind: 'valid' });
  });

  it('refuses every argument of a tool that names none', () => {
    expect(check({ type: 'object' }, { a: 1 }, 'refuse').kind).toBe('unnamed');
    expect(check(true, { a: 1 }, 'refuse').kind).toBe('unnamed');
    expect(check({ type: 'object' }, {}, 'refuse').kind).toBe('valid');
  });

  it('does what the schema declares when the document opens the tool', () => {
    expect(check(schema, { b: 2 }).kind).toBe('valid');
    expect(check({ ...schema, additionalProperties: false }, { b: 2 }).kind).toBe('invalid');
  });

  it('finds names in branches and behind references', () => {
    const names = {
      $ref: '#/$defs/args',
      $defs: { args: { properties: { a: true } } },
      allOf: [{ properties: { b: true } }],
      anyOf: [{ oneOf: [{ properties: { c: true } }] }, true],
      if: { properties: { d: true } },
      dependentSchemas: { a: { properties: { e: true } } },
    };
    expect(check(names, { a: 1, b: 1, c: 1, d: 1, e: 1 }, 'refuse').kind).toBe('valid');
    expect(check({ not: { properties: { f: true } } }, { f: 1 }, 'refuse').kind).toBe('unnamed');
  });

  it('leaves objects further down to the schema', () => {
    const nested = { properties: { a: { properties: { b: true } } } };
    expect(check(nested, { a: { z: 1 } }, 'refuse').kind).toBe('valid');
  });
});

describe('what is not compiled', () => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['a remote reference', { $ref: 'https://example.com/a.json' }, /not lead anywhere/],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }, /not lead anywhere/],
    ['a reference to nothing', { $ref: '#/$defs/a' }, /not lead anywhere/],
    ['a reference through a prototype', { $ref: '#/constructor' }, /not lead anywhere/],
    ['a broken fragment', { $ref: '#%zz' }, /not lead anywhere/],
    ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, /dialect/],
    ['a look-ahead', { pattern: '^(?!admin)' }, /look-around/],
    ['a look-behind', { pattern: '(?<=a)b' }, /look-around/],
    ['an inline flag', { pattern: '(?i)a' }, /flags/],
    ['a back-reference', { pattern: '(a)\\1' }, /escape/],
    ['an anchor that ECMAScript does not have', { pattern: '\\Aa\\z' }, /escape/],
    ['a quoted run', { pattern: '\\Q(\\E' }, /escape/],
    ['a broken pattern', { pattern: '(' }, /linear time/],
    ['a huge repetition', { pattern: '(a{1000}){1000}' }, /pattern/],
    ['a large automaton', { pattern: '\\w{990}\\w{990}' }, /too large/],
    ['a long pattern', { pattern: 'a'.repeat(2_000) }, /too long/],
    ['a pattern for names', { patternProperties: { '(?=a)': true } }, /look-around/],
    ['a wrong type', { type: 'text' }, /`type`/],
    ['a wrong bound', { properties: { a: { maxLength: '3' } } }, /`maxLength`/],
    ['a wrong map', { properties: [] }, /`properties`/],
    ['a wrong list', { anyOf: [] }, /`anyOf`/],
    ['a schema that is no schema', { properties: { a: 1 } }, /`schema`/],
    ['the same identifier twice', { $defs: { a: { $id: 'x' }, b: { $id: 'x' } } }, /same `\$id`/],
  ];
  it.each(cases)('refuses %s', (_, schema, reason) => {
    expect(reasonOf(schema)).toMatch(reason);
  });

  it('refuses more parts than its cap', () => {
    const parts = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`p${at}`, {}]));
    const result = compileSchema(parsed({ properties: parts }), {
      unnamed: 'refuse',
      maxNodes: 20,
    });
    expect(result).toMatchObject({ kind: 'unsupported' });
  });
});

describe('the caps of a schema', () => {
  it('lets a pattern be as long as its cap, and not longer', () => {
    const longest = 'a'.repeat(limits.patternBytes);
    expect(compileSchema(parsed({ pattern: longest }), { unnamed: 'refuse' }).kind).toBe(
      'compiled',
    );
    expect(reasonOf({ pattern: `${longest}a` })).toMatch(/too long/);
  });

  it('lets a schema have as many parts as its cap, and not more', () => {
    const withParts = (count: number) => ({
      properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, {}])),
    });
    // The schema itself is one part of it.
    const most = withParts(limits.schemaNodes - 1);
    expect(compileSchema(parsed(most), { unnamed: 'refuse' }).kind).toBe('compiled');
    const one = compileSchema(parsed(withParts(limits.schemaNodes)), { unnamed: 'refuse' });
    expect(one.kind).toBe('unsupported');
  });
});

describe('hostile schemas and values', () => {
  it('reads `^(a+)+$` in linear time [TOL-15]', () => {
    const schema = { properties: { text: { pattern: '^(a+)+$' } } };
    expect(check(schema, { text: `${'a'.repeat(100_000)}!` }).kind).toBe('invalid');
  });

  it('gives up where a large automaton would read a long text', () => {
    const schema = { pattern: '(a|b)*a(a|b){400}[cd]' };
    expect(check(schema, 'ab'.repeat(50_000)).kind).toBe('budget');
  });

  it('finds a twin among 8,000 objects in one pass, and stops when the budget is small', () => {
    const rows = Array.from({ length: 8_000 }, (_, at) => ({ id: at, name: 'row' }));
    const unique = compiled({ uniqueItems: true });
    expect(unique.validate(parsed(rows)).kind).toBe('valid');
    expect(unique.validate(parsed([...rows, { name: 'row', id: 4_000 }])).kind).toBe('invalid');
    expect(unique.validate(parsed(rows), 1_000).kind).toBe('budget');
  });

  it('never says valid once the budget is spent', () => {
    const schema = {
      anyOf: [{ not: { items: { type: 'number' } } }, { not: { items: { type: 'string' } } }],
    };
    const check = compiled(schema);
    const value = parsed(Array.from({ length: 100 }, (_, at) => at));
    const whole = check.validate(value).kind;
    for (let budget = 0; budget < 120; budget += 1) {
      expect(['budget', whole]).toContain(check.validate(value, budget).kind);
    }
    expect(check.validate(value, 3).kind).toBe('budget');
  });

  it('ends where a schema leads back to itself', () => {
    expect(check({ $ref: '#' }, 1).kind).toBe('budget');
    const pair = {
      $ref: '#/$defs/a',
      $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    };
    expect(check(pair, 1).kind).toBe('budget');
  });

  it('ends where alternatives multiply', () => {
    const twice = { anyOf: [{ items: { $ref: '#' } }, { items: { $ref: '#' } }], type: 'array' };
    const deep = JSON.parse(`${'['.repeat(60)}1${']'.repeat(60)}`) as unknown;
    expect(check(twice, deep).kind).toBe('budget');
  });

  it('ends where references nest deeper than the stack', () => {
    let schema: unknown = { $ref: '#' };
    for (let depth = 0; depth < 30; depth += 1) schema = { allOf: [schema] };
    expect(check(schema, 1).kind).toBe('budget');
  });

  it('makes every repeated look at a large object or list pay', () => {
    const names = Array.from({ length: 3_000 }, (_, at) => `name-${at}`);
    const large = Object.fromEntries(names.map((name) => [name, 1]));
    const often = (schema: unknown): unknown => ({ allOf: Array.from(names, () => schema) });
    const shared = { $defs: { all: { required: names } } };
    expect(check({ ...shared, allOf: [often({ $ref: '#/$defs/all' })] }, large).kind).toBe(
      'budget',
    );
    expect(check(often({ maxProperties: 5_000 }), large).kind).toBe('budget');
    const numbers = Array.from({ length: 30_000 }, () => 1e300);
    expect(check({ items: { multipleOf: 1e-300 } }, numbers).kind).toBe('budget');
  });

  it('follows recursive schemas into deep values', () => {
    const tree = { type: 'object', properties: { next: { $ref: '#' } }, required: ['id'] };
    let value: Record<string, unknown> = { id: 1 };
    for (let depth = 0; depth < 50; depth += 1) value = { id: 1, next: value };
    expect(check(tree, value).kind).toBe('valid');
  });

  it('does not take what every object inherits for a member', () => {
    const required = compiled({ required: ['constructor', 'toString'] });
    expect(required.validate({}).kind).toBe('invalid');
    expect(required.validate(parsed({})).kind).toBe('invalid');
    expect(compiled({ properties: { toString: { type: 'string' } } }).validate({}).kind).toBe(
      'valid',
    );
  });
});

describe('problems', () => {
  it('says where and why, and never repeats a value', () => {
    const schema = {
      properties: {
        amount: { type: 'number', maximum: 10 },
        rows: { items: { properties: { 'a/b': { enum: ['x'] } } } },
      },
      required: ['amount'],
    };
    expect(check(schema, { amount: 11, rows: [{}, { 'a/b': 'secret' }] })).toEqual({
      kind: 'invalid',
      problems: [
        { path: '/amount', message: 'is more than 10' },
        { path: '/rows/1/a~1b', message: 'is not one of the allowed values' },
      ],
    });
    expect(check(schema, {})).toEqual({
      kind: 'invalid',
      problems: [{ path: '', message: 'lacks `amount`' }],
    });
  });

  it('stops at ten', () => {
    const verdict = check(
      { items: { type: 'string' } },
      Array.from({ length: 50 }, () => 1),
    );
    expect(verdict.kind === 'invalid' ? verdict.problems.length : 0).toBe(10);
  });

  it('always has at least one', () => {
    expect(check({ not: {} }, 1)).toMatchObject({ problems: [{ path: '' }] });
    expect(check(parseJson(Buffer.from('{"if":true,"then":false}')), 1)).toMatchObject({
      problems: [{ path: '' }],
    });
  });
});

describe('patterns', () => {
  // What `u` refuses to spell, as it spells the same thing.
  const spelled = new Map([
    ['[[:alpha:]]', '[\\[:alpha:]\\]'],
    ['\\-', '-'],
    ['[\\w-.]', '[\\w\\-.]'],
  ]);
  const piece = fc.constantFrom(
    ...'a|b|.|\\s|\\S|\\d|\\D|\\w|\\W|[^a]|[\\s-]|[[:alpha:]]|\\-|[a^]|[\\w-.]|[a-z]'.split('|'),
    ...'\\u0041 \\x41 (a|b) (?:a\\.b) (?<n>a) \\cJ \\v [\\S] [\\b] \\t [\\S\\d] [\\D]'.split(' '),
    ...'a? .* b{1,2} ^ $ \\b \\B \\u{1F642} \\ud83d\\ude42 \\p{Lu} \\p{Letter} 🙂 \\/ [^\\S] (a*)+ .+?'.split(
      ' ',
    ),
  );
  const letter = fc.constantFrom(
    ...Array.from('abAz. \u00a0\n\r\u2028\v-:[]^1_\b\t🙂é/\ufeff\u0000\u1680p'),
  );

  it('mean what ECMAScript means', () => {
    const pieces = fc.uniqueArray(piece, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(pieces, fc.array(letter, { maxLength: 6 }), (parts, letters) => {
        const text = letters.join('');
        // The engine finds `\B` between the halves of a pair, where ECMAScript never looks.
        fc.pre(!(parts.includes('\\B') && letters.includes('🙂')));
        const native = new RegExp(parts.map((part) => spelled.get(part) ?? part).join(''), 'u');
        const expected = native.test(text) ? 'valid' : 'invalid';
        const verdict = check({ pattern: parts.join('') }, text).kind;
        expect(verdict, `${parts.join('')} on ${JSON.stringify(text)}`).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });
});
