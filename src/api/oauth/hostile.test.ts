import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { generateInstanceKey } from '../../../sdk/index.ts';
import { signJws } from '../../../sdk/key.ts';
import { createOAuthClient, type OAuthClient } from '../../../test/fakes/oauth-client.ts';
import {
  createOAuthWorld,
  described,
  jsonAnswer,
  metadataUrl,
  type OAuthWorld,
  redirectUri,
  secret,
} from '../../../test/fakes/oauth-world.ts';

let world: OAuthWorld;
let client: OAuthClient;

/** For tests that leave nothing behind that another one minds. */
function sharedWorld(): void {
  beforeAll(open);
  afterAll(() => world.close());
}

function ownWorld(): void {
  beforeEach(open);
  afterEach(() => world.close());
}

async function open(): Promise<void> {
  world = await createOAuthWorld();
  client = createOAuthClient(world);
}

describe('an authorization request', () => {
  sharedWorld();

  it.each([
    ['no client', { client_id: undefined }],
    ['an unknown client', { client_id: 'nobody' }],
    ['a client named like a member of every object', { client_id: 'constructor' }],
    ['an address at which nothing stands', { client_id: 'https://evil.example/client.json' }],
    ['a name of many letters', { client_id: 'x'.repeat(5_000) }],
    ['an address that is not registered', { redirect_uri: 'https://evil.example/cb' }],
    ['a suffix', { redirect_uri: `${redirectUri}/more` }],
    ['a suffix of the host', { redirect_uri: 'https://app.example.evil.example/callback' }],
    ['a user in front of the host', { redirect_uri: 'https://app.example@evil.example/callback' }],
    ['another port', { redirect_uri: 'https://app.example:444/callback' }],
    ['a fragment', { redirect_uri: `${redirectUri}#x` }],
    ['a way around in the path', { redirect_uri: 'https://app.example/a/../callback' }],
    ['a query', { redirect_uri: `${redirectUri}?next=https://evil.example` }],
    ['one of several, unsaid', { redirect_uri: undefined }],
  ])('with %s goes nowhere: it is refused on a page [IDN-05]', async (_, over) => {
    const { answer, location } = await client.authorize(over);
    expect([answer.status >= 400, location]).toEqual([true, '']);
    const text = await answer.text();
    expect(text).not.toContain('evil.example');
  });

  it.each([
    ['no challenge', { code_challenge: undefined }, 'invalid_request'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['a challenge without a method', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is none', { code_challenge: 'x' }, 'invalid_request'],
    ['a token instead of a code', { response_type: 'token' }, 'unsupported_response_type'],
    ['an answer as a form', { response_mode: 'form_post' }, 'invalid_request'],
    ['the resource of another', { resource: 'https://evil.example/mcp' }, 'invalid_target'],
    ['a suffix of a resource', { resource: 'http://127.0.0.1:4010/mcp/' }, 'invalid_target'],
    ['a server that there is not', { resource: 'http://127.0.0.1:4010/mcp/no' }, 'invalid_target'],
    ['our own address', { resource: 'http://127.0.0.1:4011/mcp' }, 'invalid_target'],
    ['more than its document lets', { scope: 'delete' }, 'invalid_scope'],
    ['a state of many letters', { state: 'x'.repeat(3_000) }, 'invalid_request'],
  ])('with %s is refused at the client, with our name [IDN-05]', async (_, over, error) => {
    const { location } = await client.authorize(over);
    const at = new URL(location);
    expect(at.origin + at.pathname).toBe(redirectUri);
    expect([at.searchParams.get('error'), at.searchParams.get('iss')]).toEqual([error, world.url]);
    expect(at.searchParams.get('code')).toBeNull();
  });

  it('with a name twice, or larger than a head may be, is no request', async () => {
    const twice = await client.browse('/oauth/authorize?client_id=app&client_id=other');
    expect(twice.status).toBeGreaterThanOrEqual(400);
    const huge = await client.browse(`/oauth/authorize?state=${'x'.repeat(limits.headerBytes)}`);
    expect(huge.status).toBeGreaterThanOrEqual(400);
  });
});

describe('a request that nobody answers', () => {
  ownWorld();

  it('is of a client that this user may not use, and is refused there', async () => {
    const identity = { id: 'app', redirectUris: [redirectUri] };
    await world.put('Client', 'app', { agent: 'coder', identity, users: ['bob'] });
    const { location } = await client.authorize();
    const { answer } = await client.page(location);
    const at = new URL(answer.headers.get('location') ?? '');
    expect(at.searchParams.get('error')).toBe('access_denied');
  });

  it('waits so long, and so many of one source wait', async () => {
    const { location } = await client.authorize();
    world.clock.advance(limits.authorizeMs);
    expect((await client.page(location)).answer.status).toBe(404);
    for (let n = 0; n < limits.authorizeRequestsPerSource; n += 1) await client.authorize();
    // Where the answer goes is certain, and still: it is our own room that is full.
    expect((await client.authorize()).answer.status).toBe(503);
    expect(limits.authorizeRequests).toBeGreaterThan(limits.authorizeRequestsPerSource);
  });
});

describe('the page that asks for a yes', () => {
  sharedWorld();

  it('runs nothing, loads nothing, stands in no frame and sends its form to us', async () => {
    const { location } = await client.authorize();
    const { answer, text } = await client.page(location);
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "frame-ancestors 'none'",
      "form-action 'self' https://app.example",
      "base-uri 'none'",
    ]) {
      expect(policy).toContain(part);
    }
    expect(policy).not.toContain('script');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    // No other site is told where its user was; with `no-referrer` our own form would hide its origin from us.
    expect(answer.headers.get('referrer-policy')).toBe('same-origin');
    expect(text).not.toMatch(/<script|javascript:|onclick|<img|<iframe/i);
  });

  it.each([
    ['without a token', { token: undefined }, {}],
    ['with another token', { token: 'x'.repeat(43) }, {}],
    ['from another origin', {}, { origin: 'https://evil.example' }],
    ['from an origin that hides', {}, { origin: 'null' }],
    ['from no origin', {}, { origin: undefined }],
    ['from another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['from another port of this machine', {}, { 'sec-fetch-site': 'same-site' }],
  ])('takes no yes %s [IDN-05]', async (_, fields, headers) => {
    const given = () => world.log.drafts.filter(({ type }) => type === 'consent.given').length;
    const before = given();
    const { location } = await client.authorize();
    const { token } = await client.page(location);
    const sent = { token, ...client.yes, ...fields };
    const own = { origin: world.url, ...headers };
    const body = new URLSearchParams(
      Object.entries(sent).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const answer = await client.browse(location, {
      method: 'POST',
      headers: Object.fromEntries(
        Object.entries(own).filter((pair): pair is [string, string] => pair[1] !== undefined),
      ),
      body,
    });
    expect(answer.status).toBe(403);
    expect(given()).toBe(before);
  });

  it('takes no yes of another sign-in, and none twice', async () => {
    const { location } = await client.authorize();
    const { token } = await client.page(location);
    const { cookie } = await world.signIn('eve');
    const eve = await client.decide(location, { token, ...client.yes }, {}, cookie);
    expect([eve.answer.status, eve.location]).toEqual([403, '']);
    expect((await client.decide(location, { token, ...client.yes })).answer.status).toBe(303);
    expect((await client.decide(location, { token, ...client.yes })).answer.status).toBe(404);
  });
});

describe('a yes', () => {
  ownWorld();

  it('gives no more, and for no longer, than was offered, whatever the form says', async () => {
    const at = await client.agree(
      { scope: 'read' },
      { 'effect-delete': 'on', duration: '999999999999' },
    );
    const { body } = await client.fetchWith(at.searchParams.get('code'));
    expect(body['scope']).toBe('read');
    const [consent] = await world.desks.consents.own.list(world.session);
    expect(consent?.until).toBe(world.clock.now() + 28_800_000);
    const { location } = await client.authorize({ scope: 'write' });
    const { token } = await client.page(location);
    const odd = await client.decide(location, { token, ...client.yes, duration: '-1' });
    expect(odd.answer.status).toBe(400);
  });
});

describe('a client that is described at its own address', () => {
  sharedWorld();
  // What was fetched for the test before is believed no more.
  beforeEach(() => world.clock.advance(limits.clientMetadataKeptMs));

  const asked = async () =>
    (await client.authorize({ client_id: metadataUrl, redirect_uri: 'https://tool.example/cb' }))
      .answer.status;

  it.each([
    ['another name', { ...described, client_id: 'https://evil.example/client.json' }],
    ['no name', { ...described, client_id: undefined }],
    ['a secret', { ...described, client_secret: 'x' }],
    ['no address', { ...described, redirect_uris: [] }],
    ['a dangerous address', { ...described, redirect_uris: ['javascript:alert(1)'] }],
    ['http to another machine', { ...described, redirect_uris: ['http://evil.example/cb'] }],
    ['another kind of grant', { ...described, grant_types: ['client_credentials'] }],
    ['keys at another address', { ...described, jwks_uri: 'https://169.254.169.254/keys' }],
    ['keys that it does not show', { ...described, token_endpoint_auth_method: 'private_key_jwt' }],
    ['a secret to prove', { ...described, token_endpoint_auth_method: 'client_secret_basic' }],
  ])('is nobody with %s', async (_, document) => {
    const plain = JSON.parse(JSON.stringify(document)) as typeof described;
    world.outside.set(metadataUrl, jsonAnswer(plain));
    expect(await asked()).toBe(401);
  });

  it.each([
    ['elsewhere', { status: 302 }],
    ['away', { status: 500 }],
    ['a page', { type: 'text/html' }],
    ['no JSON', { body: Buffer.from('{') }],
    ['larger than may be', { body: Buffer.alloc(limits.clientMetadataBytes + 1, ' ') }],
  ])('is nobody when its document is %s', async (_, over) => {
    world.outside.set(metadataUrl, { ...jsonAnswer(described), ...over });
    expect(await asked()).toBe(401);
  });

  it('is believed as long as its document says, within bounds, and asked again then', async () => {
    world.outside.set(metadataUrl, jsonAnswer(described, 1_000_000_000));
    expect(await asked()).toBe(303);
    world.outside.delete(metadataUrl);
    world.clock.advance(limits.clientMetadataKeptMs - 1);
    expect(await asked()).toBe(303);
    world.clock.advance(1);
    expect(await asked()).toBe(401);
    expect(limits.clientMetadataWaitMs).toBeLessThan(limits.authorizeMs);
  });
});

describe('clients that register themselves', () => {
  ownWorld();

  it('come as fast as their document lets, and no faster', async () => {
    const statuses = [];
    for (let n = 0; n < 7; n += 1) {
      statuses.push((await client.register({ redirect_uris: ['cursor://cb'] })).status);
    }
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429, 429]);
    expect(world.log.drafts.filter(({ type }) => type === 'client.registered')).toHaveLength(5);
  });

  it('are so many and no more, and forgotten when nobody uses them', async () => {
    const register = world.store.clients.register.bind(world.store.clients);
    Object.assign(world.store.clients, {
      register: (one: Parameters<typeof register>[0], most: number) => {
        expect(most).toBe(limits.registeredClients);
        return register(one, 1);
      },
    });
    const first = await client.register({ redirect_uris: ['cursor://cb'] });
    expect(first.status).toBe(201);
    const over = await client.register({ redirect_uris: ['cursor://cb'] });
    expect([over.status, over.body['error']]).toEqual([429, 'too_many_clients']);
    world.clock.advance(limits.unusedClientMs + 1);
    expect((await client.register({ redirect_uris: ['cursor://cb'] })).status).toBe(201);
    const { answer } = await client.authorize({
      client_id: String(first.body['client_id']),
      redirect_uri: 'cursor://cb',
    });
    expect(answer.status).toBe(401);
  });

  it('are none where no document lets them, and the metadata says so', async () => {
    const told = async () =>
      (await (await fetch(`${world.url}/.well-known/oauth-authorization-server`)).json()) as object;
    expect(await told()).toHaveProperty('registration_endpoint');
    const dynamic = { id: 'anybody', redirectUris: ['cursor://cb'] };
    await world.put('Client', 'anybody', { agent: 'coder', identity: dynamic });
    expect(await told()).not.toHaveProperty('registration_endpoint');
    const answer = await client.register({ redirect_uris: ['cursor://cb'] });
    expect(answer.body['error']).toBe('access_denied');
  });
});

