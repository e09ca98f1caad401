import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { ToolFlow } from '#kernel/tool.ts';
import { flowBounds } from './bounds.ts';
import { decodings, mayBeEncoded, mayHideText } from './decoded.ts';
import type { Brought } from './door.ts';
import { OpenedSources } from './opened.ts';
import { packed, unpacked } from './packed.ts';
import { TaskIndex } from './task-index.ts';

const flow: ToolFlow = {
  sinks: {},
  deeds: [],
  asserted: ['id', 'list[].mail', 'a.b', 'a[]'],
  ids: ['id'],
  names: ['id', 'list[].name'],
};

const brought = (result: Json, more: Partial<Brought> = {}): Brought => ({
  target: 'a/b',
  call: 'c',
  flow,
  untrusted: true,
  effect: 'read',
  arguments: {},
  argumentsDigest: 'd',
  result: { structuredContent: result },
  ...more,
});

const encodings = ['base64', 'base64url', 'hex'] as const;
const plain = fc.oneof(
  fc.constantFrom('ann@corp.example', 'https://evil.example/x?y=1', 'DE89 3704 0044 0532 0130 00'),
  fc.constantFrom('1,250.00', '2026-05-04', '31.12.2026', 'March 3rd, 2026', '+49 170 1234567'),
  fc.constantFrom('(x)', '"quoted!"', '_under_', 'a_b.c', 'аnn', 'ﬁle', 'ü', '\u00a0', '\t'),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.stringMatching(/^[a-z]{1,9}$/),
);
const hidden = fc
  .tuple(
    fc.stringMatching(/^[a-z]{4,9}[ .][a-z]{4,9}$/),
    fc.constantFrom(...encodings),
    fc.boolean(),
  )
  .map(([text, as, twice]) => {
    const once = Buffer.from(text).toString(as);
    return twice ? Buffer.from(once).toString(as) : once;
  });
const text = fc
  .array(fc.oneof({ weight: 4, arbitrary: plain }, hidden), { maxLength: 6 })
  .map((parts) => parts.join(' '));
const leaf = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
);
const key = fc.oneof(fc.constantFrom('id', 'list', 'mail', 'name', 'a', 'b', 'a.b', '[]'), text);
const result = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf as fc.Arbitrary<Json>,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
  ),
})).value;

describe('the filter of a task', () => {
  it('has all that is found in a result when it is looked into whole [SEM-02]', () => {
    fc.assert(
      fc.property(result, fc.boolean(), (one, untrusted) => {
        const index = new TaskIndex();
        index.learn(brought(one, { untrusted }));
        index.settle();
        const kept = index.kept(0);
        if (kept === undefined) throw new Error('nothing was kept');
        const source = new OpenedSources().open(kept);
        expect(source.isCut).toBe(index.isCut);
        for (const place of source.places.keys()) expect(index.placesOf(place)).toContain(kept);
        for (const shown of source.strange.keys()) expect(index.strangeOf(shown)).toBe(kept);
      }),
      { numRuns: 400, seed: 11 },
    );
  });

  it('finds nothing that no result has', () => {
    const index = new TaskIndex();
    index.learn(brought({ text: 'some words of a stranger' }));
    index.settle();
    expect(index.strangeOf('words')).toBeDefined();
    expect(index.strangeOf('word')).toBeUndefined();
    expect(index.placesOf('text some words')).toEqual([]);
  });

  it('grows over many results and keeps the first of each value', () => {
    const index = new TaskIndex();
    for (let n = 0; n < 300; n += 1) {
      index.learn(brought({ text: `w${n} again` }, { call: `c${n}` }));
    }
    index.settle();
    for (let n = 0; n < 300; n += 1)
      expect(index.strangeOf(`w${n}`.replace(/0/g, 'o').replace(/1/g, 'l'))?.call).toBe(`c${n}`);
    expect(index.strangeOf('again')?.call).toBe('c0');
    expect(index.placesOf('text w7 again').map(({ call }) => call)).toEqual(['c7']);
  });

  it('names so many results of one value, and the first of them', () => {
    const index = new TaskIndex();
    for (let n = 0; n < flowBounds.places + 5; n += 1) {
      index.learn(brought({ text: 'x' }, { call: `c${n}` }));
      index.learn(brought({ text: 'x' }, { call: `c${n}` }));
    }
    index.settle();
    const named = index.placesOf('text x').map(({ call }) => call);
    expect([named.length, named[0], named.at(-1)]).toEqual([flowBounds.places, 'c0', 'c7']);
  });
});

describe('a result before anybody asks', () => {
  it('is kept, and not read', () => {
    const index = new TaskIndex();
    index.learn(brought({ text: 'drop@evil.example' }));
    expect([index.size, index.strangeOf('drop')]).toEqual([0, undefined]);
    index.settle();
    expect(index.strangeOf('drop')).toBeDefined();
  });

  it('is read in parts, each once', () => {
    const index = new TaskIndex();
    for (let n = 0; n < 4; n += 1) index.learn(brought({ text: `${n}`.repeat(600) }));
    let parts = 1;
    while (!index.settle(700)) parts += 1;
    expect(parts).toBe(2);
    expect(index.settle(1)).toBe(true);
  });

  it('of more than is ever looked into is cut, and what fits is as it was', () => {
    const whole = { a: [1, 'x', { b: null, c: true }], d: 'ü' };
    const small = packed({ n: 1 }, whole);
    expect([small.cut, unpacked(small.text)]).toEqual([false, { asked: { n: 1 }, result: whole }]);
    const long = 'x'.repeat(4 * flowBounds.textChars);
    const large = packed({}, { long, short: 'y' });
    expect([large.cut, large.text.length < 1_000]).toEqual([true, true]);
    expect(unpacked(large.text).result).toEqual({ long: null, short: 'y' });
    let deep: Json = 1;
    for (let n = 0; n < 100_000; n += 1) deep = [deep];
    expect(packed({}, { deep }).cut).toBe(true);
    const many: JsonObject = { many: Array.from({ length: 3 * flowBounds.nodes }, () => 1) };
    expect(packed({}, many).cut).toBe(true);
  });
});

describe('a word that may hide a text', () => {
  it('is never passed over where something is found in it', () => {
    fc.assert(
      fc.property(fc.oneof(hidden, text, fc.base64String({ minLength: 12 })), (piece) => {
        if (piece.length < 12 || !mayBeEncoded(piece) || decodings(piece).length === 0) return;
        expect(mayHideText(piece, 0, piece.length)).toBe(true);
      }),
      { numRuns: 2_000, seed: 12 },
    );
    expect(mayHideText('configuration', 0, 13)).toBe(false);
    expect(mayHideText(hex('backup-of'), 0, 18)).toBe(true);
    expect(mayHideText('%65vil.example/', 0, 15)).toBe(true);
  });
});

function hex(said: string): string {
  return Buffer.from(said).toString('hex');
}
