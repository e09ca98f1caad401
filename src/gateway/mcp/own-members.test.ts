import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '#kernel/json/index.ts';
import { ownMembers } from './own-members.ts';

const saying = (record: string) => ({
  _meta: { record, server: { name: 'bäiliwick' } },
  resultType: 'complete',
});

describe('what we say in a result', () => {
  it('is the same text as if it were written anew, whatever its record is called', () => {
    const own = ownMembers(saying);
    assert(
      property(string({ unit: 'binary' }), (record) => {
        expect(`{${own.text(record)}}`).toBe(canonicalText(saying(record)));
      }),
    );
    expect(own.names).toEqual(['_meta', 'resultType']);
  });

  it('names its record once, or is not said', () => {
    expect(() => ownMembers(() => ({}))).toThrow('once');
    expect(() => ownMembers((record) => ({ a: record, b: record }))).toThrow('once');
  });
});
