import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutbounds } from '#adapters/outbound/index.ts';
import type { IdentityProvider, IdentityProviderEntry } from '#contracts/identity-provider.ts';
import { limits } from '#kernel/limits.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeIdentityProvider, testKey } from '../../../../test/fakes/fake-identity-provider.ts';
import { createOidc } from './index.ts';

let clock: ManualClock;
let idp: FakeIdentityProvider;
let oidc: IdentityProvider;

const ours = generateKeyPairSync('ed25519');

beforeEach(async () => {
  clock = new ManualClock();
  idp = await FakeIdentityProvider.start(clock);
  oidc = createOidc({
    clock,
    outbound: createOutbounds(),
    secretOf: (tenant, name) => `${tenant} ${name}: p@ss`,
    signer: {
      name: 'sign-in',
      publicKey: Buffer.from(ours.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
      sign: (bytes) => sign(null, bytes, ours.privateKey),
    },
  });
});

afterEach(() => idp.close());

type Settings = IdentityProviderEntry['oidc'];

const entry = (over: Partial<Settings> = {}): IdentityProviderEntry => ({
  name: 'corp',
  title: 'Corp',
  oidc: {
    issuer: idp.url,
    clientId: 'us',
    client: { kind: 'secret', secret: 'corp-secret' },
    scopes: ['openid'],
    exchangeAudiences: ['api'],
    network: { loopback: true, hosts: [] },
    ...over,
  },
  claims: { name: 'preferred_username', groups: 'groups', pass: [] },
  roles: [],
  require: { acr: [], amr: [], maxAgeMs: undefined },
});

const verifier = 'v'.repeat(43);
const redirectUri = 'http://localhost/sign-in/callback';

async function begin(over: Partial<Settings> = {}): Promise<URL> {
  const { createHash } = await import('node:crypto');
  const location = await oidc.authorizationUrl({
    tenant: 'main',
    entry: entry(over),
    redirectUri,
    state: 'a state',
    nonce: 'a nonce',
    challenge: createHash('sha256').update(verifier).digest('base64url'),
    acr: [],
    maxAgeMs: undefined,
  });
  return idp.authorize(location);
}

async function signIn(
  over: Partial<Parameters<IdentityProvider['redeem']>[0]> & { settings?: Partial<Settings> } = {},
) {
  const { settings, ...asked } = over;
  const back = await begin(settings);
  return oidc.redeem({
    tenant: 'main',
    entry: entry(settings),
    code: back.searchParams.get('code') ?? '',
    iss: idp.url,
    verifier,
    nonce: 'a nonce',
    redirectUri,
    ...asked,
  });
}

const codeOf = (ask: Promise<unknown>): Promise<string> =>
  ask.then(
    () => 'done',
    ({ code }: { code?: unknown }) => String(code),
  );

const read = (token: string, over: Partial<Settings> = {}) =>
  oidc.read({ tenant: 'main', entry: entry(over), token, use: 'exchange', audience: 'us' });

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a sign-in at a provider', () => {
  it('asks for a code with PKCE, state and nonce, and gets what the provider signed [SYS-015]', async () => {
    const location = new URL(
      await oidc.authorizationUrl({
        tenant: 'main',
        entry: entry({ scopes: ['openid', 'groups'] }),
        redirectUri,
        state: 's',
        nonce: 'n',
        challenge: 'c',
        acr: ['mfa', 'phr'],
        maxAgeMs: 60_500,
      }),
    );
    expect(Object.fromEntries(location.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'us',
      redirect_uri: redirectUri,
      scope: 'openid groups',
      state: 's',
      nonce: 'n',
      code_challenge: 'c',
      code_challenge_method: 'S256',
      acr_values: 'mfa phr',
      max_age: '60',
    });
    const { claims, expiresAt } = await signIn();
    expect(claims).toMatchObject({ sub: 'u-1', aud: 'us', groups: ['staff'] });
    expect(expiresAt).toBe(idp.seconds(300) * 1_000);
  });

  it('proves who we are by the secret, as the provider takes it, or by our key', async () => {
    await signIn();
    const basic = Buffer.from('us:main+corp-secret%3A+p%40ss').toString('base64');
    expect(idp.redeemed?.authorization).toBe(`Basic ${basic}`);
    expect(idp.redeemed?.body.get('client_secret')).toBeNull();
    clock.advance(limits.providerFreshMs);
    idp.metadata = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    await signIn();
    expect(idp.redeemed?.authorization).toBeUndefined();
    expect(idp.redeemed?.body.get('client_secret')).toBe('main corp-secret: p@ss');
    await signIn({ settings: { client: { kind: 'key' } } });
    const assertion = idp.redeemed?.body.get('client_assertion') ?? '';
    const { jwtVerify, createLocalJWKSet } = await import('jose');
    const ourKeys = oidc.clientKeys() as unknown as Parameters<typeof createLocalJWKSet>[0];
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(ourKeys), {
      audience: idp.url,
      currentDate: new Date(clock.now()),
    });
    expect(payload).toMatchObject({ iss: 'us', sub: 'us' });
    expect(JSON.stringify(ourKeys)).not.toContain('"d"');
  });

  it('is nothing by a code that was used, a verifier of another, or another place to come back to', async () => {
    const code = (await begin()).searchParams.get('code') ?? '';
    expect(await codeOf(signIn({ code }))).toBe('done');
    expect(await codeOf(signIn({ code }))).toBe('identity/sign-in-denied');
    expect(await codeOf(signIn({ verifier: 'x'.repeat(43) }))).toBe('identity/sign-in-denied');
    const elsewhere = 'http://localhost/elsewhere';
    expect(await codeOf(signIn({ redirectUri: elsewhere }))).toBe('identity/sign-in-denied');
  });

  it('is nothing by the answer of another provider, or by one that does not say whose it is', async () => {
    expect(await codeOf(signIn({ iss: 'https://evil.example' }))).toBe('identity/sign-in-lost');
    expect(await codeOf(signIn({ iss: undefined }))).toBe('done');
    clock.advance(limits.providerFreshMs);
    idp.metadata = { authorization_response_iss_parameter_supported: true };
    expect(await codeOf(signIn({ iss: undefined }))).toBe('identity/provider-fault');
  });

  const bad: readonly [string, Record<string, unknown>, string][] = [
    ['for another client', { aud: 'them' }, 'identity/wrong-audience'],
    ['for us and others', { aud: ['us', 'them'] }, 'identity/wrong-audience'],
    ['for another party', { azp: 'them' }, 'identity/wrong-audience'],
    ['for nobody', { aud: 7 }, 'identity/wrong-audience'],
    ['with another nonce', { nonce: 'replayed' }, 'identity/invalid-token'],
    ['without a nonce', { nonce: undefined }, 'identity/invalid-token'],
    ['of another issuer', { iss: 'https://evil.example' }, 'identity/invalid-token'],
    ['of nobody', { sub: '' }, 'identity/invalid-token'],
    ['of somebody too long', { sub: 'x'.repeat(256) }, 'identity/invalid-token'],
    ['without an end', { exp: undefined }, 'identity/invalid-token'],
    ['without a beginning', { iat: undefined }, 'identity/invalid-token'],
    ['with a time that is none', { iat: 'now' }, 'identity/invalid-token'],
    [
      'beside another access token',
      { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' },
      'identity/invalid-token',
    ],
  ];

  it.each(bad)('is nothing by an ID token %s', async (_what, claims, code) => {
    idp.claims = { ...idp.claims, ...claims };
    expect(await codeOf(signIn())).toBe(code);
  });

  it('takes several audiences where we are the party that asked, and the hash of the right access token', async () => {
    idp.claims = { ...idp.claims, aud: ['us', 'them'], azp: 'us' };
    expect(await codeOf(signIn())).toBe('done');
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update('an access token').digest();
    idp.claims = { sub: 'u-1', at_hash: digest.subarray(0, 16).toString('base64url') };
    expect(await codeOf(signIn())).toBe('done');
  });

  it('takes clocks that differ by the skew, and no more', async () => {
    const skew = limits.clockSkewMs / 1_000;
    const at = async (claims: object) => {
      idp.claims = { sub: 'u-1', ...claims };
      return codeOf(signIn());
    };
    expect(await at({ exp: idp.seconds(-skew + 1) })).toBe('done');
    expect(await at({ exp: idp.seconds(-skew) })).toBe('identity/expired-token');
    expect(await at({ iat: idp.seconds(skew) })).toBe('done');
    expect(await at({ iat: idp.seconds(skew + 1) })).toBe('identity/invalid-token');
    expect(await at({ nbf: idp.seconds(skew + 1) })).toBe('identity/invalid-token');
  });

  it('is nothing by an answer without an ID token, no JSON, or one that is too large', async () => {
    const answered = async (body: unknown, status = 200) => {
      idp.tokenAnswer = () => ({ status, body });
      return codeOf(signIn());
    };
    expect(await answered({ access_token: 'x' })).toBe('identity/provider-fault');
    expect(await answered('<html>')).toBe('identity/provider-fault');
    expect(await answered('{"id_token":"a","id_token":"b"}')).toBe('identity/provider-fault');
    const large = 'x'.repeat(limits.providerAnswerBytes);
    expect(await answered({ id_token: large })).toBe('identity/provider-fault');
    expect(await answered({ id_token: 'x'.repeat(limits.userTokenBytes + 1) })).toBe(
      'identity/invalid-token',
    );
    expect(await answered({}, 500)).toBe('identity/provider-away');
  });
});

