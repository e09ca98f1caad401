import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type ControlWorld, createControlWorld } from '../../../test/fakes/control-world.ts';
import { FakeIdentityProvider } from '../../../test/fakes/fake-identity-provider.ts';

let world: ControlWorld;
let idp: FakeIdentityProvider;
let home: string;

beforeEach(async () => {
  world = await createControlWorld({ home: true });
  home = world.url.replace('127.0.0.1', 'localhost');
  idp = await FakeIdentityProvider.start(world.clock);
  const by = world.person('admin');
  await world.desks.secrets.put({ by, name: 'corp', value: Buffer.from('a secret of ours') });
  await put('corp');
});

afterEach(async () => {
  idp.close();
  await world.close();
});

async function put(name: string, over: JsonObject = {}): Promise<void> {
  const spec = {
    title: 'Corporate <sign-in>',
    oidc: {
      issuer: idp.url,
      clientId: 'us',
      clientSecret: 'corp',
      loopback: true,
      exchangeAudiences: ['api'],
    },
    claims: { pass: ['device'] },
    roles: [{ group: 'staff', roles: ['auditor'] }],
    ...over,
  };
  const body = { kind: 'IdentityProvider', name, spec };
  const answer = await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body });
  expect(answer.status).toBe(200);
}

/** What a browser keeps and sends: cookies, by host. */
class Browser {
  readonly cookies = new Map<string, string>();

