import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import { gatewayOrigin } from '../../../test/fakes/control-world.ts';
import { createOAuthClient, type OAuthClient } from '../../../test/fakes/oauth-client.ts';
import {
  createOAuthWorld,
  metadataUrl,
  newPkce,
  type OAuthWorld,
  redirectUri,
  secret,
} from '../../../test/fakes/oauth-world.ts';

let world: OAuthWorld;
let client: OAuthClient;

beforeEach(async () => {
  world = await createOAuthWorld();
  client = createOAuthClient(world);
});

afterEach(() => world.close());

const records = (type: string) => world.log.drafts.filter((one) => one.type === type);

/** What the client has when its user has said yes. */
async function tokens(over = {}) {
  const at = await client.agree(over);
  const { status, body } = await client.fetchWith(at.searchParams.get('code'));
  expect(status).toBe(200);
  return body;
}

describe('a client that signs in its user', () => {
  it('is sent to the sign-in first, with nothing of its request in the address', async () => {
    const { answer, location } = await client.authorize({}, '');
    expect([answer.status, location]).toEqual([
      303,
      expect.stringMatching(/^\/oauth\/authorize\/[\w-]{22}$/),
    ]);
    const { answer: next } = await client.page(location, '');
    expect(next.headers.get('location')).toBe(`/sign-in?return=${encodeURIComponent(location)}`);
  });

  it('is named to the user, with its agent, tools by effect and duration [IDN-03]', async () => {
    const { location } = await client.authorize();
    const { answer, text } = await client.page(location);
    expect(answer.status).toBe(200);
    for (const part of ['“app”', 'coder', 'It codes.', 'Olga', redirectUri, '1 hour', '8 hours']) {
      expect(text).toContain(part);
    }
    // What the user may and the agent may; what the client may not ask for is not offered.
    expect(text).toContain('crm/find');
    expect(text).toContain('crm/change');
    expect(text).not.toContain('crm/drop');
    expect(text).not.toContain('effect-delete');
    expect(text).not.toContain('class="warning"');
  });

  it('gets a code for a yes, tokens for the code, and new ones for those [IDN-03]', async () => {
    const at = await client.agree();
    expect(at.origin + at.pathname).toBe(redirectUri);
    expect(at.searchParams.get('state')).toBe('st&te=1');
    // RFC 9207: the client knows whose answer it is.
    expect(at.searchParams.get('iss')).toBe(world.url);
    const { body, headers } = await client.fetchWith(at.searchParams.get('code'));
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: 'read write' });
    expect(headers.get('cache-control')).toBe('no-store');
    const read = world.enrolment.own.readAccess(String(body['access_token']), world.clock.now());
    expect(read).toMatchObject({ agent: 'coder', delegated: { user: { subject: 'ann' } } });
    const next = await client.refresh(body['refresh_token'], { scope: 'read' });
    expect(next.body).toMatchObject({ scope: 'read' });
    expect(next.body['refresh_token']).not.toBe(body['refresh_token']);
    await world.settle();
    expect(records('consent.given')).toMatchObject([
      {
        actors: [{ kind: 'human', name: 'ann@corp' }],
        details: { client: 'app', agent: 'coder', effects: ['read', 'write'] },
      },
    ]);
    expect(records('delegation.begun')).toHaveLength(1);
    expect(records('token.issued').length).toBe(2);
  });

  it('keeps no code, token or verifier in what is recorded', async () => {
    const at = await client.agree();
    const { body } = await client.fetchWith(at.searchParams.get('code'));
    const all = JSON.stringify(world.log.drafts);
    const secrets = [at.searchParams.get('code'), body['refresh_token'], client.pkce.verifier];
    for (const one of secrets) expect(all).not.toContain(one);
  });

  it('gets less than it asked for when its user takes some away, and nothing for a no', async () => {
    const at = await client.agree({}, { 'effect-write': undefined });
    const { body } = await client.fetchWith(at.searchParams.get('code'));
    expect(body['scope']).toBe('read');
    for (const fields of [
      { decision: 'deny' },
      { decision: 'other' },
      { 'effect-read': undefined, 'effect-write': undefined },
    ]) {
      const denied = await client.agree({ scope: 'write' }, fields);
      expect(denied.searchParams.get('error')).toBe('access_denied');
      expect(denied.searchParams.get('iss')).toBe(world.url);
      expect(denied.searchParams.get('code')).toBeNull();
    }
  });

  it('is not asked about again while the yes holds, and is where it asks for more', async () => {
    await client.agree({}, { 'effect-write': undefined });
    const again = await client.authorize({ scope: 'read' });
    expect((await client.page(again.location)).answer.status).toBe(303);
    const more = await client.authorize({ scope: 'read write' });
    expect((await client.page(more.location)).answer.status).toBe(200);
    world.clock.advance(3_600_000);
    const { cookie } = await world.signIn('ann');
    const later = await client.authorize({ scope: 'read' });
    expect((await client.page(later.location, cookie)).answer.status).toBe(200);
  });

  it.each(['user', 'policy'] as const)(
    'is asked about each time where another program could take the answer, agreed to by the %s or not',
    async (consent) => {
      const redirectUris = ['http://127.0.0.1/cb', 'https://desk.example/cb', 'desk:/cb'];
      const identity = { id: 'desk', redirectUris };
      await world.put('Client', 'desk', { agent: 'coder', consent, identity });
      const statusAt = async (redirect: string) => {
        const over = { client_id: 'desk', redirect_uri: redirect, scope: 'read' };
        const { location } = await client.authorize(over);
        return (await client.page(location)).answer.status;
      };
      const over = { client_id: 'desk', redirect_uri: 'http://127.0.0.1:1111/cb', scope: 'read' };
      const { location } = await client.authorize(over);
      const { token } = await client.page(location);
      const given = await client.decide(location, { token, ...client.yes });
      expect(new URL(given.location).searchParams.has('code')).toBe(true);
      // The same port too: whoever listens there now may be somebody else.
      expect(await statusAt('http://127.0.0.1:1111/cb')).toBe(200);
      expect(await statusAt('http://127.0.0.1:2222/cb')).toBe(200);
      expect(await statusAt('desk:/cb')).toBe(200);
      expect(await statusAt('https://desk.example/cb')).toBe(303);
      const secretSha256 = sha256Hex(secret);
      await world.put('Client', 'desk', {
        agent: 'coder',
        consent,
        identity: { ...identity, secretSha256 },
      });
      expect(await statusAt('http://127.0.0.1:2222/cb')).toBe(303);
    },
  );

  it('is asked about at every sign-in when it registered itself, and warned of', async () => {
    const redirect = 'http://127.0.0.1:33418/cb';
    const { body, status } = await client.register({
      client_name: 'Claude <b>Code</b>',
      redirect_uris: ['http://127.0.0.1/cb'],
    });
    expect([status, body]).toMatchObject([201, { token_endpoint_auth_method: 'none' }]);
    const id = String(body['client_id']);
    const over = { client_id: id, redirect_uri: redirect };
    for (let round = 0; round < 2; round += 1) {
      const { location } = await client.authorize(over);
      const { text, token } = await client.page(location);
      expect(text).toContain('Nobody has verified this program');
      expect(text).toContain('Claude &lt;b&gt;Code');
      const at = new URL((await client.decide(location, { token, ...client.yes })).location);
      const fetched = await client.fetchWith(at.searchParams.get('code'), {
        ...over,
        client_secret: undefined,
      });
      expect(fetched.status).toBe(200);
    }
    expect(records('client.registered')).toHaveLength(1);
  });

  it('can be described at its own address, which names it', async () => {
    const over = { client_id: metadataUrl, redirect_uri: 'http://127.0.0.1:9/cb' };
    const { location } = await client.authorize(over);
    const { text } = await client.page(location);
    expect(text).toContain('Described');
    expect(text).toContain(metadataUrl);
  });

  it('gets a token for one server alone at the address of that server', async () => {
    const resource = `${gatewayOrigin}/mcp/crm`;
    const at = await client.agree({ resource });
    const { body } = await client.fetchWith(at.searchParams.get('code'), { resource });
    const now = world.clock.now();
    const read = world.enrolment.own.readAccess(String(body['access_token']), now);
    const found = await world.delegations.get('main', read?.delegated?.id ?? '');
    expect(found?.isScoped).toBe(true);
  });
});

