import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, startInstance } from './instance.ts';
import { type RealProvider, ScriptedBrowser, startProvider } from './sign-in-provider.ts';

let instance: Instance;
let provider: RealProvider;
let home: string;

type Json = Record<string, unknown>;

beforeAll(async () => {
  instance = await startInstance();
  home = instance.console.replace('127.0.0.1', 'localhost');
  provider = await startProvider({
    redirectUri: `${home}/sign-in/callback`,
    logoutUri: `${home}/sign-in/backchannel-logout`,
  });
  const value = 'a secret of this client';
  await instance.admin.request('PUT', '/v1/secrets/corp-client', { value });
  await put({});
}, 60_000);

afterAll(async () => {
  await instance?.remove();
  await provider?.close();
});

async function put(require: Json, roles: readonly string[] = ['auditor']): Promise<void> {
  const spec = {
    oidc: {
      issuer: provider.issuer,
      clientId: 'bailiwick',
      clientSecret: 'corp-client',
      scopes: ['openid', 'profile'],
      loopback: true,
    },
    claims: { pass: ['device'] },
    roles: [{ group: 'ops', roles }],
    require,
  };
  await instance.admin.request('POST', '/v1/documents', {
    kind: 'IdentityProvider',
    name: 'corp',
    spec,
  });
}

const isOurs = (place: URL): boolean =>
  place.origin === home && !place.pathname.startsWith('/sign-in');

const isAnswered = (place: URL): boolean => place.pathname === '/sign-in/callback';

/** Through the provider's pages until it is back at ours; the code of the refusal, or `signed in`. */
async function signIn(browser: ScriptedBrowser, as: string, asked = ''): Promise<string> {
  const { place } = await browser.follow(
    `${home}/sign-in/corp?return=%2F%23home${asked}`,
    as,
    (at) => isOurs(at) || isAnswered(at),
  );
  return isAnswered(place) ? finish(browser, place) : 'signed in';
}

async function finish(browser: ScriptedBrowser, place: URL): Promise<string> {
  const answer = await browser.ask(place);
  if (answer.status === 303) return 'signed in';
  return /<code>([^<]*)<\/code>/.exec(await answer.text())?.[1] ?? `status ${answer.status}`;
}

const status = async (browser: ScriptedBrowser): Promise<number> =>
  (await browser.ask(`${home}/v1/people`, { headers: { 'sec-fetch-site': 'same-origin' } })).status;

/** Until it is so; by the time-out of the test. */
async function eventually(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 100));
}

const records = async (type: string): Promise<readonly Json[]> => {
  const { records: found } = (await instance.admin.request(
    'GET',
    `/v1/records?type=${type}&limit=100`,
  )) as { records: { record: Json }[] };
  return found.map(({ record }) => record);
};

