import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { policyKind } from './index.ts';

describe('a Policy document', () => {
  it('is a name and a text', () => {
    expect(policyKind.parse('refunds', { cedar: '// none' })).toEqual({
      kind: 'parsed',
      entry: { name: 'refunds', cedar: '// none' },
      references: [],
    });
  });

  it('has all its problems reported at once', () => {
    const answer = policyKind.parse('refunds', { cedr: 'x', mode: 'shadow' });
    if (answer.kind === 'parsed') throw new Error('parsed');
    expect(answer.problems.map(({ path }) => path.join('.'))).toEqual([
      'spec.cedr',
      'spec.mode',
      'spec.cedar',
    ]);
  });

  it('takes text up to the limit of a document', () => {
    const text = ' '.repeat(limits.documentBytes);
    expect(policyKind.parse('a', { cedar: text }).kind).toBe('parsed');
    expect(policyKind.parse('a', { cedar: `${text} ` }).kind).toBe('problems');
    expect(policyKind.parse('a', { cedar: 5 }).kind).toBe('problems');
  });
});
