import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdsRole, isRole, isSamePerson, type Role, roles, rolesOf } from './principal.ts';

/** What each role opens, the other way round than the product writes it. */
const opens: Readonly<Record<Role, readonly Role[]>> = {
  owner: ['owner'],
  auditor: ['auditor'],
  approver: ['auditor', 'approver'],
  analyst: ['auditor', 'analyst'],
  operator: ['auditor', 'analyst', 'operator'],
  privacy: ['auditor', 'privacy'],
  admin: ['owner', 'auditor', 'approver', 'analyst', 'operator', 'admin'],
};

const subsets = fc.subarray([...roles]);

describe('a name', () => {
  it('is of one human in any spelling, and of two where more than that differs', () => {
    for (const other of ['ada', 'Ada', ' ADA ', 'ａｄａ', 'a\u200bda', 'ada\ufe0f'])
      expect(isSamePerson('ada', other), JSON.stringify(other)).toBe(true);
    expect(isSamePerson('zoé', 'zoe\u0301')).toBe(true);
    for (const other of ['adam', 'a da', 'ada2', 'zoe', '']) {
      expect(isSamePerson('ada', other), JSON.stringify(other)).toBe(false);
    }
    expect(isSamePerson('zoé', 'zoe')).toBe(false);
  });
});

describe('roles', () => {
  it('open together what each of them opens, for every set of them, and nothing more [IDN-19]', () => {
    fc.assert(
      fc.property(subsets, subsets, (held, asked) => {
        const opened = new Set(held.flatMap((role) => opens[role]));
        expect(holdsRole({ roles: held }, ...asked)).toBe(asked.some((one) => opened.has(one)));
      }),
      { numRuns: 3_000, seed: 20_261_127 },
    );
  });

  it('that nobody knows are nothing, held or asked for', () => {
    for (const word of ['king', 'constructor', '__proto__', 'toString', '']) {
      const role = word as Role;
      expect(isRole(word)).toBe(false);
      expect(rolesOf([word, 'auditor', 'auditor'])).toEqual(['auditor']);
      for (const known of roles) expect(holdsRole({ roles: [role] }, known)).toBe(false);
      expect(holdsRole({ roles: ['admin'] }, role)).toBe(false);
      expect(holdsRole({ roles: [role] }, role)).toBe(false);
    }
    expect(holdsRole({ roles: [...roles] })).toBe(false);
  });

  it('keep deciding and operating apart: neither is had by the other', () => {
    expect(holdsRole({ roles: ['operator', 'analyst', 'auditor', 'owner'] }, 'approver')).toBe(
      false,
    );
    expect(holdsRole({ roles: ['approver', 'auditor', 'owner'] }, 'operator', 'analyst')).toBe(
      false,
    );
  });
});
