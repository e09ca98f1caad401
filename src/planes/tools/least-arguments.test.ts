import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { leastArguments } from './least-arguments.ts';
import { compileSchema } from './schema/index.ts';

const text = { type: 'string' };

describe('what a call carries at least', () => {
  it.each<readonly [string, JsonObject, JsonObject]>([
    ['nothing where nothing is required', { type: 'object', properties: { a: text } }, {}],
    ['a text', { type: 'object', properties: { a: text }, required: ['a'] }, { a: 'x' }],
    [
      'what bounds allow',
      {
        type: 'object',
        properties: {
          count: { type: 'integer', minimum: 3 },
          below: { type: 'number', maximum: -2 },
          over: { type: 'integer', exclusiveMinimum: 4 },
          kind: { enum: ['b', 'c'] },
          name: { type: ['string', 'null'], minLength: 2 },
          yes: { type: 'boolean' },
          rows: { type: 'array', minItems: 2, items: { $ref: '#/$defs/row' } },
          either: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
        },
        required: ['count', 'below', 'over', 'kind', 'name', 'yes', 'rows', 'either'],
        $defs: { row: { type: 'object', properties: { id: text, b: text }, required: ['id'] } },
      },
      {
        count: 3,
        below: -2,
        over: 5,
        kind: 'b',
        name: 'xx',
        yes: false,
        rows: [{ id: 'x' }, { id: 'x' }],
        either: 0,
      },
    ],
  ])('is %s, and fits its schema', (_, schema, wanted) => {
    expect(leastArguments(schema)).toEqual(wanted);
    const compiled = compileSchema(schema, { unnamed: 'refuse' });
    if (compiled.kind !== 'compiled') throw new Error(compiled.reason);
    expect(compiled.validate(leastArguments(schema))).toEqual({ kind: 'valid' });
  });

  it('ends where a schema leads back to itself', () => {
    const node = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] };
    expect(JSON.stringify(leastArguments(node)).length).toBeLessThan(1_000);
    const names = Array.from({ length: 50 }, (_, at) => `n${at}`);
    const properties = Object.fromEntries(names.map((name) => [name, { $ref: '#' }]));
    const wide = leastArguments({ type: 'object', properties, required: names });
    expect(JSON.stringify(wide).length).toBeLessThan(100_000);
  });
});