describe('what a client says of itself', () => {
  sharedWorld();

  it.each([
    [{ redirect_uris: ['https://evil.example/cb'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['vscode://cb'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: ['cursor://cb', 'https://evil.example/cb'] }, 'invalid_redirect_uri'],
    [{ redirect_uris: 'cursor://cb' }, 'invalid_client_metadata'],
    [{}, 'invalid_client_metadata'],
    [{ redirect_uris: ['cursor://cb'], response_types: ['token'] }, 'invalid_client_metadata'],
  ])('is refused with %o', async (metadata, error) => {
    const answer = await client.register(metadata);
    expect([answer.status, answer.body['error']]).toEqual([400, error]);
  });
});

describe('a client with keys', () => {
  sharedWorld();

  const key = generateInstanceKey('ES256');
  const claims = (over: object = {}) => ({
    iss: 'keyed',
    sub: 'keyed',
    aud: world.url,
    jti: randomBytes(12).toString('base64url'),
    exp: world.clock.now() / 1_000 + 60,
    ...over,
  });
  const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const introspect = (assertion: string) =>
    client.post('/oauth/introspect', {
      client_assertion: assertion,
      client_assertion_type: assertionType,
      token: 'x',
    });

  beforeAll(async () => {
    const identity = { id: 'keyed', redirectUris: [redirectUri], jwks: { keys: [key.jwk] } };
    await world.put('Client', 'keyed', { agent: 'coder', identity });
  });

  it('proves itself by an assertion, once, and by nothing else', async () => {
    const assertion = signJws(key, { typ: 'JWT' }, claims());
    expect((await introspect(assertion)).body).toEqual({ active: false });
    expect((await introspect(assertion)).body['error']).toBe('invalid_client');
    const bySecret = { client_id: 'keyed', client_secret: secret, token: 'x' };
    expect((await client.post('/oauth/introspect', bySecret)).status).toBe(401);
    expect((await client.post('/oauth/revoke', { client_id: 'keyed', token: 'x' })).status).toBe(
      401,
    );
  });

  it('is nobody with an assertion for somebody else, too late, too long, or by another key', async () => {
    const now = world.clock.now() / 1_000;
    const longest = now + limits.clientAssertionMs / 1_000;
    const good = signJws(key, { typ: 'JWT' }, claims({ exp: longest }));
    expect((await introspect(good)).status).toBe(200);
    for (const over of [
      { aud: 'https://evil.example' },
      { aud: [world.url, 'https://evil.example'] },
      { iss: 'other', sub: 'keyed' },
      { exp: now - 31 },
      { exp: longest + 31 },
      { exp: undefined },
      { jti: undefined },
      { iat: now + 31 },
    ]) {
      const answer = await introspect(signJws(key, { typ: 'JWT' }, claims(over)));
      expect([over, answer.status]).toEqual([over, 401]);
    }
    const other = generateInstanceKey('ES256');
    expect((await introspect(signJws(other, { typ: 'JWT' }, claims()))).status).toBe(401);
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'EdDSA' }, { crit: ['b64'] }]) {
      const odd = signJws(key, { typ: 'JWT', ...header }, claims());
      expect([header, (await introspect(odd)).status]).toEqual([header, 401]);
    }
    const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');
    const body = `${head}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}`;
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(body).digest('base64url');
    expect((await introspect(`${body}.${mac}`)).status).toBe(401);
  });
});

