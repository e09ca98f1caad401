import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPattern } from './open-pattern.ts';

/** Each beside what makes texts for it: the same without looks around. */
const patterns: readonly (readonly [RegExp, RegExp])[] = [
  [/ab[cd]{2,4}/y, /^ab[cd]{2,4}$/],
  [/(?<![a])a(?:b|cd?)(?:[ab]{1,2} ){0,3}c(?!d)/y, /^a(?:b|cd?)(?:[ab]{1,2} ){0,3}c$/],
  [/a(?!bb)[ab]{2,3}c?/y, /^aa[ab]{1,2}c?$/],
  [/(?:ab|a[bc]{2})\.d/y, /^(?:ab|a[bc]{2})\.d$/],
  [/(?<=(?<!a)b{1,2})c{0,2}(d)a/y, /^c{0,2}da$/],
];

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', ' ', '.'), maxLength });

describe('the pattern of what is open', () => {
  it.each(patterns)(
    'lets nothing that follows change what %s says, where it is not open',
    (pattern) => {
      const open = openPattern(pattern);
      const places = fc.tuple(text(12), text(6), fc.nat(3));
      fc.assert(
        fc.property(places, ([before, after, at]) => {
          fc.pre(at <= before.length);
          if (matchAt(open, before, at) !== undefined) return;
          expect(matchAt(pattern, before + after, at)).toBe(matchAt(pattern, before, at));
        }),
        { numRuns: 2_000 },
      );
    },
  );

  it.each(patterns)('is open at every beginning of a match of %s', (pattern, made) => {
    const open = openPattern(pattern);
    fc.assert(
      fc.property(fc.stringMatching(made), text(3), (match, after) => {
        const whole = `b${match}${after}`;
        for (let end = 1; end <= match.length; end += 1) {
          expect(matchAt(open, whole.slice(0, end), 1)).toBe(whole.slice(1, end));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is not open where no match can come of it', () => {
    const open = openPattern(/sk-[a-z]{3,5}=/y);
    for (const no of ['sl', 'sk-A', 'sk-ab=', 'sk-abcdef', 'sk-abc=', 'sk-abc=x', 'x']) {
      expect(matchAt(open, `${no}.`, 0), no).toBeUndefined();
    }
    expect(matchAt(openPattern(/AB/iy), 'xa', 1)).toBe('a');
  });

  it.each(['a*', 'a+', 'a{2,}', '^a', 'a$', '(a)\\1', '\\ba', '\\p{L}', '(?<n>a)', '(?=a)b', '(a'])(
    'takes no pattern that is not plain: %s',
    (source) => {
      expect(() => openPattern({ source, ignoreCase: false } as RegExp)).toThrow('of ours');
    },
  );
});
