import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { applyPatch, patchUrn } from './patch.ts';
import { readResource } from './read-resource.ts';
import { groupSchema, userSchema } from './schema.ts';

const body = (...Operations: unknown[]) =>
  ({ schemas: [patchUrn], Operations }) as unknown as JsonObject;
const user = readResource(userSchema, {
  userName: 'ann',
  active: true,
  emails: [{ value: 'ann@x.org', type: 'work', primary: true }],
});
const group = readResource(groupSchema, {
  displayName: 'g',
  members: [{ value: 'a' }, { value: 'b' }, { value: 'c' }],
});
const ofUser = (...operations: unknown[]) => ({
  ...applyPatch(userSchema, user, body(...operations)),
});
const ofGroup = (...operations: unknown[]) =>
  ({ ...applyPatch(groupSchema, group, body(...operations)) })['members'];
const problem = (scimType: string) => ({
  code: 'directory/invalid',
  details: { scimType },
});

describe('a change of a user as Entra writes it', () => {
  it('says in words that somebody left, with a path or without [IDN-07]', () => {
    for (const value of ['False', 'false', false]) {
      expect(ofUser({ op: 'Replace', path: 'active', value })['active']).toBe(false);
      expect(ofUser({ op: 'Replace', value: { active: value } })['active']).toBe(false);
    }
    expect(ofUser({ op: 'Add', path: 'active', value: 'True' })['active']).toBe(true);
  });

  it('names what is meant by paths, in the path or in the value', () => {
    const path = 'emails[type eq "work"].value';
    const changed = [{ value: 'new@x.org', type: 'work', primary: true }];
    expect(ofUser({ op: 'Replace', path, value: 'new@x.org' })['emails']).toEqual(changed);
    const inValue = { [path]: 'new@x.org', 'name.givenName': 'Ann' };
    expect(ofUser({ op: 'Add', value: inValue })).toMatchObject({
      emails: changed,
      name: { givenName: 'Ann' },
    });
  });

  it('makes the address that a path does not find', () => {
    const path = 'emails[type eq "home"].value';
    expect(ofUser({ op: 'Add', path, value: 'h@x.org' })['emails']).toEqual([
      { value: 'ann@x.org', type: 'work', primary: true },
      { type: 'home', value: 'h@x.org' },
    ]);
  });

  it('passes over what is not kept here: extensions, telephones, titles', () => {
    const extension = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
    const same = ofUser(
      { op: 'Add', path: `${extension}:department`, value: 'x' },
      { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '1' },
      { op: 'Replace', value: { title: 'x', [`${extension}:manager`]: { value: 'y' } } },
    );
    expect(same).toEqual({ ...user });
  });

  it('takes the own URN before a name', () => {
    const path = `${userSchema.urn}:userName`;
    expect(ofUser({ op: 'replace', path, value: 'bea' })['userName']).toBe('bea');
  });
});

describe('a change of a group', () => {
  it('takes members out by a path, by a value, or all of them', () => {
    expect(ofGroup({ op: 'Remove', path: 'members[value eq "a"]' })).toEqual([
      { value: 'b' },
      { value: 'c' },
    ]);
    const value = [{ value: 'a' }, { value: 'c', $ref: null }];
    expect(ofGroup({ op: 'Remove', path: 'members', value })).toEqual([{ value: 'b' }]);
    expect(ofGroup({ op: 'remove', path: 'members' })).toBeUndefined();
    expect(ofGroup({ op: 'remove', path: 'members[value eq "nobody"]' })).toHaveLength(3);
  });

  it('adds members once, and replaces them, as Okta does', () => {
    const add = { op: 'add', path: 'members', value: [{ value: 'a' }, { value: 'd' }] };
    expect(ofGroup(add)).toHaveLength(4);
    expect(ofGroup({ op: 'replace', path: 'members', value: [{ value: 'z' }] })).toEqual([
      { value: 'z' },
    ]);
    expect(ofGroup({ op: 'replace', value: { id: 'x', displayName: 'other' } })).toHaveLength(3);
  });
});

describe('a change that is malformed', () => {
  const wrong: readonly [string, JsonObject][] = [
    ['invalidSyntax', {}],
    ['invalidSyntax', { schemas: [patchUrn], Operations: [] }],
    ['invalidSyntax', { schemas: ['x'], Operations: [{ op: 'remove', path: 'active' }] }],
    ['invalidSyntax', body(1)],
    ['invalidSyntax', body({ op: 'delete', path: 'active' })],
    ['invalidPath', body({ op: 'replace', path: 'actve', value: false })],
    ['invalidPath', body({ op: 'replace', value: { actve: false } })],
    ['invalidPath', body({ op: 'replace', path: 'emails[type eq', value: 'x' })],
    ['invalidPath', body({ op: 'replace', path: 'emails[type co "x"].value', value: 'x' })],
    ['invalidPath', body({ op: 'replace', path: 'userName[value eq "x"]', value: 'x' })],
    ['invalidPath', body({ op: 'replace', path: 'emails[secret eq "x"]', value: 'x' })],
    ['invalidPath', body({ op: 'replace', path: '__proto__.polluted', value: 'x' })],
    ['invalidPath', body({ op: 'replace', value: { constructor: { prototype: 1 } } })],
    ['noTarget', body({ op: 'remove' })],
    ['noTarget', body({ op: 'replace', value: 'x' })],
    ['invalidValue', body({ op: 'replace', path: 'active' })],
    ['invalidValue', body({ op: 'replace', path: 'active', value: 'maybe' })],
    ['invalidValue', body({ op: 'replace', path: 'userName', value: 7 })],
    ['invalidValue', body({ op: 'replace', path: 'emails', value: ['x'] })],
  ];

  it.each(wrong)('is %s, and says what is wrong: %j', (scimType, given) => {
    expect(() => applyPatch(userSchema, user, given)).toThrow(
      expect.objectContaining(problem(scimType)) as Error,
    );
  });

  it('has too many operations (directoryOperations), or too long a text (directoryTextBytes)', () => {
    const op = { op: 'replace', path: 'active', value: true };
    const many = Array.from({ length: limits.directoryOperations }, () => op);
    expect(ofUser(...many)['active']).toBe(true);
    expect(() => ofUser(...many, op)).toThrow(expect.objectContaining(problem('tooMany')) as Error);
    const named = (bytes: number) =>
      ofUser({ op: 'replace', path: 'displayName', value: 'x'.repeat(bytes) })['displayName'];
    expect(named(limits.directoryTextBytes)).toHaveLength(limits.directoryTextBytes);
    expect(() => named(limits.directoryTextBytes + 1)).toThrow('not empty');
  });

  it('whatever it is, is answered or said to be wrong, and changes nothing that is there', () => {
    const before = JSON.stringify(user);
    const paths = fc.constantFrom('active', 'emails', 'emails[type eq "work"]', 'name.x', '[', ']');
    const operation = fc.record({
      op: fc.constantFrom('add', 'Replace', 'remove', 'x'),
      path: fc.oneof(paths, fc.string(), fc.constant(undefined)),
      value: fc.jsonValue({ maxDepth: 3 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
        try {
          const after = ofUser(...operations);
          expect(['boolean', 'undefined']).toContain(typeof after['active']);
        } catch (fault) {
          expect(fault).toBeInstanceOf(BailiwickError);
        }
      }),
      { seed: 7, numRuns: 400 },
    );
    expect(JSON.stringify(user)).toBe(before);
  });
});
