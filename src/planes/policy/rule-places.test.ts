import { describe, expect, it } from 'vitest';
import { builtinPolicies } from './builtin.ts';
import { placeRules } from './rule-places.ts';

const cedar = `// @id("commented") forbid(principal, action, resource);
@id("first") permit(principal, action, resource)
when { context.note == "; @id(\\"inside\\") forbid" };

  @description("no big refunds")
  @id("refunds/big") @approval("two")
  forbid(principal, action, resource);
`;

describe('where a rule stands', () => {
  it('is the line and column where it begins, in the document that has it [POL-04]', () => {
    const places = placeRules(['refunds/big', 'first'], [{ name: 'refunds', cedar }]);
    expect(places).toEqual([
      {
        id: 'refunds/big',
        policy: 'refunds',
        line: 5,
        column: 3,
        effect: 'forbid',
        asks: 'two',
        description: 'no big refunds',
        ofGate: false,
      },
      expect.objectContaining({ id: 'first', line: 2, column: 1, effect: 'permit' }),
    ]);
  });

  it('is no comment and no text that looks like one, and nowhere for a rule that is gone', () => {
    const places = placeRules(['commented', 'inside', 'gone'], [{ name: 'refunds', cedar }]);
    expect(places.map(({ policy, ofGate }) => [policy, ofGate])).toEqual([
      [undefined, false],
      [undefined, false],
      [undefined, false],
    ]);
  });

  it('is the gate itself for what no document says', () => {
    const [raise, read] = placeRules(
      ['builtin/untrusted-raises', 'builtin/read'],
      [builtinPolicies],
    );
    expect(raise).toMatchObject({ ofGate: true, policy: undefined });
    expect(read).toMatchObject({ ofGate: false, policy: 'builtin', line: 1 });
  });
});
