import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { completeArguments, createCheckCache, judgeArguments, judgeResult } from './checks.ts';

function checksOf(definition: JsonObject) {
  const pinned: PinnedTool = {
    tool: 'x',
    digest: JSON.stringify(definition),
    definition: { name: 'x', ...definition },
    approvedBy: 'ann',
    approvedAt: 1,
  };
  const checks = createCheckCache().get(pinned, false);
  if (checks.kind !== 'ready') throw new Error(checks.reason);
  return checks;
}

const number = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } as const;

describe('leniency towards servers as they are', () => {
  it('takes a screenshot as the client of Playwright asks for it [TOL-15]', () => {
    const checks = checksOf({
      inputSchema: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: {
          type: { type: 'string', enum: ['png', 'jpeg'] },
          scale: { type: 'string', enum: ['css', 'device'], default: 'css' },
        },
        required: ['scale'],
        additionalProperties: false,
      },
    });
    expect(judgeArguments(checks, {})).toMatchObject({ code: 'tools/invalid-arguments' });
    const whole = completeArguments(checks, {});
    expect(whole).toEqual({ scale: 'css' });
    expect(judgeArguments(checks, whole as JsonObject)).toBeUndefined();
    const image = { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' };
    expect(judgeResult(checks, { content: [image] })).toBeUndefined();
  });

  it('never changes a type: a text is no number, null is not absent, 3.0 is an integer [SYS-044]', () => {
    const checks = checksOf({ inputSchema: number });
    expect(judgeArguments(checks, { n: 3.0 })).toBeUndefined();
    for (const n of ['3', 3.5, null, true, [3]]) {
      expect(judgeArguments(checks, { n })).toMatchObject({ code: 'tools/invalid-arguments' });
    }
  });

  it.each([
    'http://json-schema.org/draft-06/schema',
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2020-12/schema',
  ])('knows the dialect %s', ($schema) => {
    const checks = checksOf({
      inputSchema: { $schema, ...number, definitions: { a: {} }, $defs: { b: {} } },
      outputSchema: { $schema, ...number },
    });
    expect(judgeArguments(checks, { n: 1 })).toBeUndefined();
    expect(judgeResult(checks, { content: [], structuredContent: { n: 1 } })).toBeUndefined();
  });

  it('takes a format for an annotation', () => {
    const properties = { at: { type: 'string', format: 'date-time' } };
    const checks = checksOf({ inputSchema: { type: 'object', properties } });
    expect(judgeArguments(checks, { at: 'tomorrow' })).toBeUndefined();
  });

  it('takes a failure without structured content, and no success without it', () => {
    const checks = checksOf({ inputSchema: { type: 'object' }, outputSchema: number });
    expect(judgeResult(checks, { content: [], isError: true })).toBeUndefined();
    for (const lie of [{}, { isError: false }, { structuredContent: { n: '1' } }]) {
      expect(judgeResult(checks, { content: [], ...lie })).toMatchObject({
        code: 'tools/invalid-result',
      });
    }
  });

  it('still refuses what the schema does not name, whatever it says of others', () => {
    const open = { type: 'object', properties: { a: {} }, additionalProperties: true } as const;
    expect(judgeArguments(checksOf({ inputSchema: open }), { b: 1 })).toMatchObject({
      code: 'tools/unnamed-argument',
    });
  });
});
