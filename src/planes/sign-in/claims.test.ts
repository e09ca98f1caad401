import { describe, expect, it } from 'vitest';
import type { IdentityProviderEntry } from '#contracts/identity-provider.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { vouchedFor } from './claims.ts';
import { identityProviderKind } from './identity-provider-kind.ts';
import { ownPath } from './own-path.ts';
import { footingOf, namedGroups } from './providers.ts';
import { askedOf, checkStrength } from './strength.ts';

const oidc = { issuer: 'https://idp.example', clientId: 'us', clientSecret: 'corp' };

function parsed(spec: JsonObject): IdentityProviderEntry {
  const read = identityProviderKind.parse('corp', spec);
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return read.entry;
}

const entry = (over: JsonObject = {}) => parsed({ oidc, ...over });

const problems = (spec: JsonObject, name = 'corp'): string => {
  const read = identityProviderKind.parse(name, spec);
  return read.kind === 'problems' ? read.problems.map(({ message }) => message).join('; ') : '';
};

const vouched = (spec: JsonObject, claims: JsonObject, groups: readonly string[] = []) =>
  vouchedFor(entry(spec), { sub: 'u-1', ...claims }, new Set(groups));

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'done';
  } catch (fault) {
    return String((fault as { code?: unknown }).code);
  }
};

describe('the document of an identity provider', () => {
  it('names who may say who somebody is, and the secret that proves who we are', () => {
    expect(entry()).toMatchObject({
      title: 'corp',
      oidc: { client: { kind: 'secret', secret: 'corp' }, network: { loopback: false, hosts: [] } },
      require: { acr: [], amr: [], maxAgeMs: undefined },
    });
    expect(identityProviderKind.secrets?.(entry())).toEqual(['corp']);
    const { clientSecret: _, ...keyed } = oidc;
    const byKey = parsed({ oidc: { ...keyed, clientKey: true } });
    expect(byKey.oidc.client).toEqual({ kind: 'key' });
    expect(identityProviderKind.secrets?.(byKey)).toEqual([]);
  });

  it('is refused where it would let in too much or says nothing', () => {
    const { clientSecret: _, ...bare } = oidc;
    expect(problems({ oidc: bare })).toContain('clientSecret');
    expect(problems({ oidc: { ...oidc, clientKey: true } })).toContain('clientSecret');
    expect(problems({ oidc: { ...oidc, issuer: 'http://idp.example' } })).toContain('https');
    expect(problems({ oidc: { ...oidc, issuer: 'https://idp.example/?a=b' } })).toContain('query');
    expect(problems({ oidc: { ...oidc, scopes: ['profile'] } })).toContain('openid');
    expect(problems({ oidc, roles: [{ roles: ['admin'] }] })).toContain('group');
    expect(problems({ oidc, roles: [{ group: 'a', roles: ['root'] }] })).not.toBe('');
    expect(
      problems({ oidc, roles: [{ group: 'a', claim: 'b', value: 'c', roles: ['admin'] }] }),
    ).not.toBe('');
    expect(problems({ oidc, require: { maxAgeSeconds: 1 } })).not.toBe('');
    expect(problems({ oidc: { ...oidc, secret: 'x' } })).toContain('unknown key');
    for (const name of ['callback', 'passkey', 'jwks', 'backchannel-logout', 'system']) {
      expect(problems({ oidc }, name)).toContain(name);
    }
    const local = { ...oidc, issuer: 'http://127.0.0.1:8080', loopback: true };
    expect(problems({ oidc: local })).toBe('');
  });
});