describe('a code', () => {
  it('serves once: whoever comes again ends what it gave [IDN-05]', async () => {
    const at = await client.agree();
    const code = at.searchParams.get('code');
    const { body } = await client.fetchWith(code);
    expect((await client.fetchWith(code)).body).toMatchObject({ error: 'invalid_grant' });
    expect((await client.refresh(body['refresh_token'])).body).toMatchObject({
      error: 'invalid_grant',
    });
    await world.settle();
    expect(records('delegation.ended')).toMatchObject([
      { details: { reason: 'its authorization code was used again' } },
    ]);
  });

  it.each([
    ['another client', { client_id: 'other' }],
    ['another address', { redirect_uri: 'https://app.example/second' }],
    ['another verifier', { code_verifier: newPkce().verifier }],
    ['a verifier that is too short', { code_verifier: 'short' }],
    ['no verifier', { code_verifier: undefined }],
    ['the challenge for a verifier', { code_verifier: 'x'.repeat(43) }],
  ])('is worth nothing with %s, and nothing after that either [IDN-05]', async (_, over) => {
    const code = (await client.agree()).searchParams.get('code');
    const refused = await client.fetchWith(code, over);
    expect(refused.status).toBe(400);
    expect(['invalid_grant', 'invalid_request']).toContain(refused.body['error']);
    const again = await client.fetchWith(code);
    if (refused.body['error'] === 'invalid_grant') expect(again.status).toBe(400);
  });

  it.each([
    ['another resource of ours', `${gatewayOrigin}/mcp/crm`],
    ['a resource of somebody else', 'https://evil.example/mcp'],
  ])('is worth nothing for %s [IDN-05]', async (_, resource) => {
    const code = (await client.agree()).searchParams.get('code');
    const refused = await client.fetchWith(code, { resource });
    expect(refused.body['error']).toBe('invalid_target');
  });

  it('is worth nothing after its time, after its sign-in, and after its consent', async () => {
    const late = (await client.agree()).searchParams.get('code');
    world.clock.advance(limits.codeMs);
    expect((await client.fetchWith(late)).status).toBe(400);
    const withdrawn = (await client.agree()).searchParams.get('code');
    for (const { id } of await world.desks.consents.own.list(world.session)) {
      await world.desks.consents.own.withdraw(world.session, id);
    }
    expect((await client.fetchWith(withdrawn)).status).toBe(400);
    const signedOut = (await client.agree()).searchParams.get('code');
    const ground = { kind: 'session', id: world.session.id } as const;
    const by = { kind: 'human', name: 'ann' } as const;
    await world.sessions.end({ tenant: 'main', ground, by, reason: 'signed out' });
    expect((await client.fetchWith(signedOut)).status).toBe(400);
  });
});

