import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { SoftAuthenticator } from '../../test/fakes/soft-authenticator.ts';

let world: ControlWorld;
let bob: string;
let device: SoftAuthenticator;
let at = 0;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(() => world.close());

const name = () => `bob-${at}`;

beforeEach(async () => {
  at += 1;
  device = new SoftAuthenticator();
  const body = { name: name(), roles: ['approver'], reason: 'x' };
  const added = await world.ask('POST', '/v1/people', { as: world.credential('admin'), body });
  bob = textAt(added.body, 'credential');
  world.log.drafts.length = 0;
});

const ask = (path: string, body: JsonObject = {}, as = bob) =>
  world.ask('POST', path, { as, body });
const codeOf = ({ body }: { readonly body: JsonObject }) => body['code'];

async function optionsFor(as = bob): Promise<JsonObject> {
  return (await ask('/v1/passkeys/options', {}, as)).body['options'] as JsonObject;
}

async function enrol(over: object = {}): Promise<string | undefined> {
  const response = device.create(await optionsFor(), over);
  const answer = await ask('/v1/passkeys', { name: 'key', response });
  return answer.status === 200 ? 'done' : (codeOf(answer) as string);
}

interface Asked {
  readonly options: JsonObject;
  readonly cookie: string;
}

async function post(path: string, body: JsonObject, cookie?: string) {
  return fetch(`${world.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie === undefined ? {} : { cookie }) },
    body: JSON.stringify(body),
  });
}

async function challenge(): Promise<Asked> {
  const answer = await post('/passkeys/options', {});
  const { options } = (await answer.json()) as { options: JsonObject };
  return { options, cookie: answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' };
}

/** The cookie of the sign-in, or why there is none. */
async function finish(response: JsonObject, cookie: string): Promise<string> {
  const answer = await post('/passkeys/sign-in', { response }, cookie);
  if (answer.status === 200) return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  return ((await answer.json()) as { code: string }).code;
}

async function signIn(over: object = {}): Promise<string> {
  const { options, cookie } = await challenge();
  return finish(device.get(options, over), cookie);
}

async function status(cookie: string): Promise<number> {
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  return (await fetch(`${world.url}/v1/people`, { headers })).status;
}

const refused = 'api/passkey-refused';

describe('a passkey', () => {
  it('is added by its person, on record first, and signs them in with what they may now [IDN-19]', async () => {
    expect(await enrol()).toBe('done');
    expect(world.log.drafts).toContainEqual(
      expect.objectContaining({
        type: 'identity.passkey-added',
        details: expect.objectContaining({ person: name(), name: 'key' }),
      }),
    );
    const cookie = await signIn();
    expect(await status(cookie)).toBe(200);
    const [session] = await world.sessions.list({
      tenant: 'main',
      open: true,
      now: world.clock.now(),
      limit: 1,
    });
    expect(session).toMatchObject({
      person: name(),
      provider: 'passkey',
      user: { amr: ['hwk', 'mfa', 'user'], signedInAt: world.clock.now() },
    });
    await world.ask('POST', `/v1/people/${name()}/remove`, {
      as: world.credential('admin'),
      body: { reason: 'left' },
    });
    expect(await status(cookie)).toBe(401);
    expect(await signIn()).toBe(refused);
  });

  it('is not added off the record, twice, by a token, or by somebody who is only signed in', async () => {
    world.log.failing = true;
    const response = device.create(await challengeOfBob());
    expect(codeOf(await ask('/v1/passkeys', { name: 'key', response }))).toBe('audit/unavailable');
    world.log.failing = false;
    expect(await enrol()).toBe('done');
    expect(await enrol()).toBe('store/conflict');
    const made = await ask('/v1/api-tokens', { name: 'ci', roles: ['auditor'], forSeconds: 600 });
    const token = textAt(made.body, 'secret');
    expect(codeOf(await ask('/v1/passkeys/options', {}, token))).toBe('api/forbidden');
    const through = { kind: 'session', id: 's', provider: 'corp' } as const;
    const by = { tenant: 'main', name: 'eve@corp', roles: ['admin'], through } as const;
    await expect(world.desks.passkeys.enrolOptions({ by })).rejects.toMatchObject({
      code: 'api/forbidden',
    });
  });

  async function challengeOfBob(): Promise<JsonObject> {
    const { desks } = world;
    return desks.passkeys.enrolOptions({
      by: { tenant: 'main', name: name(), roles: ['approver'] },
    });
  }

  it.each([
    ['another page', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://localhost:1' }],
    ['another host', { rpId: 'evil.example' }],
    ['an authenticator that did not know its user', { verified: false }],
    ['another question', { challenge: 'A'.repeat(44) }],
  ])('of %s is neither added nor signs in', async (_, over) => {
    expect(await enrol(over)).toBe(refused);
    expect(await enrol()).toBe('done');
    expect(await signIn(over)).toBe(refused);
    expect(await signIn()).toMatch(/^bailiwick_session=/);
  });

  it('answers each question once, in its time, to the browser that asked', async () => {
    await enrol();
    const { options, cookie } = await challenge();
    const other = await challenge();
    const answer = device.get(options);
    expect(await finish(answer, other.cookie)).toBe(refused);
    expect(await finish(answer, '')).toBe(refused);
    expect(await finish(answer, cookie)).toMatch(/^bailiwick_session=/);
    expect(await finish(answer, cookie)).toBe(refused);
    const late = await challenge();
    const signed = device.get(late.options);
    world.clock.advance(limits.passkeyChallengeMs);
    expect(await finish(signed, late.cookie)).toBe(refused);
    const creation = device.create(await optionsFor());
    expect(
      codeOf(
        await ask('/v1/passkeys', { name: 'x', response: creation }, world.credential('admin')),
      ),
    ).toBe(refused);
  });

  it('that does not count on is a copy: it signs in nobody, and the one that does goes on', async () => {
    await enrol();
    expect(await signIn()).toMatch(/^bailiwick_session=/);
    device.counter -= 1;
    expect(await signIn()).toBe('api/passkey-copied');
    device.counter = 0;
    expect(await signIn()).toBe('api/passkey-copied');
    device.counter = 7;
    expect(await signIn()).toMatch(/^bailiwick_session=/);
  });

  it('of a stranger, or what is none at all, is refused alike', async () => {
    await enrol();
    const stranger = new SoftAuthenticator();
    const { options, cookie } = await challenge();
    expect(await finish(stranger.get(options), cookie)).toBe(refused);
    for (const response of [{}, { id: 'x' }, { ...device.get({}), type: 'password' }]) {
      const asked = await challenge();
      expect(await finish(response as JsonObject, asked.cookie)).toBe(refused);
    }
  });

  it('is listed and removed by its person or an analyst, and its sign-ins end with it', async () => {
    await enrol();
    const cookie = await signIn();
    const listed = await world.ask('GET', '/v1/passkeys', { as: bob });
    expect(listed.body['passkeys']).toMatchObject([{ name: 'key', person: name() }]);
    const { credential } = device;
    const remove = (as: string, over: JsonObject = {}) =>
      ask('/v1/passkeys/remove', { credential, ...over }, as);
    const person = name();
    expect(codeOf(await remove(world.credential('auditor'), { person }))).toBe('api/forbidden');
    expect(codeOf(await remove(world.credential('analyst')))).toBe('api/not-found');
    expect(await status(cookie)).toBe(200);
    expect((await remove(world.credential('analyst'), { person, reason: 'lost' })).status).toBe(
      200,
    );
    expect(await status(cookie)).toBe(401);
    expect(await signIn()).toBe(refused);
    expect(world.log.drafts.map(({ type }) => type)).toContain('identity.passkey-removed');
  });

  it('and its person end what was signed in while this program had another address', async () => {
    const as = world.credential('admin');
    const opened = async () => {
      const user = { issuer: 'https://before.example', subject: name(), name: name(), groups: [] };
      const expiresAt = world.clock.now() + 60_000;
      const of = { tenant: 'main', person: name(), user, roles: ['approver'], expiresAt } as const;
      const passkey = { provider: 'passkey', providerSession: undefined, by: 'browser' } as const;
      return (await world.sessions.begin({ ...of, ...passkey }, '::1')).session.id;
    };
    const isOpen = async (id: string) => (await world.sessions.get('main', id)) !== undefined;
    await enrol();
    const first = await opened();
    expect(await isOpen(first)).toBe(true);
    const { credential } = device;
    expect((await ask('/v1/passkeys/remove', { credential })).status).toBe(200);
    expect(await isOpen(first)).toBe(false);
    const second = await opened();
    const removed = await ask(`/v1/people/${name()}/remove`, { reason: 'x' }, as);
    expect([removed.status, await isOpen(second)]).toEqual([200, false]);
  });

  it('is one of as many as a person may have', async () => {
    for (let held = 0; held < limits.passkeysPerPerson; held += 1) {
      device = new SoftAuthenticator();
      expect(await enrol()).toBe('done');
    }
    device = new SoftAuthenticator();
    expect(await enrol()).toBe('store/conflict');
  });

  it('satisfies a document that asks how and when somebody signed in [APR-12]', async () => {
    await enrol();
    const spec = { acts: ['tokens'], amr: ['mfa'], within: '5m' };
    const put = { kind: 'StepUp', name: 'tokens', spec, reason: 'x' };
    await ask('/v1/documents', put, world.credential('admin'));
    const cookie = await signIn();
    const create = async (token: string) => {
      const answer = await fetch(`${world.url}/v1/api-tokens`, {
        method: 'POST',
        headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
        body: JSON.stringify({ name: token, roles: ['auditor'], forSeconds: 600 }),
      });
      return answer.status;
    };
    expect(
      codeOf(await ask('/v1/api-tokens', { name: 'a', roles: ['auditor'], forSeconds: 600 })),
    ).toBe('api/step-up-required');
    expect(await create('b')).toBe(200);
    world.clock.advance(300_001);
    expect(await create('c')).toBe(401);
    await ask('/v1/documents/StepUp/tokens/remove', {}, world.credential('admin'));
  });
});

describe('questions of passkeys', () => {
  it('are kept for as many browsers as there may be, the newest of them', async () => {
    await enrol();
    const first = await challenge();
    const signed = device.get(first.options);
    for (let asked = 0; asked < limits.passkeyChallenges; asked += 1) {
      world.desks.passkeys.signInOptions();
    }
    expect(await finish(signed, first.cookie)).toBe(refused);
    expect(await signIn()).toMatch(/^bailiwick_session=/);
  });
});
