import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewPersonSession } from '#contracts/person-session.ts';
import { limits } from '#kernel/limits.ts';
import type { Role } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(() => world.close());

const sameOrigin = { 'sec-fetch-site': 'same-origin' };

async function signIn(roles: readonly Role[]): Promise<{ id: string; cookie: string }> {
  const session: NewPersonSession = {
    tenant: 'main',
    user: { issuer: 'https://idp', subject: roles.join(), name: 'ann', groups: [] },
    roles,
    provider: 'corp',
    providerSession: undefined,
    by: 'browser',
    expiresAt: world.clock.now() + limits.personSessionMs,
  };
  const begun = await world.sessions.begin(session, '::1');
  return { id: begun.session.id, cookie: begun.cookie.split(';', 1)[0] ?? '' };
}

const status = async (
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number> =>
  (
    await fetch(`${world.url}${path}`, {
      method,
      headers: { ...headers, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
      ...(method === 'GET' ? {} : { body: '{}' }),
    })
  ).status;

describe('somebody who is signed in', () => {
  it('is a person at the API, with the role that the provider’s document gives them', async () => {
    const { cookie } = await signIn(['auditor']);
    expect(await status('/v1/people', { cookie, ...sameOrigin })).toBe(200);
    expect(await status('/v1/people', { cookie, ...sameOrigin }, 'POST')).toBe(403);
    const read = world.log.drafts.at(-1);
    expect(world.log.drafts).toContainEqual(
      expect.objectContaining({
        type: 'api.read',
        actors: [{ kind: 'human', name: expect.stringMatching(/^ann.*@corp$/) }],
      }),
    );
    expect(read?.tenant).toBe('main');
  });

  it('without a role is nobody there', async () => {
    const { cookie } = await signIn([]);
    expect(await status('/v1/people', { cookie, ...sameOrigin })).toBe(401);
  });

  it('is nobody by what another page asked, to read or to act', async () => {
    const { cookie } = await signIn(['admin']);
    const port = new URL(world.url).port;
    for (const site of ['cross-site', 'same-site', 'none', 'same-origin, same-origin']) {
      const headers = { cookie, 'sec-fetch-site': site };
      expect(await status('/v1/people', headers)).toBe(401);
      expect(await status('/v1/people', headers, 'POST')).toBe(401);
    }
    expect(await status('/v1/people', { cookie })).toBe(401);
    expect(await status('/v1/people', { cookie, origin: `http://localhost:${port}` })).toBe(200);
    for (const origin of ['null', 'http://localhost:1', `https://localhost:${port}`]) {
      expect(await status('/v1/people', { cookie, origin, ...sameOrigin })).toBe(403);
    }
  });

  it('is nobody once it has ended', async () => {
    const { id, cookie } = await signIn(['admin']);
    const by = { kind: 'human', name: 'ann' } as const;
    const ground = { kind: 'session', id } as const;
    expect(await status('/v1/people', { cookie, ...sameOrigin })).toBe(200);
    await world.sessions.end({ tenant: 'main', ground, by, reason: 'out' });
    expect(await status('/v1/people', { cookie, ...sameOrigin })).toBe(401);
  });

  it('is whoever the credential says that they bring, and nobody by a wrong one', async () => {
    const { cookie } = await signIn(['admin']);
    const authorization = `Bearer ${world.credential('auditor')}`;
    expect(await status('/v1/people', { cookie, authorization, ...sameOrigin }, 'POST')).toBe(403);
    const wrong = { cookie, authorization: `Bearer ${'x'.repeat(44)}`, ...sameOrigin };
    expect(await status('/v1/people', wrong)).toBe(401);
  });
});