describe('what a provider says of itself', () => {
  const faults: readonly [string, Record<string, unknown>][] = [
    ['another issuer', { issuer: 'https://evil.example' }],
    ['no place for tokens', { token_endpoint: undefined }],
    ['only plain PKCE', { code_challenge_methods_supported: ['plain'] }],
    ['a page of scripts', { authorization_endpoint: 'javascript:alert(1)' }],
    ['a place without https', { authorization_endpoint: 'http://idp.example/authorize' }],
    ['an end without https', { end_session_endpoint: 'http://idp.example/end' }],
  ];

  it.each(faults)('is not believed where it names %s', async (_what, metadata) => {
    idp.metadata = metadata;
    expect(await codeOf(begin())).toBe('identity/provider-fault');
  });

  it('leads to no place inside: neither by the issuer, nor by its keys, nor by its tokens', async () => {
    const inside = 'https://169.254.169.254/latest';
    const issuer = { issuer: 'https://169.254.169.254' };
    expect(await codeOf(begin(issuer))).toBe('identity/provider-fault');
    idp.metadata = { token_endpoint: inside };
    expect(await codeOf(signIn())).toBe('identity/provider-fault');
    clock.advance(limits.providerFreshMs);
    idp.metadata = { jwks_uri: inside };
    expect(await codeOf(signIn())).toBe('identity/provider-fault');
    const shut = { network: { loopback: false, hosts: [] } };
    expect(await codeOf(begin(shut))).toBe('identity/provider-fault');
  });

  it('is asked for once by however many, and again when it is old', async () => {
    await Promise.all([begin(), begin(), begin()]);
    await begin();
    const times = () => idp.asked.filter((one) => one.includes('well-known')).length;
    expect(times()).toBe(1);
    clock.advance(limits.providerFreshMs);
    await begin();
    expect(times()).toBe(2);
  });

  it('is believed while it is away, for a bounded time, and then nobody is anybody', async () => {
    await signIn();
    const token = await idp.sign({ sub: 'u-1', aud: 'api' });
    idp.isAway = true;
    clock.advance(limits.providerFreshMs);
    const later = () => idp.sign({ sub: 'u-1', aud: 'api' });
    expect(await codeOf(read(await later()))).toBe('done');
    clock.advance(limits.providerStaleMs - limits.providerFreshMs);
    expect(await codeOf(read(await later()))).toMatch(/^identity\/provider-(away|fault)$/);
    expect(await codeOf(begin())).toMatch(/^identity\/provider-(away|fault)$/);
    idp.isAway = false;
    clock.advance(limits.providerAgainMs);
    expect(await codeOf(read(await later()))).toBe('done');
    expect(token).not.toBe('');
  });
});

