import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PersonSession } from '#contracts/person-session.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import {
  type ControlWorld,
  createControlWorld,
  textAt,
} from '../../../test/fakes/control-world.ts';

let world: ControlWorld;
let home: string;
let cookie: string;
let session: PersonSession;

const verifier = 'v'.repeat(44);
const challenge = createHash('sha256').update(verifier).digest('base64url');
const redirectUri = 'http://127.0.0.1:4999/abcdefghijklmnopqrstuv';

beforeEach(async () => {
  world = await createControlWorld({ home: true });
  home = world.url.replace('127.0.0.1', 'localhost');
  ({ session, cookie } = await signIn());
});

afterEach(() => world.close());

async function signIn(over: Partial<PersonSession['user']> = {}) {
  const begun = await world.sessions.begin(
    {
      tenant: 'main',
      user: { issuer: 'https://idp', subject: 'u', name: 'ann', groups: [], ...over },
      roles: ['operator', 'approver'],
      provider: 'corp',
      providerSession: undefined,
      by: 'browser',
      expiresAt: world.clock.now() + limits.personSessionMs,
    },
    '::1',
  );
  return { session: begun.session, cookie: begun.cookie.split(';', 1)[0] ?? '' };
}

const post = (path: string, body: JsonObject) => world.ask('POST', path, { body });

async function begin(over: JsonObject = {}): Promise<{ login: string; code: string }> {
  const { status, body } = await post('/command-line/begin', { challenge, redirectUri, ...over });
  expect([status, body]).toEqual([200, expect.anything()]);
  return { login: textAt(body, 'login'), code: textAt(body, 'code') };
}

const take = (login: string, over: JsonObject = {}) =>
  post('/command-line/take', { login, verifier, ...over });

const look = (login: string, as = cookie) =>
  fetch(`${home}/command-line/${login}`, {
    redirect: 'manual',
    headers: as === '' ? {} : { cookie: as },
  });