describe('a client that proves a key', () => {
  sharedWorld();

  const key = generateInstanceKey('ES256');
  const proof = (nonce: string | undefined, over: object = {}, by = key) =>
    signJws(
      by,
      { typ: 'dpop+jwt', jwk: by.jwk },
      {
        htm: 'POST',
        htu: `${world.url}/oauth/token`,
        iat: Math.floor(world.clock.now() / 1_000),
        jti: randomBytes(12).toString('base64url'),
        ...(nonce === undefined ? {} : { nonce }),
        ...over,
      },
    );
  const codeOf = async () => (await client.agree()).searchParams.get('code');

  it('is told a nonce first, and then gets tokens that are bound to the key', async () => {
    const code = await codeOf();
    const first = await client.fetchWith(code, {}, { dpop: proof(undefined) });
    expect([first.status, first.body['error']]).toEqual([400, 'use_dpop_nonce']);
    const nonce = first.headers.get('dpop-nonce') ?? '';
    // Who only lacked the nonce has spent nothing.
    const dpop = proof(nonce);
    const second = await client.fetchWith(code, {}, { dpop });
    expect(second.body).toMatchObject({ token_type: 'DPoP' });
    const [, claims = ''] = String(second.body['access_token']).split('.');
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
    expect(read).toMatchObject({ cnf: { jkt: key.thumbprint } });
    const refreshToken = second.body['refresh_token'];
    // Without the key the refresh token is worth nothing, and ends nothing.
    expect((await client.refresh(refreshToken)).body['error']).toBe('invalid_grant');
    const other = proof(nonce, {}, generateInstanceKey('ES256'));
    expect((await client.refresh(refreshToken, {}, { dpop: other })).status).toBe(400);
    const replayed = await client.refresh(refreshToken, {}, { dpop });
    expect(replayed.body['error']).toBe('invalid_dpop_proof');
    const next = await client.refresh(refreshToken, {}, { dpop: proof(nonce) });
    expect(next.body).toMatchObject({ token_type: 'DPoP' });
  });

  it.each([
    ['another method', { htm: 'GET' }],
    ['another address', { htu: 'https://evil.example/oauth/token' }],
    ['too old', { iat: 1 }],
    ['no name', { jti: undefined }],
  ])('gets nothing with a proof for %s', async (_, over) => {
    const code = await codeOf();
    const first = await client.fetchWith(code, {}, { dpop: proof(undefined) });
    const nonce = first.headers.get('dpop-nonce') ?? '';
    const answer = await client.fetchWith(code, {}, { dpop: proof(nonce, over) });
    expect(answer.body['error']).toBe('invalid_dpop_proof');
  });
});
