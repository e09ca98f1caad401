import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { readFilter } from './filter.ts';
import { groupSchema, userSchema } from './schema.ts';

const wrong = (scimType: string) =>
  expect.objectContaining({ code: 'directory/invalid', details: { scimType } }) as Error;

describe('a filter', () => {
  it('asks by userName, externalId, address and members, several at once', () => {
    expect(readFilter(userSchema, undefined)).toEqual([]);
    expect(readFilter(userSchema, 'userName eq "a\\"b"')).toEqual([
      { attribute: 'userName', value: 'a"b' },
    ]);
    expect(readFilter(userSchema, 'USERNAME Eq "a" AND active eq True')).toEqual([
      { attribute: 'userName', value: 'a' },
      { attribute: 'active', value: 'true' },
    ]);
    expect(readFilter(userSchema, `${userSchema.urn}:externalId eq "e"`)).toEqual([
      { attribute: 'externalId', value: 'e' },
    ]);
    expect(readFilter(userSchema, 'emails.value eq "x"')).toEqual([
      { attribute: 'email', value: 'x' },
    ]);
    expect(readFilter(groupSchema, 'id eq "g" and members eq "u"')).toEqual([
      { attribute: 'id', value: 'g' },
      { attribute: 'member', value: 'u' },
    ]);
  });

  it.each([
    '',
    'userName',
    'userName co "a"',
    'userName eq a',
    'userName eq "a" or active eq true',
    'userName eq true',
    'active eq "true"',
    'password eq "x"',
    'constructor eq "x"',
    'userName eq "a',
    'userName eq "a\\x"',
    'userName eq "a" and',
    '(userName eq "a")',
  ])('that is not understood finds nothing and not everything: %s', (filter) => {
    expect(() => readFilter(userSchema, filter)).toThrow(wrong('invalidFilter'));
  });

  it('is bounded (directoryFilterTerms, directoryFilterBytes), and read in one pass', () => {
    const terms = (count: number) => Array(count).fill('id eq "x"').join(' and ');
    expect(readFilter(userSchema, terms(limits.directoryFilterTerms))).toHaveLength(
      limits.directoryFilterTerms,
    );
    expect(() => readFilter(userSchema, terms(limits.directoryFilterTerms + 1))).toThrow(
      wrong('tooMany'),
    );
    const long = (bytes: number) => `id eq "${'x'.repeat(bytes - 8)}"`;
    expect(readFilter(userSchema, long(limits.directoryFilterBytes))).toHaveLength(1);
    expect(() => readFilter(userSchema, long(limits.directoryFilterBytes + 1))).toThrow(
      wrong('invalidFilter'),
    );
  });
});
