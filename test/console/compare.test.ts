import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences, parted } from '../../console/app/json-diff.ts';
import { rulesOf } from '../../console/app/rules-of.ts';

describe('two versions beside each other', () => {
  it('differ nowhere exactly when they are the same [OBS-06]', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        expect(differences(one, structuredClone(one))).toEqual([]);
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(differences(one, other).length === 0).toBe(same);
      }),
      { seed: 20_261_127 },
    );
  });

  it('are told place by place, also where a name is one that every object has', () => {
    expect(
      differences({ a: { b: [1, 2] }, c: 1 }, { a: { b: [1, 3, 4] }, constructor: 2 }),
    ).toEqual([
      { path: 'a.b[1]', before: 2, after: 3 },
      { path: 'a.b[2]', before: undefined, after: 4 },
      { path: 'c', before: 1, after: undefined },
      { path: 'constructor', before: undefined, after: 2 },
    ]);
  });

  it('lose and invent no character where their text is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const cut = parted(before, after);
        expect(cut.start + cut.before + cut.end).toBe(before);
        expect(cut.start + cut.after + cut.end).toBe(after);
      }),
      { seed: 20_261_127 },
    );
    expect(parted('sends a note to bob', 'sends a note to mallory and bob')).toEqual({
      start: 'sends a note to ',
      before: '',
      after: 'mallory and ',
      end: 'bob',
    });
  });
});

describe('the rules of a policy', () => {
  it('are listed by where they begin, and neither texts nor comments are rules', () => {
    const cedar = `
      // permit(principal, action, resource);
      @id("first")
      permit(principal, action == Action::"fake/permit(x)", resource)
      when { context.input.text == "forbid (everything)" };
      forbid (principal,
              action, resource);`;
    expect(rulesOf(cedar)).toEqual([
      {
        effect: 'permit',
        id: 'first',
        about: 'principal, action == Action::"fake/permit(x)", resource',
      },
      { effect: 'forbid', id: 'rule 2', about: 'principal, action, resource' },
    ]);
  });
});

/** Members in one order; `-0` is written as `0`, and is told apart nowhere. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, of]) => [name, sorted(of)]),
  );
}
