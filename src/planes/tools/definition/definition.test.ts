import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import {
  definitionOf,
  domainShaped,
  type Short,
  transports,
} from '../../../../test/fakes/tool-definitions.ts';
import { transportShape } from './transport.ts';
import { signOfWriting } from './writing.ts';

const named = (list: readonly Short[]) => list.map((one) => [one[0], one] as const);

describe('a tool that does whatever its text says', () => {
  it.each(named(transports))(
    'is found by a rule and the words that it matched: %s [TOL-01]',
    (_, short) => {
      const found = transportShape(definitionOf(short));
      expect(found).toMatchObject({ severity: 'serious' });
      expect(found?.rule).not.toBe('');
      expect(found?.words.length).toBeGreaterThan(0);
    },
  );

  it.each(named(domainShaped))('is not seen in one that has a job: %s [TOL-01]', (_, short) => {
    expect(transportShape(definitionOf(short))).toBeUndefined();
  });

  it('is told in words that a person can check', () => {
    expect(transportShape(definitionOf(['run_sql', '', 'sql']))).toEqual({
      rule: 'runs-programs',
      severity: 'serious',
      message: 'it runs whatever program text it is given',
      words: ['run', 'sql'],
    });
    expect(transportShape(definitionOf(['fetch', '', 'url']))?.words).toEqual([
      'fetch',
      'argument url',
    ]);
  });

  it('is not seen where its argument is bounded, and is where nobody can tell', () => {
    expect(transportShape(definitionOf(['fetch', '', '!url']))).toBeUndefined();
    const odd = { name: 'fetch', inputSchema: { type: 'object', properties: { url: {} } } };
    expect(transportShape(odd)).toBeDefined();
    expect(transportShape({})).toBeUndefined();
  });
});

describe('a tool that says it writes', () => {
  const writes = (definition: JsonObject) => signOfWriting(definition)?.words;

  it.each([
    ['create_refund', ['create', 'refund']],
    ['deleteUser', ['delete']],
    ['billing.pay', ['pay']],
    ['get_last_commit', undefined],
    ['list_changes', undefined],
    ['search', undefined],
    ['echo', undefined],
  ] as const)('says so by its name: %s %j [TOL-11]', (name, words) => {
    expect(writes({ name })).toEqual(words);
  });

  it('says so by its description or its hints; a hint that it reads is not believed [TOL-11, TOL-02]', () => {
    expect(writes({ name: 'account', description: 'Deletes the account.' })).toEqual(['deletes']);
    expect(writes({ name: 'account', description: 'The account, as it is.' })).toBeUndefined();
    expect(writes({ name: 'a', annotations: { destructiveHint: true } })).toBeDefined();
    expect(writes({ name: 'a', annotations: { readOnlyHint: false } })).toBeDefined();
    const hint = { readOnlyHint: true, destructiveHint: false };
    expect(writes({ name: 'drop_table', annotations: hint })).toEqual(['drop']);
  });
});
