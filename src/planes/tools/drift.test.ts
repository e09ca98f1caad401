import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { diffDefinition, digestDefinition, driftFindings, toolServerKind } from './index.ts';

const definition: JsonObject = {
  name: 'list',
  title: 'List',
  description: 'lists refunds',
  inputSchema: { type: 'object', properties: { a: { enum: ['x', 'y'] } } },
  outputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
  icons: [{ src: 'https://example.com/i.png' }],
  _meta: { version: 1 },
};

describe('the fingerprint of a definition', () => {
  it('changes with every field, whatever its name [TOL-10]', () => {
    const digests = Object.keys(definition).map((key) =>
      digestDefinition({ ...definition, [key]: 0 }),
    );
    const without = Object.keys(definition).map((gone) =>
      digestDefinition(
        Object.fromEntries(Object.entries(definition).filter(([key]) => key !== gone)),
      ),
    );
    const all = [digestDefinition(definition), ...digests, ...without];
    expect(new Set(all).size).toBe(all.length);
    expect(digestDefinition({ ...definition, unheardOf: true })).not.toBe(
      digestDefinition(definition),
    );
  });

  it('does not depend on the order of keys', () => {
    const turned = Object.fromEntries(Object.entries(definition).toReversed());
    expect(digestDefinition(turned)).toBe(digestDefinition(definition));
  });

  it('changes with characters that nobody sees [TOL-10]', () => {
    for (const hidden of ['\u200b', '\u{e0041}', '\u202e', '\u00ad']) {
      const changed = { ...definition, description: `lists refunds${hidden}` };
      expect(digestDefinition(changed)).not.toBe(digestDefinition(definition));
    }
  });
});

describe('the difference of two definitions', () => {
  it('names each place, what was there and what is there now [TOL-10]', () => {
    const after = {
      ...definition,
      description: 'lists and sends',
      inputSchema: { type: 'object', properties: { a: { enum: ['x'] }, 'b/c~': true } },
    };
    expect(diffDefinition(definition, after)).toEqual([
      { path: '/description', before: 'lists refunds', after: 'lists and sends' },
      { path: '/inputSchema/properties/a/enum/1', before: 'y', after: undefined },
      { path: '/inputSchema/properties/b~1c~0', before: undefined, after: true },
    ]);
  });

  it('is the whole definition when there was none, and nothing when nothing changed', () => {
    expect(diffDefinition(undefined, definition)).toEqual([
      { path: '', before: undefined, after: definition },
    ]);
    expect(diffDefinition(definition, undefined)).toHaveLength(1);
    expect(diffDefinition(definition, { ...definition })).toEqual([]);
    expect(diffDefinition(undefined, undefined)).toEqual([]);
  });

  it('is empty exactly when the fingerprints are the same [TOL-10]', () => {
    const value = fc
      .jsonValue({ maxDepth: 4 })
      .filter((one) => !JSON.stringify(one).includes('__proto__'));
    const object = fc.dictionary(fc.string({ maxLength: 3 }), value, { maxKeys: 4 });
    fc.assert(
      fc.property(object, object, (left, right) => {
        const [before, after] = [plain(left), plain(right)];
        const same = digestDefinition(before) === digestDefinition(after);
        return (diffDefinition(before, after).length === 0) === same;
      }),
      { numRuns: 300 },
    );
  });

  it('stays small when everything changed', () => {
    const many = (value: Json): JsonObject => ({
      list: Array.from({ length: 5_000 }, () => value),
    });
    expect(diffDefinition(many(1), many(2))).toHaveLength(1);
  });
});

function plain(value: unknown): JsonObject {
  try {
    return parseJson(Buffer.from(JSON.stringify(value))) as JsonObject;
  } catch {
    // What the strict reader refuses never becomes a definition.
    return { refused: canonicalText(null) };
  }
}

describe('the weight of drift', () => {
  it('is high for whatever can write, by the class that the gateway holds [TOL-02, TOL-10]', () => {
    const parsed = toolServerKind.parse('billing', {
      connect: { url: 'http://127.0.0.1:1/' },
      tools: { list: { effect: 'read' }, refund: { effect: 'write' } },
    });
    if (parsed.kind === 'problems') throw new Error('broken fixture');
    const report = {
      server: 'billing',
      changed: ['list', 'refund'].map((tool) => ({ tool, pinned: 'a', seen: 'b' })),
      added: ['unheard-of'],
      missing: ['gone'],
    };
    expect(driftFindings(report, parsed.entry)).toEqual([
      { tool: 'list', change: 'changed', severity: 'medium' },
      { tool: 'refund', change: 'changed', severity: 'high' },
      { tool: 'unheard-of', change: 'added', severity: 'high' },
      { tool: 'gone', change: 'missing', severity: 'low' },
    ]);
  });
});
