import { beforeEach, describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import type { RosterEntry, TokenTrust } from '#kernel/snapshot.ts';
import { generateInstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import { createBoundedCache } from './bounded-cache.ts';
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

/** A token by the true key, with header and claims of one's own choice. */
function judged(changes: { readonly header?: object; readonly claims?: object } = {}): string {
  const claims = {
    iss: trust.issuer,
    aud: trust.audience,
    sub: 'agent:main/support/i1',
    tenant: 'main',
    agent: 'support',
    instance: 'i1',
    jti: 'j1',
    iat,
    exp: iat + 900,
    cnf: { jkt: 'A'.repeat(43) },
    ...changes.claims,
  };
  const token = signJws(key, { typ: 'at+jwt', kid: 'k1', ...changes.header }, claims);
  const answer = judgeToken(token, trust, now);
  return isRefusal(answer) ? answer.code : `${answer.agent} ${answer.thumbprint?.length ?? 'free'}`;
}

describe('an access token', () => {
  it('says what it is bound to, or that it is bound to nothing', () => {
    expect(judged()).toBe('support 43');
    expect(judged({ claims: { cnf: undefined, binding: 'none' } })).toBe('support free');
  });

  it.each([
    { typ: 'JWT' },
    { typ: undefined },
    { typ: 'application/at+jwt' },
    { alg: 'none' },
    { alg: 'ES256' },
    { alg: 'HS256' },
    { kid: 'k2' },
    { kid: undefined },
    { crit: ['exp'] },
  ])('with the header %o is refused', (header) => {
    expect(judged({ header })).toBe('identity/invalid-token');
  });

  it.each([
    { sub: 'agent:main/support/i2' },
    { sub: undefined },
    { tenant: undefined },
    { agent: '' },
    { instance: 1 },
    { jti: undefined },
    { iat: undefined },
    { exp: undefined },
    { exp: iat + 901 },
    { iat: iat + 31, exp: iat + 60 },
    { cnf: undefined },
    { cnf: undefined, binding: 'dpop' },
    { cnf: {} },
    { cnf: { jkt: '' } },
    { cnf: 'x' },
    { binding: 'none' },
  ])('with the claims %o is refused', (claims) => {
    expect(judged({ claims })).toBe('identity/invalid-token');
  });

  it.each([
    [{ exp: iat }, 'identity/expired-token'],
    [{ aud: 'urn:other' }, 'identity/wrong-audience'],
    [{ aud: ['urn:gateway'] }, 'identity/wrong-audience'],
    [{ iss: 'urn:other' }, 'identity/user-token'],
    [{ iss: undefined }, 'identity/invalid-token'],
  ])('with %o is refused for its own reason', (claims, code) => {
    expect(judged({ claims })).toBe(code);
  });
});

describe('a principal', () => {
  const thumbprint = 'T'.repeat(43);
  const claims = { tenant: 'main', agent: 'support', instance: 'i1', jti: 'j1', thumbprint };
  let enrolled: RosterEntry;

  function codeOf(under = thumbprint): string {
    const context = { tenant: 'main', trust, roster: { number: 1, instances: {} }, now };
    const roster = { number: 1, instances: { [thumbprint]: enrolled } };
    const principalOf = createPrincipals();
    const answer = principalOf({ ...claims, thumbprint: under }, 'dpop', { ...context, roster });
    return isRefusal(answer) ? answer.code : answer.instance;
  }

  beforeEach(() => {
    const current = { task: 't', session: 's' };
    enrolled = { tenant: 'main', agent: 'support', instance: 'i1', current };
  });

  it('is the one that the roster has under its key', () => {
    expect(codeOf()).toBe('i1');
    expect(codeOf('constructor')).toBe('identity/key-mismatch');
  });

  it('is refused while its agent has no task: none is guessed', () => {
    enrolled = { tenant: 'main', agent: 'support', instance: 'i1' };
    expect(codeOf()).toBe('identity/no-task');
  });

  it.each([{ tenant: 'globex' }, { agent: 'refunds' }, { instance: 'i2' }])(
    'is refused when the roster says %o',
    (other) => {
      Object.assign(enrolled, other);
      expect(codeOf()).toBe('identity/key-mismatch');
    },
  );
});

describe('what is kept to save work', () => {
  it('is bounded, and what is busy stays', () => {
    const cache = createBoundedCache<number>(100);
    cache.set('busy', 0);
    for (let n = 0; n < 10_000; n += 1) {
      cache.set(`stranger ${n}`, n);
      expect(cache.size).toBeLessThanOrEqual(100);
      expect(cache.get('busy')).toBe(0);
    }
    expect(cache.get('stranger 0')).toBeUndefined();
    cache.set('busy', 1);
    expect(cache.get('busy')).toBe(1);
  });
});
