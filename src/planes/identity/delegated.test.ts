import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Roster, TokenTrust } from '#kernel/snapshot.ts';
import { generateInstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import type { MintAsk } from '#contracts/token-mint.ts';
import { delegatedClaims } from './delegated-claims.ts';
import { createPrincipals } from './principals.ts';
import { judgeToken } from './tokens.ts';

const key = generateInstanceKey('EdDSA');
const trust: TokenTrust = {
  issuer: 'urn:control',
  audience: 'urn:gateway',
  keys: [{ kid: 'k1', jwk: key.jwk }],
};
const now = 1_790_000_000_000;
const iat = now / 1_000;
const actor = { tenant: 'main', agent: 'desk', instance: 'c1' };

const usual: MintAsk = {
  id: 'd1',
  client: 'cursor',
  issuedAt: now - 5,
  user: {
    subject: 'ada',
    issuer: 'https://idp.example',
    groups: ['finance'],
    acr: 'phr',
    amr: ['pwd', 'otp'],
    signedInAt: now - 60_000,
  },
  hops: [],
  task: 't1',
  session: 's1',
  effects: undefined,
  isScoped: false,
  actor,
  thumbprint: undefined,
  expiresAt: now + 900_000,
};

let made = 0;

/** Each with a name of its own, as control issues them. */
function tokenOf(of: Partial<MintAsk> = {}, over: object = {}): string {
  made += 1;
  const claims = {
    iss: trust.issuer,
    aud: trust.audience,
    ...actor,
    jti: `j${made}`,
    iat,
    exp: iat + 900,
    binding: 'none',
    ...delegatedClaims({ ...usual, ...of }),
    ...over,
  };
  return signJws(key, { typ: 'at+jwt', kid: 'k1' }, claims);
}

const empty: Roster = { number: 1, instances: {} };
const principals = createPrincipals();

function principalOf(token: string, roster: Roster = empty): Principal | string {
  const claims = judgeToken(token, trust, now);
  if (isRefusal(claims)) return claims.code;
  const binding = claims.thumbprint === undefined ? 'none' : 'dpop';
  const found = principals(claims, binding, { tenant: 'main', trust, roster, now });
  return isRefusal(found) ? found.code : found;
}

describe('a token that says for whom the agent acts', () => {
  it('gives user, agent, client and task, each by its own name [IDN-03]', () => {
    expect(principalOf(tokenOf())).toMatchObject({
      agent: 'desk',
      instance: 'c1',
      user: usual.user,
      task: 't1',
      session: 's1',
      hops: [],
      delegation: { id: 'd1', client: 'cursor', issuedAt: now - 5 },
    });
  });

  it('gives no user to an agent that acts for nobody [IDN-03]', () => {
    const found = principalOf(tokenOf({ user: undefined, client: undefined }));
    expect(found).toMatchObject({ user: undefined, task: 't1', delegation: { client: undefined } });
  });

  it('tells the chain in the order in which it was handed over, the caller last [IDN-22]', () => {
    const hops = [
      { agent: 'planner', instance: 'p1' },
      { agent: 'clerk', instance: 'k/1' },
    ];
    expect(principalOf(tokenOf({ hops }))).toMatchObject({ hops, agent: 'desk' });
  });

  it('is refused with a chain that is longer than the bound [IDN-22]', () => {
    const hops = Array.from({ length: limits.handOffs }, (_unused, at) => ({
      agent: 'planner',
      instance: `p${at}`,
    }));
    expect(principalOf(tokenOf({ hops }))).toMatchObject({ hops });
    const longer = [...hops, { agent: 'planner', instance: 'more' }];
    expect(principalOf(tokenOf({ hops: longer }))).toBe('identity/invalid-token');
  });

  it.each([
    ['another actor', { act: { sub: 'agent:main/desk/c2' } }],
    ['no actor', { act: undefined }],
    ['an actor that is no agent', { act: { sub: 'ada' } }],
    ['a link that is no agent', { act: { sub: 'agent:main/desk/c1', act: { sub: 'ada' } } }],
    ['no delegation', { dlg: undefined }],
    ['no task', { task: undefined }],
    ['no session', { sid: undefined }],
    ['no client', { client_id: undefined }],
    ['a subject of nobody', { user: undefined, sub: 'ada' }],
    ['groups that are no list', { user: { iss: 'https://idp.example', groups: 'finance' } }],
    ['members that nobody knows', { dlg: { id: 'd1', at: now, admin: true } }],
    ['an effect that nobody knows', { dlg: { id: 'd1', at: now, eff: ['everything'] } }],
    ['too many groups', groupsOver(limits.userGroups + 1)],
  ])('is refused with %s', (_what, over) => {
    expect(principalOf(tokenOf({}, over))).toBe('identity/invalid-token');
  });

  it('takes as many groups as the bound', () => {
    expect(principalOf(tokenOf({}, groupsOver(limits.userGroups)))).toMatchObject({
      agent: 'desk',
    });
  });

  it('has no right while the scope of its narrowed task is not known [CRD-14]', () => {
    const token = tokenOf({ isScoped: true });
    expect(principalOf(token)).toBe('identity/unknown-scope');
    const scope = { targets: [], effects: ['read'] as const };
    const begun = { 'main/t1': { until: now + 1, scope } };
    expect(principalOf(token, { ...empty, begun })).toMatchObject({ scope });
    expect(principalOf(token, { ...empty, begun: {} })).toBe('identity/unknown-scope');
    const unscoped = { 'main/t1': { until: now + 1 } };
    expect(principalOf(token, { ...empty, begun: unscoped })).toBe('identity/unknown-scope');
  });

  it('is over with the time of its task, whatever the token says [POL-15]', () => {
    const begun = (until: number) => ({ ...empty, begun: { 'main/t1': { until } } });
    expect(principalOf(tokenOf(), begun(now + 1))).toMatchObject({ task: 't1' });
    expect(principalOf(tokenOf(), begun(now))).toBe('identity/task-ended');
  });

  it('has the effects that consent and task both have', () => {
    const token = tokenOf({ isScoped: true, effects: ['read', 'write'] });
    const scope = { effects: ['write', 'delete'] as const };
    const begun = { 'main/t1': { until: now + 1, scope } };
    expect(principalOf(token, { ...empty, begun })).toMatchObject({
      scope: { effects: ['write'] },
    });
  });

  it('has no more effects than its task has by now, known before or not', () => {
    const token = tokenOf({ effects: ['read', 'write'] });
    expect(principalOf(token)).toMatchObject({ scope: { effects: ['read', 'write'] } });
    const begun = { 'main/t1': { until: now + 1, scope: { effects: ['read'] as const } } };
    expect(principalOf(token, { ...empty, begun })).toMatchObject({ scope: { effects: ['read'] } });
  });

  it('is not believed by a key that is enrolled for another instance', () => {
    const jkt = 'A'.repeat(43);
    const token = tokenOf({}, { binding: undefined, cnf: { jkt } });
    expect(principalOf(token)).toMatchObject({ keyThumbprint: jkt });
    const enrolled = { tenant: 'main', agent: 'desk', instance: 'c2' };
    const roster = { number: 2, instances: { [jkt]: enrolled } };
    expect(principalOf(token, roster)).toBe('identity/key-mismatch');
  });

  it('reads back whatever was written, for any names', () => {
    const name = fc.string({ minLength: 1, maxLength: 20 });
    const agent = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    const hop = fc.record({ agent, instance: name });
    fc.assert(
      fc.property(
        name,
        fc.array(hop, { maxLength: 7 }),
        fc.array(name),
        (subject, hops, groups) => {
          const user = { subject, issuer: 'https://idp.example', groups };
          const found = principalOf(tokenOf({ user, hops }));
          expect(found).toMatchObject({ user, hops });
        },
      ),
      { numRuns: 60 },
    );
  });
});

function groupsOver(count: number) {
  const groups = Array.from({ length: count }, (_unused, at) => `g${at}`);
  return { user: { iss: 'https://idp.example', groups } };
}