describe('what a provider says of somebody', () => {
  it('counts as far as its document says: groups that something names, claims that go on, roles', () => {
    const spec = {
      claims: {
        name: 'email',
        groups: '/realm_access/roles',
        pass: ['device', 'risk', 'ok', 'none'],
      },
      roles: [
        { group: 'sec', roles: ['auditor', 'approver'] },
        { claim: 'department', value: 'it', roles: ['admin'] },
        { claim: 'level', value: '3', roles: ['operator'] },
        { group: 'nobody', roles: ['owner'] },
      ],
    };
    const claims = {
      email: 'ann@corp.example',
      realm_access: { roles: ['zoo', 'finance', 'sec', 'finance'] },
      department: ['it', 'hr'],
      level: 3,
      device: 'managed',
      risk: ['low', 'new'],
      ok: true,
      acr: 'mfa',
      amr: ['pwd', 'otp'],
      auth_time: 1_790_000_000,
      sid: 'session',
    };
    expect(vouched(spec, claims, ['finance', 'sec', 'other'])).toEqual({
      user: {
        subject: 'u-1',
        issuer: 'https://idp.example',
        name: 'ann@corp.example',
        groups: ['finance', 'sec'],
        acr: 'mfa',
        amr: ['otp', 'pwd'],
        signedInAt: 1_790_000_000_000,
        claims: ['device=managed', 'ok=true', 'risk=low', 'risk=new'],
      },
      roles: ['auditor', 'approver', 'operator', 'admin'],
      providerSession: 'session',
    });
  });

  it('is nothing that nobody said: no group, no role, no claim', () => {
    const spec = { roles: [{ claim: 'x', value: 'undefined', roles: ['admin'] }] };
    expect(vouched(spec, { preferred_username: 'ann' }, ['finance'])).toMatchObject({
      user: { name: 'ann', groups: [] },
      roles: [],
      providerSession: undefined,
    });
    expect(vouched(spec, { constructor: 'x', groups: 'finance' }, ['finance']).user.groups).toEqual(
      ['finance'],
    );
    expect(vouched({ claims: { pass: ['constructor', '/__proto__/x'] } }, {}).user.claims).toBe(
      undefined,
    );
  });

  it('is refused whole where it is too much or told elsewhere: a rule may forbid what was left out', () => {
    const no = (spec: JsonObject, claims: JsonObject, groups: readonly string[] = []) =>
      codeOf(() => vouched(spec, claims, groups));
    const many = (count: number) => Array.from({ length: count }, (_, at) => `g${at}`);
    const most = many(limits.userGroups);
    expect(no({}, { groups: most }, most)).toBe('done');
    const more = many(limits.userGroups + 1);
    expect(no({}, { groups: more }, more)).toBe('identity/claims-refused');
    expect(no({}, { groups: more }, most)).toBe('done');
    const passed = { claims: { pass: ['device'] } };
    expect(no(passed, { device: many(limits.passedClaims) })).toBe('done');
    expect(no(passed, { device: many(limits.passedClaims + 1) })).toBe('identity/claims-refused');
    for (const claims of [
      { _claim_names: { groups: 'src1' } },
      { hasgroups: true },
      { groups: [7] },
      { groups: { a: 1 } },
      { groups: ['x'.repeat(257)] },
      { preferred_username: '' },
      { sub: '' },
      { sid: 7 },
      { acr: ['mfa'] },
    ]) {
      expect(no({}, claims)).toBe('identity/claims-refused');
    }
  });
});

describe('how strongly somebody proved themselves', () => {
  const now = 1_790_000_000_000;
  const at = (seconds: number) => ({ auth_time: now / 1_000 - seconds });
  const judge = (
    require: JsonObject,
    claims: JsonObject,
    beside?: { acr?: string[]; maxAgeMs?: number },
  ) => {
    const one = entry({ require });
    const { user } = vouchedFor(one, { sub: 'u-1', ...claims }, new Set());
    return codeOf(() =>
      checkStrength(user, {
        require: one.require,
        beside: { acr: beside?.acr ?? [], maxAgeMs: beside?.maxAgeMs },
        now,
      }),
    );
  };
  const weak = 'identity/weak-sign-in';

  it('is held against what the document asks; what is missing is no [IDN-19]', () => {
    expect(judge({ acr: ['mfa', 'phr'] }, { acr: 'phr' })).toBe('done');
    expect(judge({ acr: ['mfa'] }, { acr: 'pwd' })).toBe(weak);
    expect(judge({ acr: ['mfa'] }, {})).toBe(weak);
    expect(judge({ amr: ['otp', 'pwd'] }, { amr: ['pwd', 'otp', 'x'] })).toBe('done');
    expect(judge({ amr: ['otp', 'pwd'] }, { amr: ['otp'] })).toBe(weak);
    expect(judge({ amr: ['mfa'] }, {})).toBe(weak);
    const skew = limits.clockSkewMs / 1_000;
    expect(judge({ maxAgeSeconds: 600 }, at(600 + skew))).toBe('done');
    expect(judge({ maxAgeSeconds: 600 }, at(601 + skew))).toBe(weak);
    expect(judge({ maxAgeSeconds: 600 }, {})).toBe(weak);
  });

  it('is held against what this very sign-in is for, too, and the provider is asked for the stricter', () => {
    expect(judge({ acr: ['low', 'high'] }, { acr: 'low' }, { acr: ['high'] })).toBe(weak);
    expect(judge({ acr: ['low', 'high'] }, { acr: 'high' }, { acr: ['high'] })).toBe('done');
    expect(judge({}, at(200), { maxAgeMs: 60_000 })).toBe(weak);
    const { require } = entry({ require: { acr: ['low', 'high'], maxAgeSeconds: 600 } });
    expect(askedOf(require, { acr: ['high'], maxAgeMs: 60_000 })).toEqual({
      acr: ['high'],
      maxAgeMs: 60_000,
    });
    expect(askedOf(require, { acr: [], maxAgeMs: undefined })).toEqual({
      acr: ['low', 'high'],
      maxAgeMs: 600_000,
    });
  });
});