describe('people of a real OpenID provider', () => {
  it('sign in with code and PKCE, are who it says, and have the roles of their groups [SYS-014] [SYS-015]', async () => {
    const [ann, bob] = [new ScriptedBrowser(), new ScriptedBrowser()];
    expect(await signIn(ann, 'ann')).toBe('signed in');
    expect(await signIn(bob, 'bob')).toBe('signed in');
    expect([await status(ann), await status(bob)]).toEqual([200, 401]);
    await eventually(async () => (await records('identity.signed-in')).length === 2);
    const found = await records('identity.signed-in');
    expect(found.find(({ actors }) => JSON.stringify(actors).includes('ann@corp'))).toMatchObject({
      details: {
        issuer: provider.issuer,
        subject: 'ann',
        roles: ['auditor'],
        groups: ['ops'],
        claims: ['device=managed'],
      },
    });
  });

  it('are signed out here when they are there: the provider says so itself [IDN-04]', async () => {
    const browser = new ScriptedBrowser();
    expect(await signIn(browser, 'ann')).toBe('signed in');
    expect(await status(browser)).toBe(200);
    // Not by us: at the provider, whose page asks whether they are sure.
    const page = await browser.ask(`${provider.issuer}/session/end?client_id=bailiwick`);
    const text = await page.text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const action = /action="([^"]+)"/.exec(text)?.[1] ?? '';
    const body = new URLSearchParams({ xsrf, logout: 'yes' });
    await browser.ask(action, { method: 'POST', body });
    await eventually(async () => (await status(browser)) === 401);
    await eventually(async () => (await records('identity.session-ended')).length > 0);
    expect(await records('identity.session-ended')).toMatchObject([
      { actors: [{ kind: 'system', name: 'system/provider corp' }], details: { subject: 'ann' } },
    ]);
  });

  it('sign out here and are led to the provider, whose page signs them out there', async () => {
    const browser = new ScriptedBrowser();
    expect(await signIn(browser, 'ann')).toBe('signed in');
    const answer = await browser.ask(`${home}/sign-out`, {
      method: 'POST',
      headers: { origin: home },
    });
    const place = answer.headers.get('location') ?? '';
    expect(place).toContain(`${provider.issuer}/session/end`);
    expect((await browser.ask(place)).status).toBe(200);
    expect(await status(browser)).toBe(401);
  });

  it('are refused without what the document asks for, and let in with it [IDN-19] [POL-26]', async () => {
    await put({ amr: ['mfa'], maxAgeSeconds: 3_600 });
    const [ann, bob] = [new ScriptedBrowser(), new ScriptedBrowser()];
    expect(await signIn(bob, 'bob')).toBe('identity/weak-sign-in');
    expect(await signIn(ann, 'ann')).toBe('signed in');
    await put({ acr: ['mfa'] });
    expect(await signIn(new ScriptedBrowser(), 'ann')).toBe('identity/weak-sign-in');
    await put({});
    await eventually(async () => (await records('identity.sign-in-refused')).length === 2);
    expect(await records('identity.sign-in-refused')).toContainEqual(
      expect.objectContaining({
        refusal: expect.objectContaining({ code: 'identity/weak-sign-in' }),
        details: { provider: 'corp', issuer: provider.issuer, subject: 'bob' },
      }),
    );
  });

  it('sign in while the provider changes its key, and are nobody while it is away', async () => {
    const browser = new ScriptedBrowser();
    const begun = await browser.follow(`${home}/sign-in/corp`, 'ann', isAnswered);
    await provider.rotate();
    // Asked for again once that is not too soon; the code of the first try is spent by then.
    let last = await finish(browser, begun.place);
    await eventually(async () => {
      if (last !== 'signed in') last = await signIn(browser, 'ann');
      return last === 'signed in';
    });
    expect(await status(browser)).toBe(200);
    const waiting = await browser.follow(`${home}/sign-in/corp`, 'ann', isAnswered);
    await provider.pause();
    expect(await finish(browser, waiting.place)).toBe('identity/provider-away');
    await provider.resume();
    expect(await signIn(browser, 'ann')).toBe('signed in');
  }, 60_000);

  it('have each a name and a sign-in that an admin sees and ends', async () => {
    const browser = new ScriptedBrowser();
    expect(await signIn(browser, 'ann')).toBe('signed in');
    const { sessions } = (await instance.admin.request('GET', '/v1/sessions')) as {
      sessions: Json[];
    };
    expect(sessions.every(({ person }) => person === 'ann@corp' || person === 'bob@corp')).toBe(
      true,
    );
    const body = { person: 'ann@corp', reason: 'left' };
    await instance.admin.request('POST', '/v1/sessions/end', body);
    expect(await status(browser)).toBe(401);
  });

  it('approve only by a sign-in that is as strong and as fresh as a document asks [APR-12] [SYS-005]', async () => {
    await put({}, ['approver']);
    const browser = new ScriptedBrowser();
    // As a challenge asks: only then the provider says when they proved themselves.
    expect(await signIn(browser, 'ann', '&max_age=300')).toBe('signed in');
    const stepUp = (spec: Json) =>
      instance.admin.request('POST', '/v1/documents', {
        kind: 'StepUp',
        name: 'approvals',
        spec: { acts: ['approve'], ...spec },
        reason: 'x',
      });
    // There is none of that name: whoever comes as far as that may approve.
    const approve = async () => {
      const answer = await browser.ask(`${home}/v1/approvals/none/decide`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: home,
          'sec-fetch-site': 'same-origin',
        },
        body: JSON.stringify({ verdict: 'approve', reason: 'x' }),
      });
      const { code } = (await answer.json()) as Json;
      return [code, answer.headers.get('www-authenticate')];
    };
    expect(await approve()).toEqual(['approvals/unknown', null]);
    await stepUp({ acr: ['mfa'], amr: ['hwk'], within: '5m' });
    const challenge =
      /^Bearer error="insufficient_user_authentication".*acr_values="mfa", max_age="300"$/;
    expect(await approve()).toEqual(['api/step-up-required', expect.stringMatching(challenge)]);
    await stepUp({ amr: ['pwd', 'mfa'], within: '5m' });
    expect(await approve()).toEqual(['approvals/unknown', null]);
    await stepUp({ amr: ['pwd', 'mfa'], within: '1s' });
    await eventually(async () => (await approve())[0] === 'api/step-up-required');
  });
});
