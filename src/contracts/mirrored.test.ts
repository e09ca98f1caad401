import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  contradictedHeader,
  headerText,
  headerValue,
  type Mirrored,
  mirroredIn,
} from './mirrored.ts';

const schemaOf = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});
const text = { type: 'string', 'x-mcp-header': 'Region' };

describe('a schema that wants arguments repeated in headers', () => {
  it('is read where one path of property names leads [SYS-043]', () => {
    const depth = schemaOf({ n: { type: ['integer', 'null'], 'x-mcp-header': 'N' } });
    // A property may have that name, and a value may look like a schema.
    const odd = { 'x-mcp-header': { type: 'string' }, plain: { const: { 'x-mcp-header': 'C' } } };
    expect(mirroredIn(schemaOf({ region: text, depth, ...odd }))).toEqual([
      { header: 'mcp-param-region', path: ['region'] },
      { header: 'mcp-param-n', path: ['depth', 'n'] },
    ]);
    expect(mirroredIn({ type: 'object' })).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['no name', schemaOf({ a: { type: 'string', 'x-mcp-header': '' } })],
    ['a name with a blank', schemaOf({ a: { type: 'string', 'x-mcp-header': 'A B' } })],
    ['a name with a colon', schemaOf({ a: { type: 'string', 'x-mcp-header': 'A:B' } })],
    ['a name of other letters', schemaOf({ a: { type: 'string', 'x-mcp-header': 'Gröſse' } })],
    ['a name with an end of line', schemaOf({ a: { type: 'string', 'x-mcp-header': 'A\r\nB' } })],
    ['a name that is no text', schemaOf({ a: { type: 'string', 'x-mcp-header': 7 } })],
    ['an object', schemaOf({ a: { type: 'object', 'x-mcp-header': 'A' } })],
    ['a list', schemaOf({ a: { type: 'array', 'x-mcp-header': 'A' } })],
    ['nothing but null', schemaOf({ a: { type: 'null', 'x-mcp-header': 'A' } })],
    ['a number', schemaOf({ a: { type: 'number', 'x-mcp-header': 'A' } })],
    ['several types', schemaOf({ a: { type: ['string', 'integer'], 'x-mcp-header': 'A' } })],
    ['any type', schemaOf({ a: { 'x-mcp-header': 'A' } })],
    ['one name twice', schemaOf({ a: text, b: { ...text, 'x-mcp-header': 'REGION' } })],
    ['the whole', schemaOf({}, { 'x-mcp-header': 'A' })],
    ['items', schemaOf({ a: { type: 'array', items: text } })],
    ['a choice', schemaOf({ a: { anyOf: [text, { type: 'null' }] } })],
    ['a condition', schemaOf({}, { else: { properties: { a: text } } })],
    ['a definition', schemaOf({}, { $defs: { a: text } })],
  ])('is refused whole where who reads headers could find another value: %s', (_, schema) => {
    expect(mirroredIn(schema)).toBeUndefined();
  });
});

describe('a value in a header', () => {
  it('is read as it was written, whatever it holds [SYS-043]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const written = headerText(value);
        expect(written).toMatch(/^[\x20-\x7e]*$/);
        expect(headerValue(written)).toBe(value.toWellFormed());
      }),
      { seed: 53 },
    );
    expect(headerValue('=?base64?SGVsbG8=')).toBe('=?base64?SGVsbG8=');
    expect(headerValue('SGVsbG8=?=')).toBe('SGVsbG8=?=');
  });

  it.each(['=?base64?SGVsbG8?=', '=?base64?SGVs!!!bG8=?=', '=?base64?/w==?=', 'größe', 'a\u0001'])(
    'is none where two readers could read two: %s',
    (written) => {
      expect(headerValue(written)).toBeUndefined();
    },
  );
});

describe('headers beside arguments', () => {
  const wanted: readonly Mirrored[] = [
    { header: 'mcp-param-region', path: ['region'] },
    { header: 'mcp-param-n', path: ['depth', 'n'] },
  ];
  const judged = (args: JsonObject, values: Record<string, string>, must = true) =>
    contradictedHeader(wanted, args, { values, must });

  it.each<[JsonObject, Record<string, string>]>([
    [{ region: 'eu' }, { 'mcp-param-region': 'eu' }],
    [{ region: 'süd' }, { 'mcp-param-region': '=?base64?c8O8ZA==?=' }],
    [{ region: '' }, { 'mcp-param-region': '' }],
    [{ region: null }, {}],
    [{ depth: { n: 42 } }, { 'mcp-param-n': '42.0' }],
    [{ depth: { n: -7 } }, { 'mcp-param-n': '-7' }],
    [{}, { 'mcp-param-other': 'means nothing', host: 'a' }],
  ])('repeat them: %j %j', (args, values) => {
    expect(judged(args, values)).toBeUndefined();
    expect(judged(args, values, false)).toBeUndefined();
  });

  it.each<[JsonObject, Record<string, string>]>([
    [{ region: 'eu' }, { 'mcp-param-region': 'us' }],
    [{ region: 'eu' }, { 'mcp-param-region': 'EU' }],
    [{ region: '42' }, { 'mcp-param-region': '42.0' }],
    [{ region: null }, { 'mcp-param-region': 'null' }],
    [{}, { 'mcp-param-region': 'eu' }],
    [{ depth: { n: 42 } }, { 'mcp-param-n': '0x2a' }],
    [{ depth: { n: 42 } }, { 'mcp-param-n': '' }],
    [{ depth: { n: 42 } }, { 'mcp-param-n': '43' }],
  ])('contradict them, in every revision: %j %j', (args, values) => {
    expect(judged(args, values)).toBeDefined();
    expect(judged(args, values, false)).toBeDefined();
  });

  it('are missed where the revision wants them, and only there', () => {
    expect(judged({ region: 'eu' }, {})).toBe('mcp-param-region');
    expect(judged({ region: 'eu' }, {}, false)).toBeUndefined();
  });
});