describe('where a browser is sent back to', () => {
  it.each(['/', '/#approvals', '/oauth/authorize?client_id=a&state=%2F%2Fb', '/a//b', '/%5c'])(
    'is a place of ours: %s',
    (path) => expect(ownPath(path)).toBe(path),
  );

  it.each([
    undefined,
    '',
    'x',
    'https://evil.example/',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '/a\\b',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n//evil.example',
    '/.//evil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    '/ä',
    `/${'x'.repeat(4_096)}`,
  ])('is the first page where it is not plainly one: %j', (path) => {
    expect(ownPath(path)).toBe('/');
  });
});

it('is written by admins alone: it says who holds which role [IDN-19]', () => {
  expect(identityProviderKind.writtenBy).toBe('admin');
});

describe('groups that count', () => {
  const tenant = (over: object) => ({ tenant: 'main', ...over }) as unknown as TenantSnapshot;
  const cedar = `// a quote: "
    @id("no-interns")
    forbid (principal, action == Action::"call", resource) when {
      context has person && context.person.groups.containsAny(["interns", "guests"])
    };`;
  const plain = '@id("b") forbid (principal, action, resource) when { context.x == "y" };';
  const ruled = tenant({
    policies: [
      { name: 'a', cedar },
      { name: 'b', cedar: plain },
    ],
  });

  it('are those that a rule of policy asks for: else what it forbids a group is open', () => {
    expect([...namedGroups(ruled, entry())]).toEqual(['guests', 'interns']);
    const escaped = String.raw`forbid (principal, action, resource) when {
      context.person.groups.contains("caf\u{e9} \"\x41\"") };`;
    const spelled = tenant({ policies: [{ name: 'c', cedar: escaped }] });
    expect([...namedGroups(spelled, entry())]).toEqual(['café "A"']);
    const groups = namedGroups(ruled, entry());
    const claims = { sub: 'u-1', groups: ['interns', 'chess'] };
    expect(vouchedFor(entry(), claims, groups).user.groups).toEqual(['interns']);
  });

  it('are those of a Client, and those that the document of the provider lists', () => {
    const clients = { app: { name: 'app', allowed: { users: [], groups: ['dev'] } } };
    const open = { any: { name: 'any', allowed: undefined } };
    const provider = entry({ claims: { passGroups: ['night-shift'] } });
    expect([...namedGroups(tenant({ clients: { ...clients, ...open } }), provider)]).toEqual([
      'dev',
      'night-shift',
    ]);
  });

  it('are what a sign-in stands on, where rules ask for them', () => {
    const identityProviders = { corp: entry() };
    const footing = (policies: readonly object[]) =>
      footingOf(tenant({ identityProviders, policies }), 'corp');
    const before = footing([{ name: 'b', cedar: plain }]);
    expect(before).toBe(footing([]));
    expect(footing([{ name: 'a', cedar }])).not.toBe(before);
    const renamed = cedar.replace('no-interns', 'nobody-new').replace('a quote', 'quoted');
    expect(footing([{ name: 'a', cedar: renamed }])).toBe(footing([{ name: 'a', cedar }]));
  });
});