it('a provider is waited for, and read, within bounds', async () => {
  const asked: { maxBytes: number; timeoutMs: number }[] = [];
  const silent = createOidc({
    clock,
    outbound: () => ({
      fetch: async (ask) => {
        asked.push(ask);
        throw new Error('nobody there');
      },
    }),
    secretOf: () => '',
    signer: { name: 'sign-in', publicKey: new Uint8Array(32), sign: () => new Uint8Array(64) },
  });
  const token = await idp.sign({ sub: 'u-1' });
  const ask = { tenant: 'main', entry: entry(), token, use: 'exchange', audience: 'us' } as const;
  expect(await codeOf(silent.read(ask))).toBe('identity/provider-away');
  expect(asked).toMatchObject([
    { timeoutMs: limits.providerWaitMs, maxBytes: limits.providerAnswerBytes },
  ]);
});

describe('the keys of a provider', () => {
  it('change in mid-flight: a new one is asked for, an old one is worth nothing once it is gone', async () => {
    await signIn();
    const old = idp.keys[0];
    idp.keys = [await testKey('k2')];
    clock.advance(limits.providerAgainMs);
    expect(await codeOf(signIn())).toBe('done');
    const token = await idp.sign({ sub: 'u-1', aud: 'api' }, {}, old);
    clock.advance(limits.providerAgainMs);
    const fresh = await idp.sign({ sub: 'u-1', aud: 'api' }, {}, old);
    expect(await codeOf(read(token))).toBe('identity/invalid-token');
    expect(await codeOf(read(fresh))).toBe('identity/invalid-token');
  });

  it('are asked for no more often by a flood of keys that nobody has', async () => {
    await signIn();
    const before = idp.asked.length;
    const strange = await testKey('strange');
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        idp.sign({ sub: 'u-1', aud: 'api' }, { kid: `strange-${at}` }, strange),
      ),
    );
    clock.advance(limits.providerAgainMs);
    for (const token of tokens) expect(await codeOf(read(token))).toBe('identity/invalid-token');
    expect(idp.asked.length - before).toBe(1);
  });

  it('are believed for what they are: by kind, size, use and number', async () => {
    const good = { sub: 'u-1', aud: 'api' };
    for (const alg of ['RS256', 'PS512', 'ES384', 'ES512', 'EdDSA']) {
      idp.keys = [await testKey(`of ${alg}`, alg)];
      clock.advance(limits.providerFreshMs);
      expect(await codeOf(read(await idp.sign(good)))).toBe('done');
    }
    const [key] = [await testKey('k')];
    for (const jwk of [
      { ...key.jwk, use: 'enc' },
      { ...key.jwk, key_ops: ['sign'] },
      { ...key.jwk, alg: 'ES384' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'k' },
    ]) {
      idp.keys = [{ ...key, jwk }];
      clock.advance(limits.providerFreshMs);
      expect(await codeOf(read(await idp.sign(good)))).toBe('identity/invalid-token');
    }
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const jwk = { ...short.publicKey.export({ format: 'jwk' }), kid: 'k' };
    idp.keys = [{ ...key, jwk }];
    clock.advance(limits.providerFreshMs);
    expect(await codeOf(read(await idp.sign(good)))).toBe('identity/invalid-token');
    idp.keys = Array.from({ length: limits.providerKeys + 1 }, () => key);
    clock.advance(limits.providerFreshMs);
    // What was known before stays; it is not the key.
    expect(await codeOf(read(await idp.sign(good)))).toBe('identity/invalid-token');
    expect(await codeOf(read(await idp.sign(good, { kid: undefined as never })))).toBe(
      'identity/invalid-token',
    );
  });

  it('without a name is the only one, or none', async () => {
    const good = { sub: 'u-1', aud: 'api' };
    const nameless = { kid: undefined as never };
    expect(await codeOf(read(await idp.sign(good, nameless)))).toBe('done');
    idp.keys = [...idp.keys, await testKey('k2')];
    clock.advance(limits.providerFreshMs);
    expect(await codeOf(read(await idp.sign(good, nameless)))).toBe('identity/invalid-token');
  });
});