async function decide(login: string, over: Record<string, string> = {}, headers = {}) {
  const page = await (await look(login)).text();
  const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return fetch(`${home}/command-line/${login}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: home, 'sec-fetch-site': 'same-origin', ...headers },
    body: new URLSearchParams({ token, decision: 'agree', ...over }),
  });
}

/** The code that the browser brings to the command line's own place. */
async function agreed(login: string): Promise<string> {
  const answer = await decide(login);
  const place = new URL(answer.headers.get('location') ?? '');
  expect([answer.status, `${place.origin}${place.pathname}`]).toEqual([303, redirectUri]);
  return place.searchParams.get('code') ?? '';
}

const codeOf = ({ body }: { readonly body: JsonObject }) => body['code'];

describe('a command line that asks for its person in the browser', () => {
  it('is that person once they agreed, on record, as long as their sign-in lasts [IDN-19]', async () => {
    const { login, code } = await begin();
    expect(await (await look(login)).text()).toContain(code);
    const made = await take(login, { code: await agreed(login) });
    expect(made.body).toMatchObject({ state: 'done', name: session.person });
    const secret = textAt(made.body, 'credential');
    const tokens = await world.ask('GET', '/v1/api-tokens', { as: secret });
    expect(tokens.body['tokens']).toMatchObject([
      { attended: true, ofSession: true, expiresAt: new Date(session.expiresAt).toISOString() },
    ]);
    const created = world.log.drafts.find(({ type }) => type === 'identity.api-token-created');
    expect(created).toMatchObject({
      actors: [{ kind: 'human', name: session.person }],
      details: { token: made.body['token'], reason: 'agreed to in the browser' },
    });
    expect(JSON.stringify(world.log.drafts)).not.toContain(secret);
    const reads = world.log.drafts.filter(({ type }) => type === 'api.read');
    expect(reads).toMatchObject([{ details: { apiToken: made.body['token'] } }]);
    const by = { kind: 'human', name: 'x' } as const;
    const ground = { kind: 'session', id: session.id } as const;
    await world.sessions.end({ tenant: 'main', ground, by, reason: 'out' });
    expect((await world.ask('GET', '/v1/api-tokens', { as: secret })).status).toBe(401);
  });

  it('makes no token that outlives its sign-in, whoever is kept here by that name', async () => {
    const user = { issuer: 'passkey', subject: 'p', groups: [] };
    const kept = { tenant: 'main', user, person: 'admin-main', roles: ['admin'] } as const;
    const expiresAt = world.clock.now() + 600_000;
    const by = { provider: 'passkey', providerSession: undefined, by: 'browser' } as const;
    const begun = await world.sessions.begin({ ...kept, ...by, expiresAt }, '::1');
    cookie = begun.cookie.split(';', 1)[0] ?? '';
    const { login } = await begin();
    const made = await take(login, { code: await agreed(login) });
    const as = textAt(made.body, 'credential');
    const body = { name: 'ci', roles: ['admin'], forSeconds: 5_000_000 };
    const token = await world.ask('POST', '/v1/api-tokens', { as, body });
    expect(token.body).toMatchObject({ expiresAt: new Date(expiresAt).toISOString() });
    const reads = () => world.ask('GET', '/v1/people', { as: textAt(token.body, 'secret') });
    expect((await reads()).status).toBe(200);
    const ground = { kind: 'session', id: begun.session.id } as const;
    const ender = { kind: 'human', name: 'x' } as const;
    await world.sessions.end({ tenant: 'main', ground, by: ender, reason: 'out' });
    expect((await reads()).status).toBe(401);
  });

  it('has of its sign-in how strong and how fresh it is, so a StepUp lets it do what the browser may [APR-12] [SYS-005]', async () => {
    const spec = { acts: ['documents'], acr: ['mfa'], within: '5m' };
    const put = (as: string, name: string) =>
      world.ask('POST', '/v1/documents', {
        as,
        body: { kind: 'Policy', name, spec: { cedar: '' } },
      });
    const admin = world.credential('admin');
    const stepUp = { kind: 'StepUp', name: 'docs', spec, reason: 'x' };
    await world.ask('POST', '/v1/documents', { as: admin, body: stepUp });
    const weak = await begin();
    const weakly = await take(weak.login, { code: await agreed(weak.login) });
    const refused = await put(textAt(weakly.body, 'credential'), 'weak');
    expect(codeOf(refused)).toBe('api/step-up-required');
    const wanted = refused.body['details'] as JsonObject;
    ({ session, cookie } = await signIn({ acr: 'mfa', signedInAt: world.clock.now() }));
    const { acrValues, maxAgeSeconds } = wanted;
    const strong = await begin({
      acrValues: acrValues ?? null,
      maxAgeSeconds: maxAgeSeconds ?? null,
    });
    const made = await take(strong.login, { code: await agreed(strong.login) });
    expect(codeOf(await put(textAt(made.body, 'credential'), 'strong'))).toBeUndefined();
    world.clock.advance(300_001);
    expect(codeOf(await put(textAt(made.body, 'credential'), 'stale'))).toBe(
      'api/step-up-required',
    );
    expect(codeOf(await put(admin, 'plain'))).toBe('api/step-up-required');
  });

  it('is agreed to by a sign-in that is as fresh and strong as it asked for, and by no other', async () => {
    const { login } = await begin({ acrValues: ['mfa'], maxAgeSeconds: 60 });
    const out = await look(login, '');
    expect([out.status, out.headers.get('location')]).toEqual([
      303,
      `/sign-in?return=%2Fcommand-line%2F${login}&acr_values=mfa&max_age=60`,
    ]);
    expect(await (await look(login)).text()).toContain('Sign in again');
    expect((await decide(login)).status).toBe(403);
    expect(codeOf(await take(login))).toBeUndefined();
    ({ session, cookie } = await signIn({ acr: 'mfa', signedInAt: world.clock.now() - 60_001 }));
    expect(await (await look(login)).text()).toContain('Sign in again');
    ({ session, cookie } = await signIn({ acr: 'mfa', signedInAt: world.clock.now() }));
    expect(await agreed(login)).not.toBe('');
  });

  it('gets nothing where its person says no, nor by a code or a verifier that is not its own', async () => {
    const no = await begin();
    const refused = await decide(no.login, { decision: 'refuse' });
    expect(refused.headers.get('location')).toBe(`${redirectUri}?error=access_denied`);
    expect(codeOf(await take(no.login))).toBe('identity/login-refused');
    expect(codeOf(await take(no.login))).toBe('identity/login-over');
    const stolen = await begin();
    const code = await agreed(stolen.login);
    expect(codeOf(await take(stolen.login, { code, verifier: 'w'.repeat(44) }))).toBe(
      'identity/login-over',
    );
    expect(codeOf(await take(stolen.login, { code }))).toBe('identity/login-over');
    for (const wrong of [{}, { code: 'c'.repeat(44) }]) {
      const other = await begin();
      await agreed(other.login);
      expect(codeOf(await take(other.login, wrong))).toBe('identity/login-over');
    }
  });

  it('gets its token once, and is asked about once', async () => {
    const { login } = await begin();
    const code = await agreed(login);
    expect((await look(login)).status).toBe(404);
    const both = await Promise.all([take(login, { code }), take(login, { code })]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
  });

  it('asks again and again where the browser is elsewhere, and the page warns of that', async () => {
    const { status, body } = await post('/command-line/begin', { challenge });
    expect(status).toBe(200);
    const login = textAt(body, 'login');
    expect((await take(login)).body).toEqual({ state: 'waiting' });
    const page = await (await look(login)).text();
    expect(page).toContain('may be on another machine');
    const answer = await decide(login);
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect((await take(login)).body).toMatchObject({ state: 'done' });
  });

  it('is agreed to by our page alone: no form of another site, another sign-in, or by a token', async () => {
    const { login } = await begin();
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await decide(login, {}, headers)).status).toBe(403);
    }
    expect((await decide(login, { token: 'forged' })).status).toBe(403);
    const other = await begin();
    const page = await (await look(other.login)).text();
    const token = /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    expect((await decide(login, { token })).status).toBe(403);
    expect((await take(login)).body).toEqual({ state: 'waiting' });
  });

  it('names a place on its own machine, or none', async () => {
    for (const place of [
      'https://evil.example/abcdefghijklmnopqrstuv',
      'http://127.0.0.1.evil.example:80/abcdefghijklmnopqrstuv',
      'http://127.0.0.1:80@evil.example/abcdefghijklmnopqrstuv',
      'http://127.0.0.1:4999/../abcdefghijklmnopqrstuv',
      'http://127.0.0.1:4999/abcdefghijklmnopqrstuv?x=y',
      'http://localhost:4999/abcdefghijklmnopqrstuv',
      'http://127.0.0.1:4999/abcdefghijklmnopqrstuv\n',
    ]) {
      const answer = await post('/command-line/begin', { challenge, redirectUri: place });
      expect([place, codeOf(answer)]).toEqual([place, 'api/invalid']);
    }
  });

  it('waits no longer than there may be, and of one address no more than there may be', async () => {
    const { login } = await begin();
    world.clock.advance(limits.loginRequestMs - 1);
    expect((await look(login)).status).toBe(200);
    world.clock.advance(1);
    expect((await look(login)).status).toBe(404);
    expect(limits.loginRequests).toBeGreaterThan(limits.loginRequestsPerSource);
    const ask = { challenge, redirectUri: undefined, require: { acr: [], maxAgeMs: undefined } };
    const { commandLine } = world.desks;
    for (let at = 0; at < limits.loginRequests; at += 1) {
      commandLine.begin({ ...ask, source: `${at % (limits.loginRequestsPerSource / 2)}` });
    }
    const full = { code: 'identity/too-many-logins' };
    expect(() => commandLine.begin({ ...ask, source: 'new' })).toThrow(
      expect.objectContaining(full),
    );
    world.clock.advance(limits.loginRequestMs);
    for (let at = 0; at < limits.loginRequestsPerSource; at += 1) {
      commandLine.begin({ ...ask, source: 'one' });
    }
    expect(() => commandLine.begin({ ...ask, source: 'one' })).toThrow(
      expect.objectContaining(full),
    );
    commandLine.begin({ ...ask, source: 'another' });
  });

  it('is nobody for whoever has no role here', async () => {
    const { login } = await begin();
    const begun = await world.sessions.begin(
      {
        tenant: 'main',
        user: { issuer: 'https://idp', subject: 'v', name: 'eve', groups: [] },
        roles: [],
        provider: 'corp',
        providerSession: undefined,
        by: 'browser',
        expiresAt: world.clock.now() + limits.personSessionMs,
      },
      '::1',
    );
    const page = await look(login, begun.cookie.split(';', 1)[0]);
    expect([page.status, await page.text()]).toEqual([
      403,
      expect.stringContaining('no role here'),
    ]);
  });

  it('stands in no frame, runs no script, and is kept in no cache', async () => {
    const { login } = await begin();
    const { headers } = await look(login);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).toContain(
      "form-action 'self' http://127.0.0.1:4999;",
    );
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
  });
});