  async go(place: string, how: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(place, home), {
      redirect: 'manual',
      ...how,
      headers: { ...(cookie === '' ? {} : { cookie }), ...(how.headers as Record<string, string>) },
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';', 1)[0] ?? '').split('=');
      if (set.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** To the provider, which says yes; answers the place that it sends the browser back to. */
  async begin(place = '/sign-in/corp'): Promise<URL> {
    const answer = await this.go(place);
    expect(answer.status).toBe(303);
    return idp.authorize(answer.headers.get('location') ?? '');
  }

  async signIn(place?: string): Promise<Response> {
    return this.go((await this.begin(place)).href);
  }
}

const pageCode = async (answer: Response): Promise<string> =>
  /<code>([^<]*)<\/code>/.exec(await answer.text())?.[1] ?? 'no code';

const recordsOf = (type: string) => world.log.drafts.filter((one) => one.type === type);

const sameOrigin = { 'sec-fetch-site': 'same-origin' };

describe('a browser', () => {
  it('signs in at a provider, comes back to where it was going, and is somebody [SYS-014]', async () => {
    const browser = new Browser();
    const back = await browser.signIn('/sign-in/corp?return=%2F%23approvals');
    expect([back.status, back.headers.get('location')]).toEqual([303, '/?signed-in=yes#approvals']);
    expect([...browser.cookies.keys()]).toEqual(['bailiwick_session']);
    const people = await browser.go('/v1/people', { headers: sameOrigin });
    expect(people.status).toBe(200);
    expect(recordsOf('identity.signed-in')).toMatchObject([
      {
        actors: [{ kind: 'human', name: 'ann@corp' }],
        source: expect.stringMatching(/127\.0\.0\.1|::1/),
        details: { issuer: idp.url, subject: 'u-1', provider: 'corp', roles: ['auditor'] },
      },
    ]);
    expect(JSON.stringify(world.log.drafts)).not.toContain(
      browser.cookies.get('bailiwick_session'),
    );
  });

  it('is shown who may sign it in, by a page without a script that nobody frames', async () => {
    const browser = new Browser();
    const answer = await browser.go('/sign-in?return=%2Fx%22%3E&other=1&max_age=60');
    const text = await answer.text();
    expect(text).toContain('Corporate &lt;sign-in&gt;');
    expect(text).toContain('href="/sign-in/corp?return=%2Fx%22%3E&amp;max_age=60"');
    expect(text).not.toContain('<script');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'.*base-uri 'none'; frame-ancestors 'none'/);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    await browser.signIn();
    const signedIn = await browser.go('/sign-in');
    expect(await signedIn.text()).toContain('<strong>ann@corp</strong>');
    expect(signedIn.headers.get('content-security-policy')).toContain(
      `form-action 'self' ${idp.url}`,
    );
  });

  it('that comes by another name of ours is sent to the one where its cookies are', async () => {
    const answer = await fetch(`${world.url}/sign-in/corp?return=%2Fa`, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe(`${home}/sign-in/corp?return=%2Fa`);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('goes to no other place than ours', async () => {
    for (const place of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const back = await new Browser().signIn(`/sign-in/corp?return=${encodeURIComponent(place)}`);
      expect(back.headers.get('location')).toBe('/?signed-in=yes');
    }
  });

  it('signs in in two tabs side by side', async () => {
    const browser = new Browser();
    const [one, two] = [await browser.begin(), await browser.begin()];
    expect((await browser.go(two.href)).status).toBe(303);
    expect((await browser.go(one.href)).status).toBe(303);
    expect(recordsOf('identity.signed-in')).toHaveLength(2);
  });

  it('is nobody by an answer that was used, is old, is of another browser, or was never asked for', async () => {
    const browser = new Browser();
    const back = await browser.begin();
    const attempt = [...browser.cookies];
    expect((await browser.go(back.href)).status).toBe(303);
    for (const [name, value] of attempt) browser.cookies.set(name, value);
    expect(await pageCode(await browser.go(back.href))).toBe('identity/sign-in-lost');
    const other = await browser.begin();
    expect(await pageCode(await new Browser().go(other.href))).toBe('identity/sign-in-lost');
    // Spent by whoever brought it.
    expect(await pageCode(await browser.go(other.href))).toBe('identity/sign-in-lost');
    const late = await browser.begin();
    world.clock.advance(limits.signInAttemptMs);
    expect(await pageCode(await browser.go(late.href))).toBe('identity/sign-in-lost');
    for (const query of ['', '?code=a', '?state=a&code=b', `?state=${'A'.repeat(44)}&code=b`]) {
      const answer = await browser.go(`/sign-in/callback${query}`);
      expect([answer.status, await pageCode(answer)]).toEqual([400, 'identity/sign-in-lost']);
    }
    expect(recordsOf('identity.signed-in')).toHaveLength(1);
  });

  it('is nobody by the answer of a provider that pretends to be the one that was asked', async () => {
    const browser = new Browser();
    const back = await browser.begin();
    back.searchParams.set('iss', 'https://evil.example');
    expect(await pageCode(await browser.go(back.href))).toBe('identity/sign-in-lost');
    expect(idp.redeemed).toBeUndefined();
  });

  it('hears that the provider says no, and no word that the provider did not mean for it', async () => {
    for (const [error, code] of [
      ['access_denied', 'identity/sign-in-denied'],
      ['<script>', 'identity/sign-in-denied'],
      ['unmet_authentication_requirements', 'identity/weak-sign-in'],
      ['temporarily_unavailable', 'identity/provider-away'],
    ] as const) {
      const browser = new Browser();
      const back = await browser.begin();
      back.searchParams.delete('code');
      back.searchParams.set('error', error);
      back.searchParams.set('error_description', '<b>call this number</b>');
      const answer = await browser.go(back.href);
      const text = await answer.text();
      expect(text).toContain(code);
      expect(text).not.toMatch(/call this number|<script/);
    }
  });

  it('of somebody who did not prove themselves as is asked is refused, on record with who [IDN-19] [IDN-13]', async () => {
    await put('corp', { require: { amr: ['mfa'] } });
    const browser = new Browser();
    const answer = await browser.signIn();
    expect([answer.status, await pageCode(answer)]).toEqual([403, 'identity/weak-sign-in']);
    expect(browser.cookies.has('bailiwick_session')).toBe(false);
    expect(recordsOf('identity.sign-in-refused')).toMatchObject([
      {
        refusal: { stage: 'sign-in', code: 'identity/weak-sign-in' },
        details: { provider: 'corp', issuer: idp.url, subject: 'u-1' },
      },
    ]);
    idp.claims = { ...idp.claims, amr: ['pwd', 'mfa'] };
    expect((await browser.signIn()).status).toBe(303);
  });

  it('signs in again for an act that asks for more, and the answer is held against it', async () => {
    const browser = new Browser();
    const location = (await browser.go('/sign-in/corp?acr_values=high&max_age=60')).headers;
    const asked = new URL(location.get('location') ?? '').searchParams;
    expect([asked.get('acr_values'), asked.get('max_age')]).toEqual(['high', '60']);
    idp.claims = { ...idp.claims, acr: 'low', auth_time: idp.seconds() };
    const weak = await browser.signIn('/sign-in/corp?acr_values=high&max_age=60');
    expect(await pageCode(weak)).toBe('identity/weak-sign-in');
    idp.claims = { ...idp.claims, acr: 'high', auth_time: idp.seconds(-3_600) };
    const stale = await browser.signIn('/sign-in/corp?acr_values=high&max_age=60');
    expect(await pageCode(stale)).toBe('identity/weak-sign-in');
    idp.claims = { ...idp.claims, auth_time: idp.seconds(-10) };
    expect((await browser.signIn('/sign-in/corp?acr_values=high&max_age=60')).status).toBe(303);
  });

  it('learns that a provider is not there, and leaves a counted record', async () => {
    const unknown = await new Browser().go('/sign-in/nobody');
    expect([unknown.status, await pageCode(unknown)]).toEqual([404, 'identity/unknown-provider']);
    idp.isAway = true;
    const away = await new Browser().go('/sign-in/corp');
    expect(away.status).toBeGreaterThanOrEqual(500);
    const url = world.url;
    await world.close();
    expect(url).not.toBe('');
    expect(
      world.log.drafts.filter((one) => one.refusal?.code === 'identity/unknown-provider'),
    ).toHaveLength(1);
    world = await createControlWorld({ home: true });
  });
});

describe('attempts that come to nothing', () => {
  it('leave nothing behind in the browser, and those that were left off do not pile up', async () => {
    const browser = new Browser();
    const back = await browser.begin();
    back.searchParams.set('iss', 'https://evil.example');
    await browser.go(back.href);
    expect(browser.cookies.size).toBe(0);
    for (let times = 0; times < 40; times += 1) await browser.begin();
    expect(browser.cookies.size).toBeLessThanOrEqual(9);
    expect((await browser.signIn()).status).toBe(303);
  });
});

describe('signing out', () => {
  it('ends the sign-in here and leads on to the provider', async () => {
    const browser = new Browser();
    await browser.signIn();
    const { cookies } = browser;
    const held = cookies.get('bailiwick_session') ?? '';
    const answer = await browser.go('/sign-out', { method: 'POST', headers: sameOrigin });
    const place = new URL(answer.headers.get('location') ?? '');
    expect(place.origin + place.pathname).toBe(`${idp.url}/end`);
    expect(place.searchParams.get('post_logout_redirect_uri')).toBe(`${home}/sign-in`);
    expect(cookies.size).toBe(0);
    cookies.set('bailiwick_session', held);
    expect((await browser.go('/v1/people', { headers: sameOrigin })).status).toBe(401);
    await world.settle();
    expect(recordsOf('identity.session-ended')).toMatchObject([
      { actors: [{ kind: 'human', name: 'ann@corp' }], details: { reason: 'signed out' } },
    ]);
  });

  it('is done by no page of others, whatever comes along', async () => {
    const browser = new Browser();
    await browser.signIn();
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: home },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await browser.go('/sign-out', { method: 'POST', headers });
      expect(answer.status).toBe(403);
    }
    expect((await browser.go('/sign-out', { headers: sameOrigin })).status).toBe(405);
    expect((await browser.go('/v1/people', { headers: sameOrigin })).status).toBe(200);
  });

  it('takes what stands on the same sign-in at the provider along', async () => {
    idp.claims = { ...idp.claims, sid: 's1' };
    const [browser, same] = [new Browser(), new Browser()];
    await browser.signIn();
    await same.signIn();
    idp.claims = { ...idp.claims, sid: 's2' };
    const other = new Browser();
    await other.signIn();
    await browser.go('/sign-out', { method: 'POST', headers: sameOrigin });
    const status = async (one: Browser) =>
      (await one.go('/v1/people', { headers: sameOrigin })).status;
    expect([await status(same), await status(other)]).toEqual([401, 200]);
  });
});

describe('a provider that says that somebody is signed in no more', () => {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const say = async (token: string) =>
    fetch(`${world.url}/sign-in/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    });
  const token = (claims: object) =>
    idp.sign(
      { aud: 'us', events, jti: `${Math.trunc(world.clock.now())}`, ...claims },
      { typ: 'logout+jwt' },
    );

  it('ends what it names at once, by session or by subject, once for each token [IDN-04]', async () => {
    idp.claims = { ...idp.claims, sid: 's1' };
    const browser = new Browser();
    const status = async () => (await browser.go('/v1/people', { headers: sameOrigin })).status;
    await browser.signIn();
    const first = await token({ sid: 's1', jti: '1' });
    expect((await say(first)).status).toBe(200);
    expect(await status()).toBe(401);
    await browser.signIn();
    // Heard by somebody who says it again.
    const again = await say(first);
    expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    expect(await status()).toBe(200);
    expect((await say(await token({ sid: 'other', jti: '2' }))).status).toBe(200);
    expect((await say(await token({ sub: 'u-2', jti: '3' }))).status).toBe(200);
    expect(await status()).toBe(200);
    expect((await say(await token({ sub: 'u-1', jti: '4' }))).status).toBe(200);
    expect(await status()).toBe(401);
    await world.settle();
    expect(recordsOf('identity.session-ended')).toMatchObject([
      { actors: [{ kind: 'system', name: 'system/provider corp' }], details: { subject: 'u-1' } },
      {},
    ]);
  });

  it('is believed by its signature alone', async () => {
    const browser = new Browser();
    await browser.signIn();
    const { testKey } = await import('../../../test/fakes/fake-identity-provider.ts');
    const forged = await idp.sign(
      { aud: 'us', events, jti: '9', sub: 'u-1' },
      {},
      await testKey('k1'),
    );
    for (const text of ['', 'x', forged, await token({ sub: 'u-1', aud: 'them' })]) {
      expect((await say(text)).status).toBe(400);
    }
    expect((await browser.go('/v1/people', { headers: sameOrigin })).status).toBe(200);
  });
});

describe('what a sign-in follows from', () => {
  it('ends it when it changes or is gone, and not when another thing does', async () => {
    const browser = new Browser();
    const status = async () => {
      await world.sessions.expire();
      return (await browser.go('/v1/people', { headers: sameOrigin })).status;
    };
    await browser.signIn();
    await put('corp', { title: 'Another name' });
    expect(await status()).toBe(200);
    await put('corp', { roles: [] });
    expect(await status()).toBe(401);
    await put('corp');
    await browser.signIn();
    expect(await status()).toBe(200);
    const as = world.credential('admin');
    const body = { reason: 'no more' };
    expect(
      (await world.ask('POST', '/v1/documents/IdentityProvider/corp/remove', { as, body })).status,
    ).toBe(200);
    expect(await status()).toBe(401);
    await world.settle();
    expect(recordsOf('identity.session-ended').map(({ details }) => details?.['reason'])).toEqual([
      'the document of its identity provider changed or is gone',
      'the document of its identity provider changed or is gone',
    ]);
  });
});

describe('a token of a person', () => {
  const read = (token: string) =>
    world.userTokens.read({ tenant: 'main', token, use: 'exchange', audience: 'us' });

  it('makes somebody who they would be by signing in, and no more', async () => {
    const token = await idp.sign(
      {
        sub: 'u-1',
        aud: 'api',
        groups: ['staff', 'unnamed'],
        device: 'managed',
        azp: 'app',
        scope: 'read',
        sid: 's1',
        jti: 'j',
      },
      { typ: 'at+jwt' },
    );
    expect(await read(token)).toMatchObject({
      provider: 'corp',
      providerSession: 's1',
      user: { subject: 'u-1', issuer: idp.url, groups: ['staff'], claims: ['device=managed'] },
      roles: ['auditor'],
      jti: 'j',
      client: 'app',
      scope: 'read',
      resource: undefined,
    });
  });

  it('is held against the same demands, and is nobody’s without a document', async () => {
    const token = await idp.sign({ sub: 'u-1', aud: 'api' });
    await put('corp', { require: { acr: ['mfa'] } });
    await expect(read(token)).rejects.toMatchObject({ code: 'identity/weak-sign-in' });
    const foreign = await idp.sign({ sub: 'u-1', aud: 'api', iss: 'https://other.example' });
    await expect(read(foreign)).rejects.toMatchObject({ code: 'identity/invalid-token' });
    await expect(read('x')).rejects.toMatchObject({ code: 'identity/invalid-token' });
  });
});
