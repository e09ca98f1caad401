import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Person } from '#kernel/principal.ts';
import type { StepUpEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { guardedActs, type PersonAct, unmetStepUps } from './step-up.ts';

const now = 1_000_000_000;

function tenantWith(...entries: readonly StepUpEntry[]): TenantSnapshot {
  const stepUps = Object.fromEntries(entries.map((one) => [one.name, one]));
  return { tenant: 'main', stepUps } as unknown as TenantSnapshot;
}

const finance: StepUpEntry = {
  name: 'finance',
  acts: ['approve'],
  acr: ['high', 'higher'],
  amr: ['mfa'],
  withinMs: 300_000,
  approvalClass: 'finance',
};

function through(over: object = {}): NonNullable<Person['through']> {
  const strong = { acr: 'high', amr: ['pwd', 'mfa'], signedInAt: now - 300_000 };
  return { kind: 'session', id: 's', provider: 'idp', ...strong, ...over };
}

interface Asked {
  readonly act: PersonAct;
  readonly approvalClass: string | undefined;
}

/** The names of what is not satisfied. */
function unmet(
  by: Person['through'],
  of: Partial<Asked> = {},
  over: Partial<StepUpEntry> = {},
): readonly string[] {
  const asked: Asked = { act: 'approve', approvalClass: 'finance', ...of };
  const person = by === undefined ? {} : { through: by };
  return unmetStepUps(tenantWith({ ...finance, ...over }), asked, person, now).map(
    ({ name }) => name,
  );
}

describe('another sign-in', () => {
  it('is not asked of whoever has it: strong enough, with all that it takes, and fresh [APR-12]', () => {
    expect(unmet(through())).toEqual([]);
    expect(unmet(through({ acr: 'higher' }))).toEqual([]);
    expect(unmet(through({ signedInAt: now + 30_000 }))).toEqual([]);
  });

  it('is asked of whoever adds a passkey, whatever documents ask it for: they sign in by it next [APR-12]', () => {
    const weak = through({ acr: 'low' });
    const passkeys = { act: 'passkeys', approvalClass: undefined } as const;
    expect(unmet(weak, passkeys)).toEqual(['finance']);
    expect(unmet(through(), passkeys)).toEqual([]);
    expect(unmet(undefined, passkeys, { acts: ['people'] })).toEqual(['finance']);
  });

  it.each([
    ['weak', { acr: 'low' }],
    ['of a provider that says nothing of it', { acr: undefined }],
    ['without all that it takes', { amr: ['pwd'] }],
    ['of a provider that does not say how', { amr: undefined }],
    ['stale', { signedInAt: now - 300_001 }],
    ['of an unknown time', { signedInAt: undefined }],
    ['of the future', { signedInAt: now + 30_001 }],
  ])('is asked of one that is %s [APR-12]', (_, over) => {
    expect(unmet(through(over))).toEqual(['finance']);
  });

  it('is asked of whoever did not sign in, whatever they hold [APR-12]', () => {
    expect(unmet(undefined)).toEqual(['finance']);
    expect(unmet({ kind: 'token', id: 't' })).toEqual(['finance']);
    expect(unmet(undefined, {}, { acr: [], amr: [] })).toEqual(['finance']);
  });

  it('is asked for the acts and the class that the document names, and for nothing else', () => {
    expect(unmet(undefined, { approvalClass: 'other' })).toEqual([]);
    expect(unmet(undefined, { approvalClass: undefined })).toEqual([]);
    expect(unmet(undefined, { act: 'release' })).toEqual([]);
    expect(unmetStepUps(undefined, { act: 'approve', approvalClass: 'x' }, {}, now)).toEqual([]);
  });

  it('is asked by each document for itself: one that is satisfied excuses no other', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const entry = fc.record({
      acts: fc.subarray([...guardedActs], { minLength: 1 }),
      acr: fc.subarray(['a', 'b', 'c']),
      amr: fc.subarray(['a', 'b', 'c']),
      withinMs: fc.constantFrom(undefined, 1, 1_000),
    });
    const signIn = fc.record({ acr: word, amr: fc.subarray(['a', 'b', 'c']), age: fc.nat(2_000) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), signIn, (entries, { acr, amr, age }) => {
        const named = entries.map(({ withinMs, ...one }, at) => ({
          ...one,
          name: `n${at}`,
          ...(withinMs === undefined ? {} : { withinMs }),
        }));
        const by = { through: through({ acr, amr, signedInAt: now - age }) };
        const found = unmetStepUps(
          tenantWith(...named),
          { act: 'people', approvalClass: undefined },
          by,
          now,
        );
        const expected = named.filter(
          (one) =>
            one.acts.includes('people') &&
            ((one.acr.length > 0 && !one.acr.includes(acr)) ||
              one.amr.some((asked) => !amr.includes(asked)) ||
              (one.withinMs !== undefined && age > one.withinMs)),
        );
        expect(found).toEqual(expected);
      }),
      { numRuns: 1_000, seed: 20_261_127 },
    );
  });
});
