import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { stepUpKind } from './index.ts';

function problemsOf(spec: JsonObject): readonly string[] {
  const read = stepUpKind.parse('one', spec);
  return read.kind === 'parsed' ? [] : read.problems.map(({ message }) => message);
}

describe('a StepUp', () => {
  it('says of which acts it is, and what it asks', () => {
    const spec = { acts: ['approve'], acr: ['high'], within: '5m', approvalClass: 'finance' };
    expect(stepUpKind.parse('one', spec)).toEqual({
      kind: 'parsed',
      entry: {
        name: 'one',
        acts: ['approve'],
        acr: ['high'],
        amr: [],
        withinMs: 300_000,
        approvalClass: 'finance',
      },
      references: [],
    });
    expect(stepUpKind.writtenBy).toBe('admin');
  });

  it.each<[JsonObject]>([
    [{ acts: ['approve'] }],
    [{ acts: [], acr: ['high'] }],
    [{ acts: ['fly'], acr: ['high'] }],
    [{ acts: ['people'], acr: [''] }],
    [{ acts: ['people'], within: '5 minutes' }],
    [{ acts: ['people'], within: '0m' }],
    [{ acts: ['approve', 'people'], acr: ['high'], approvalClass: 'finance' }],
  ])('that asks for nothing, of nothing or in no known words is a problem: %j', (spec) => {
    expect(problemsOf(spec)).toHaveLength(1);
  });

  it.each(['stop', 'reject', 'suspend', 'revoke'])('does not hold up whoever would %s', (act) => {
    expect(problemsOf({ acts: [act], within: '5m' })).toHaveLength(1);
  });
});
