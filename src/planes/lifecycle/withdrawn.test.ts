import { describe, expect, it } from 'vitest';
import type { OverlayEntry, RevokedTarget } from '#kernel/overlay.ts';
import type { Principal } from '#kernel/principal.ts';
import { createStanding } from './index.ts';

const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'desk',
  instance: 'c1',
  user: { subject: 'ada', issuer: 'https://idp.example', groups: [] },
  task: 't',
  session: 's',
  hops: [],
  delegation: { id: 'd1', client: 'cursor', issuedAt: 1_000, token: 'j1' },
  binding: 'none',
  keyThumbprint: undefined,
};

function heard(target: RevokedTarget, at: number, who: Partial<Principal> = {}) {
  const entry: OverlayEntry = { id: 'o', target, why: 'withdrawn', by: 'ann', reason: 'left', at };
  const compiled = createStanding().compile({ number: 1, entries: [entry] });
  return compiled.forbids({ ...principal, ...who }, undefined)?.code;
}

const grounds: readonly RevokedTarget[] = [
  { kind: 'user', tenant: 'main', issuer: 'https://idp.example', subject: 'ada' },
  { kind: 'client', tenant: 'main', client: 'cursor' },
  { kind: 'delegation', tenant: 'main', delegation: 'd1' },
  { kind: 'token', tenant: 'main', token: 'j1' },
];

describe('what a token stood on', () => {
  it.each(grounds)('refuses it once it is withdrawn: $kind [IDN-04] [CRD-20]', (target) => {
    expect(heard(target, 1_000)).toBe('identity/delegation-ended');
  });

  it.each(grounds.slice(0, 2))(
    'refuses none that was issued after it was withdrawn: $kind',
    (target) => {
      expect(heard(target, 999)).toBeUndefined();
    },
  );

  it.each(grounds.slice(2))('is over whatever the clock says: $kind', (target) => {
    expect(heard(target, 999)).toBe('identity/delegation-ended');
  });

  it.each(grounds)('is of one tenant: $kind', (target) => {
    expect(heard({ ...target, tenant: 'other' }, 1_000)).toBeUndefined();
  });

  it('is nobody else’s: another user, client, consent or token goes on', () => {
    const delegation = { id: 'd2', client: 'zed', issuedAt: 1_000, token: 'j2' };
    const user = { subject: 'bob', issuer: 'https://idp.example', groups: [] };
    for (const target of grounds)
      expect(heard(target, 9_000, { delegation, user })).toBeUndefined();
  });

  it('cannot be dodged by an issuer that runs into a subject', () => {
    const target: RevokedTarget = { kind: 'user', tenant: 'main', issuer: 'a b', subject: 'c' };
    const user = { subject: 'b c', issuer: 'a', groups: [] };
    expect(heard(target, 9_000, { user })).toBeUndefined();
  });
});