describe('a token', () => {
  const claims = () => ({
    iss: idp.url,
    sub: 'u-1',
    aud: 'api',
    iat: idp.seconds(),
    exp: idp.seconds(60),
  });

  it('that nobody signed, or that was signed with a public key as a secret, is nobody’s', async () => {
    const none = `${base64url({ alg: 'none' })}.${base64url(claims())}.`;
    expect(await codeOf(read(none))).toBe('identity/invalid-token');
    const head = `${base64url({ alg: 'HS256', kid: 'k1' })}.${base64url(claims())}`;
    const secret = JSON.stringify(idp.keys[0]?.jwk);
    const mac = createHmac('sha256', secret).update(head).digest('base64url');
    expect(await codeOf(read(`${head}.${mac}`))).toBe('identity/invalid-token');
  });

  it('is judged as it was signed: no letter of it changes', async () => {
    const token = await idp.sign({ sub: 'u-1', aud: 'api' });
    expect(await codeOf(read(token))).toBe('done');
    const [head = '', , signature = ''] = token.split('.');
    const other = base64url({ ...claims(), sub: 'admin' });
    expect(await codeOf(read(`${head}.${other}.${signature}`))).toBe('identity/invalid-token');
    const confused = base64url({ alg: 'RS256', kid: 'k1' });
    expect(await codeOf(read(token.replace(head, confused)))).toBe('identity/invalid-token');
    const spelled = ['=', '==', ' ', '\n'].map((more) => `${token}${more}`);
    for (const text of ['', 'a', 'a.b', 'a.b.c', `${token}.x`, ...spelled, token.slice(0, -2)]) {
      expect(await codeOf(read(text))).toBe('identity/invalid-token');
    }
    const twice = Buffer.from(`{"sub":"u-1","sub":"u-2"}`).toString('base64url');
    expect(await codeOf(read(`${head}.${twice}.${signature}`))).toBe('identity/invalid-token');
  });

  it('that wants something understood, or is too large, is not taken', async () => {
    const good = { sub: 'u-1', aud: 'api' };
    const critical = await idp.sign(good, { crit: ['b64'], b64: true });
    expect(await codeOf(read(critical))).toBe('identity/invalid-token');
    const head = base64url({ alg: 'ES256', kid: 'k1', crit: ['x'], x: 1 });
    const plain = await idp.sign(good);
    expect(await codeOf(read(plain.replace(/^[^.]+/, head)))).toBe('identity/invalid-token');
    const large = await idp.sign({ ...good, more: 'x'.repeat(limits.userTokenBytes) });
    expect(await codeOf(read(large))).toBe('identity/invalid-token');
  });

  it('is exchanged for an audience that the document names, and bound to no key', async () => {
    const of = async (over: object, typ?: string) =>
      codeOf(read(await idp.sign({ ...claims(), ...over }, typ === undefined ? {} : { typ })));
    expect(await of({}, 'at+jwt')).toBe('done');
    expect(await of({}, 'application/AT+JWT')).toBe('done');
    expect(await of({ aud: ['x', 'api'] }, 'JWT')).toBe('done');
    expect(await of({ aud: 'us' })).toBe('identity/wrong-audience');
    expect(await of({ cnf: { jkt: 'x' } })).toBe('identity/invalid-token');
    for (const typ of ['logout+jwt', 'oauth-id-jag+jwt', 'dpop+jwt', 'secevent+jwt']) {
      expect(await of({}, typ)).toBe('identity/invalid-token');
    }
  });

  it('that asserts an identity is for us alone, by its kind, with what it must say', async () => {
    const of = async (over: object, typ = 'oauth-id-jag+jwt') => {
      const token = await idp.sign(
        { ...claims(), aud: 'us', jti: '1', client_id: 'c', ...over },
        { typ },
      );
      const ask = { tenant: 'main', entry: entry(), token, use: 'id-jag', audience: 'us' } as const;
      return codeOf(oidc.read(ask));
    };
    expect(await of({})).toBe('done');
    expect(await of({}, 'JWT')).toBe('identity/invalid-token');
    expect(await of({ aud: ['us', 'them'] })).toBe('identity/wrong-audience');
    expect(await of({ aud: 'them' })).toBe('identity/wrong-audience');
    for (const over of [{ jti: undefined }, { client_id: '' }, { cnf: {} }, { sub: undefined }]) {
      expect(await of(over)).toBe('identity/invalid-token');
    }
  });

  it('that logs somebody out says so, whom, and which, and is no ID token', async () => {
    const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
    const of = async (over: object, typ?: string) => {
      const given = { ...claims(), aud: 'us', jti: 'j', sid: 's', events: event, ...over };
      const token = await idp.sign(given, typ === undefined ? {} : { typ });
      return oidc.logout({ tenant: 'main', entry: entry(), token });
    };
    expect(await of({}, 'logout+jwt')).toMatchObject({ jti: 'j', subject: 'u-1', session: 's' });
    expect(await of({ sub: undefined })).toMatchObject({ subject: undefined, session: 's' });
    for (const over of [
      { events: undefined },
      { events: { other: {} } },
      { events: { ...event, 'http://schemas.openid.net/event/backchannel-logout': 'yes' } },
      { nonce: 'n' },
      { jti: undefined },
      { sub: undefined, sid: undefined },
      { exp: undefined },
    ]) {
      expect(await codeOf(of(over))).toBe('identity/invalid-token');
    }
    expect(await codeOf(of({ aud: 'them' }))).toBe('identity/wrong-audience');
    expect(await codeOf(of({}, 'at+jwt'))).toBe('identity/invalid-token');
  });
});
