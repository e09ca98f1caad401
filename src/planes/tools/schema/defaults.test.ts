import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { compileSchema } from './index.ts';

function filled(schema: JsonObject, value: JsonObject): Json | undefined {
  const compiled = compileSchema(schema, { unnamed: 'refuse' });
  if (compiled.kind === 'unsupported') throw new Error(compiled.reason);
  return compiled.defaults === undefined ? value : compiled.defaults.fill(value);
}

const object = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  type: 'object',
  properties,
  required: [...required],
});

describe('a property that is required and has a default', () => {
  const page = object(
    { query: { type: 'string' }, limit: { type: 'integer', default: 10 }, all: { default: false } },
    ['query', 'limit'],
  );

  it('may be left out, and is filled in [TOL-15]', () => {
    expect(filled(page, { query: 'x' })).toEqual({ query: 'x', limit: 10 });
    expect(filled(page, {})).toEqual({ limit: 10 });
  });

  it('is left as it is when it is there, whatever it is: no type is changed', () => {
    for (const limit of [3, '3', null, true, { a: 1 }]) {
      const value = { query: 'x', limit };
      expect(filled(page, value)).toBe(value);
    }
  });

  it('is filled in for no property that is not required, or not named', () => {
    expect(filled(page, { query: 'x', limit: 1 })).not.toHaveProperty('all');
    expect(filled(object({ a: {} }, ['a', 'b']), {})).toEqual({});
  });

  it('is filled in below as well: in objects, in items, behind references, in drafts 7 and 2020-12', () => {
    for (const $schema of [
      'http://json-schema.org/draft-07/schema#',
      'https://json-schema.org/draft/2020-12/schema',
    ]) {
      const schema: JsonObject = {
        $schema,
        ...object({
          one: { $ref: '#/definitions/page' },
          many: { type: 'array', items: { $ref: '#/definitions/page' } },
          deep: object({ page: { $ref: '#/definitions/page' } }),
        }),
        definitions: { page },
      };
      const value = { one: {}, many: [{ limit: 1 }, {}], deep: { page: { query: 'x' } } };
      expect(filled(schema, value)).toEqual({
        one: { limit: 10 },
        many: [{ limit: 1 }, { limit: 10 }],
        deep: { page: { query: 'x', limit: 10 } },
      });
    }
  });

  it('is completed itself when it is an object that lacks something', () => {
    const schema = object({ page: { ...page, default: {} } }, ['page']);
    expect(filled(schema, {})).toEqual({ page: { limit: 10 } });
  });

  it('is not guessed where it depends on a condition', () => {
    const either: JsonObject = {
      type: 'object',
      anyOf: [page, object({})],
      properties: { query: {} },
    };
    expect(filled(either, { query: 'x' })).toEqual({ query: 'x' });
  });

  it('ends in a schema that leads back to itself', () => {
    const tree: JsonObject = {
      $ref: '#/$defs/node',
      $defs: {
        node: object({ next: { $ref: '#/$defs/node' }, size: { type: 'integer', default: 1 } }, [
          'size',
        ]),
      },
    };
    expect(filled(tree, { next: { next: {} } })).toEqual({
      size: 1,
      next: { size: 1, next: { size: 1 } },
    });
    const endless: JsonObject = {
      $ref: '#/$defs/node',
      $defs: { node: object({ next: { $ref: '#/$defs/node', default: {} } }, ['next']) },
    };
    const value = filled(endless, {});
    expect(JSON.stringify(value ?? '').length).toBeLessThan(10_000);
  });

  it('never makes arguments larger than arguments may be', () => {
    const large = { a: { type: 'string', default: 'x'.repeat(100_000) } };
    const rows = { type: 'array', items: object(large, ['a']) } as const;
    const schema = object({ rows });
    expect(filled(schema, { rows: [{}, {}] })).toBeDefined();
    const many = Array.from({ length: Math.ceil(limits.argumentBytes / 100_000) }, () => ({}));
    expect(filled(schema, { rows: many })).toBeUndefined();
  });

  it('may have a name that objects have by themselves', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"default":1},"constructor":{"default":2}},"required":["__proto__","constructor"]}',
    ) as JsonObject;
    const value = filled(schema, {}) as JsonObject;
    expect(Object.entries(value)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });
});
