import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget, type Target, targetKinds, targetText } from '#kernel/target.ts';
import { entityTypes, misnamed, nameOf, targetNamed } from './names.ts';

/** Words out of which one target can be made to look like another. */
const parts = [
  ...targetKinds.map((kind) => `${kind}:`),
  'tool',
  'model',
  '/',
  ':',
  '.',
  '..',
  '%2f',
  '%2F',
  '*',
  ' ',
  '\n',
  '\u0000',
  '"',
  '\\',
  // A Cyrillic a, a fullwidth slash and colon, a joiner, an accent in two forms, half of a pair.
  'a',
  'а',
  '／',
  '：',
  '\u200d',
  '\u00e9',
  'e\u0301',
  '\ud800',
  '😀',
  'billing',
  'openai',
  'gpt-5',
];
const words = fc.array(fc.constantFrom(...parts), { maxLength: 5 }).map((some) => some.join(''));
const anyTarget: fc.Arbitrary<Target> = fc.record({
  kind: fc.constantFrom(...targetKinds),
  owner: words,
  name: fc.option(words, { nil: undefined }),
});

const sameParts = (one: Target, other: Target) =>
  one.kind === other.kind && one.owner === other.owner && one.name === other.name;

describe('the name of a target in rules', () => {
  it('is the name of a tool as people write it, and of everything else with its kind', () => {
    const tool = { kind: 'tool', owner: 'billing', name: 'create_refund' } as const;
    expect(nameOf(tool)).toBe('billing/create_refund');
    expect(nameOf({ ...tool, kind: 'prompt' })).toBe('prompt:billing/create_refund');
    expect(nameOf({ kind: 'host', owner: 'api.example.org', name: undefined })).toBe(
      'host:api.example.org',
    );
  });

  it('is never that of another target, whatever both are made of [POL-16]', () => {
    let named = 0;
    fc.assert(
      fc.property(anyTarget, anyTarget, (one, other) => {
        const [name, otherName] = [nameOf(one), nameOf(other)];
        if (name !== undefined) {
          named += 1;
          expect(targetNamed(name)).toEqual(one);
          expect(parseTarget(targetText(one))).toEqual(one);
        }
        if (!sameParts(one, other) && name !== undefined) expect(name).not.toBe(otherName);
      }),
      { numRuns: 20_000, seed: 26 },
    );
    expect(named).toBeGreaterThan(100);
  });

  it.each([
    ['an owner that would end early', { kind: 'tool', owner: 'a/b', name: 'c' }],
    ['an owner that would begin another kind', { kind: 'tool', owner: 'model:a', name: 'b' }],
    ['a tool server as a whole', { kind: 'tool', owner: 'a', name: undefined }],
    ['a line break', { kind: 'resource', owner: 'a', name: 'b\nc' }],
    [
      'half of a pair, which Cedar would take for another',
      { kind: 'prompt', owner: 'a', name: '\ud800' },
    ],
    ['nothing', { kind: 'prompt', owner: 'a', name: '' }],
  ] as const)('is none for %s', (_why, target) => {
    expect(nameOf(target)).toBeUndefined();
  });

  it('is read back only as it is written: a tool has no kind before it', () => {
    expect(targetNamed('tool:billing/create_refund')).toBeUndefined();
    expect(targetNamed('modle:openai/gpt-5')).toBeUndefined();
    expect(targetNamed('delete')).toBeUndefined();
    expect(targetNamed('call')).toBeUndefined();
    expect(targetNamed('billing/a/b:c')).toEqual({ kind: 'tool', owner: 'billing', name: 'a/b:c' });
  });

  it('that no call has is said, for every kind that was not there before', () => {
    expect(misnamed({ type: 'Model', id: 'openai/gpt-5' })).toBe(
      'no call is about `Model::"openai/gpt-5"`; write `Model::"model:OWNER/NAME"`',
    );
    expect(misnamed({ type: 'Model', id: 'prompt:a/b' })).toBeDefined();
    expect(misnamed({ type: 'Model', id: 'model:openai/gpt-5' })).toBeUndefined();
    expect(misnamed({ type: 'Tool', id: 'anything' })).toBeUndefined();
    expect(misnamed({ type: 'Agent', id: 'bot' })).toBeUndefined();
    expect(new Set(Object.values(entityTypes)).size).toBe(targetKinds.length);
  });
});