describe('a refresh token', () => {
  it('that comes again after its moment ends everything, for thief and owner [IDN-05]', async () => {
    const first = await tokens();
    const second = (await client.refresh(first['refresh_token'])).body;
    // Its answer may have been lost.
    expect((await client.refresh(first['refresh_token'])).status).toBe(200);
    world.clock.advance(limits.refreshGraceMs + 1);
    expect((await client.refresh(first['refresh_token'])).body['error']).toBe('invalid_grant');
    expect((await client.refresh(second['refresh_token'])).body['error']).toBe('invalid_grant');
    await world.settle();
    expect(records('delegation.ended')).toMatchObject([
      { details: { reason: 'a refresh token of it was used again' } },
    ]);
  });

  it('is not spent while nothing can be recorded: whoever comes again later is no thief', async () => {
    const first = await tokens();
    world.log.refuses = ({ type }) => type === 'token.issued';
    expect((await client.refresh(first['refresh_token'])).status).toBe(503);
    world.log.refuses = () => false;
    world.clock.advance(limits.refreshGraceMs + 1);
    expect((await client.refresh(first['refresh_token'])).status).toBe(200);
    expect(records('delegation.ended')).toEqual([]);
  });

  it('is worth nothing to another client, and ends then [IDN-05]', async () => {
    const first = await tokens();
    const stolen = await client.refresh(first['refresh_token'], { client_id: 'other' });
    expect(stolen.body['error']).toBe('invalid_grant');
    expect((await client.refresh(first['refresh_token'])).body['error']).toBe('invalid_grant');
  });

  it.each([
    ['more than was agreed to', { scope: 'read write delete' }, 'invalid_scope'],
    ['another resource', { resource: 'https://evil.example/mcp' }, 'invalid_target'],
    ['a wrong secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['no secret', { client_secret: undefined }, 'invalid_client'],
  ])('gives nothing for %s, and is not spent by it', async (_, over, error) => {
    const first = await tokens();
    expect((await client.refresh(first['refresh_token'], over)).body['error']).toBe(error);
    expect((await client.refresh(first['refresh_token'])).status).toBe(200);
  });

  it('gives no more than its document lets by now, and nothing once that is gone', async () => {
    const first = await tokens();
    const identity = { id: 'app', redirectUris: [redirectUri] };
    await world.put('Client', 'app', { agent: 'coder', identity });
    const over = { client_secret: undefined };
    const less = await client.refresh(first['refresh_token'], over);
    expect(less.body['scope']).toBe('read');
    await world.put('Client', 'app', { agent: 'coder', identity, users: ['bob'] });
    const none = await client.refresh(less.body['refresh_token'], over);
    expect(none.body['error']).toBe('invalid_grant');
  });

  it('ends at every gateway with what its document says no more, and with its agent [CRD-20]', async () => {
    const identity = { id: 'app', redirectUris: [redirectUri] };
    const whole = { agent: 'coder', identity, effects: ['read', 'write'] };
    const changes: readonly JsonObject[] = [
      { ...whole, effects: ['read'] },
      { ...whole, users: ['bob'] },
      { ...whole, identity: { ...identity, id: 'other' } },
    ];
    const open = async () =>
      (await world.store.delegations.list({ tenant: 'main', open: true, limit: 9 })).length;
    const follow = async (spec: JsonObject) => {
      await world.put('Client', 'app', spec);
      const now = world.snapshot();
      if (now !== undefined) await world.oauth.changes.follow(now);
    };
    for (const change of changes) {
      await follow(whole);
      client = createOAuthClient(world);
      const at = await client.agree();
      const over = { client_secret: undefined };
      expect((await client.fetchWith(at.searchParams.get('code'), over)).status).toBe(200);
      await follow({ ...whole, maxDuration: '2h' });
      expect(await open()).toBe(1);
      await follow(change);
      expect(await open()).toBe(0);
    }
    const { entries } = await world.store.overlay.current();
    expect(entries.filter(({ why }) => why === 'withdrawn')).toHaveLength(changes.length);
  });

  it('can be asked for so often and no more', async () => {
    let { body } = await client.fetchWith((await client.agree()).searchParams.get('code'));
    for (let n = 0; n < limits.refreshesPerMinute; n += 1) {
      ({ body } = await client.refresh(body['refresh_token']));
    }
    const over = await client.refresh(body['refresh_token']);
    expect([over.status, over.body['error']]).toEqual([429, 'temporarily_unavailable']);
    expect(over.headers.get('retry-after')).toBe('5');
  });
});

describe('a consent that is withdrawn', () => {
  it('takes what stands on it along, at once and on record [IDN-04]', async () => {
    const first = await tokens();
    const [consent] = await world.desks.consents.own.list(world.session);
    const { session: bob } = await world.signIn('bob');
    const { own } = world.desks.consents;
    // Nobody sees, or touches, another one's.
    expect(await own.list(bob)).toEqual([]);
    await expect(own.withdraw(bob, consent?.id ?? '')).rejects.toMatchObject({
      code: 'api/not-found',
    });
    await own.withdraw(world.session, consent?.id ?? '');
    expect((await client.refresh(first['refresh_token'])).body['error']).toBe('invalid_grant');
    await world.settle();
    expect(records('consent.withdrawn')).toMatchObject([
      { actors: [{ kind: 'human', name: 'ann@corp' }], details: { consent: consent?.id } },
    ]);
    expect(records('delegation.ended')).toHaveLength(1);
    const { entries } = await world.store.overlay.current();
    expect(entries).toContainEqual(expect.objectContaining({ why: 'withdrawn' }));
  });

  it('or narrowed begins again with less, and never gets more [IDN-04]', async () => {
    await tokens();
    const { own } = world.desks.consents;
    const [consent] = await own.list(world.session);
    const id = consent?.id ?? '';
    await own.narrow(world.session, { id, effects: ['read', 'delete'] });
    expect(await own.list(world.session)).toMatchObject([{ effects: ['read'] }]);
    await expect(own.narrow(world.session, { id, effects: [] })).rejects.toMatchObject({
      code: 'api/invalid',
    });
    await world.settle();
    expect(records('consent.narrowed')).toHaveLength(1);
    expect(records('delegation.ended')).toHaveLength(1);
    const at = await client.agree({ scope: 'read' });
    expect((await client.fetchWith(at.searchParams.get('code'))).body['scope']).toBe('read');
  });
});

describe('a token that is given back, or asked about', () => {
  const auth = { client_id: 'app', client_secret: secret };
  const about = async (token: unknown) =>
    (await client.post('/oauth/introspect', { ...auth, token: String(token) })).body;
  const giveBack = async (token: unknown, as = auth) =>
    (await client.post('/oauth/revoke', { ...as, token: String(token) })).status;

  it.each(['access_token', 'refresh_token'])(
    'is told of by its %s to its own client, and to no other [SYS-016]',
    async (name) => {
      const token = String((await tokens())[name]);
      const isAccess = name === 'access_token';
      const now = Math.floor(world.clock.now() / 1_000);
      expect(await about(token)).toMatchObject({
        active: true,
        client_id: 'app',
        sub: 'ann',
        scope: 'read write',
        token_use: isAccess ? 'access' : 'refresh',
        ...(isAccess ? { exp: now + limits.accessTokenMs / 1_000, token_type: 'Bearer' } : {}),
        ...(isAccess ? { act: { sub: expect.stringMatching(/^agent:main\/coder\/u-/) } } : {}),
      });
      const others = { ...auth, client_id: 'other' };
      expect((await client.post('/oauth/introspect', { ...others, token })).body).toEqual({
        active: false,
      });
      expect(await giveBack(token, others)).toBe(200);
      expect(await about(token)).toMatchObject({ active: true });
    },
  );

  it('ends with all of its kin by its refresh token', async () => {
    const first = await tokens();
    expect(await giveBack(first['refresh_token'])).toBe(200);
    expect(await about(first['access_token'])).toEqual({ active: false });
    expect((await client.refresh(first['refresh_token'])).body['error']).toBe('invalid_grant');
  });

  it('ends alone by itself, once and on record, and leaves its kin what they were [IDN-04]', async () => {
    const first = await tokens();
    const second = (await client.refresh(first['refresh_token'])).body;
    for (const _ of ['once', 'again']) expect(await giveBack(first['access_token'])).toBe(200);
    expect(await about(first['access_token'])).toEqual({ active: false });
    expect(await about(second['access_token'])).toMatchObject({ active: true });
    await world.settle();
    const [revoked, ...more] = records('token.revoked');
    expect([revoked?.details?.['client'], more]).toEqual(['app', []]);
    const { entries } = await world.store.overlay.current();
    const { token } = { token: '', ...revoked?.details };
    expect(entries).toMatchObject([{ target: { kind: 'token', token }, why: 'withdrawn' }]);
    expect(JSON.stringify(entries)).not.toContain(String(first['access_token']));
    expect((await client.refresh(second['refresh_token'])).status).toBe(200);
  });

  it('is told to nobody who does not prove who asks', async () => {
    const { body } = await client.register({ redirect_uris: ['cursor://cb'] });
    const answer = await client.post('/oauth/introspect', {
      client_id: String(body['client_id']),
      token: 'x',
    });
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
  });
});
