import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Role } from '#kernel/principal.ts';
import {
  type ControlWorld,
  createControlWorld,
  type Tenant,
} from '../../test/fakes/control-world.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(() => world.close());

async function signIn(subject: string, over: { roles?: readonly Role[]; tenant?: Tenant } = {}) {
  const { tenant = 'main', roles = [] } = over;
  const { session, cookie } = await world.sessions.begin(
    {
      tenant,
      user: { issuer: 'https://idp', subject, name: subject, groups: [] },
      roles,
      provider: 'corp',
      providerSession: undefined,
      by: 'browser',
      expiresAt: world.clock.now() + 1_000_000,
    },
    '::1',
  );
  return { id: session.id, person: session.person, cookie: cookie.split(';', 1)[0] ?? '' };
}

const end = (path: string, as: string, body: JsonObject = { reason: 'enough' }) =>
  world.ask('POST', path, { as, body });

describe('who is signed in', () => {
  it('is listed for auditors of the tenant, without anything by which to be them', async () => {
    const { id, cookie } = await signIn('lena', { roles: ['approver'] });
    const other = await signIn('lena', { tenant: 'other' });
    const list = await world.ask('GET', '/v1/sessions', { as: world.credential('auditor') });
    const text = JSON.stringify(list.body);
    expect(list.body['sessions']).toContainEqual(
      expect.objectContaining({
        id,
        person: 'lena@corp',
        subject: 'lena',
        roles: ['approver'],
        endedAt: null,
      }),
    );
    expect(text).not.toContain(other.id);
    expect(text).not.toContain(cookie.split('=')[1]);
    expect((await world.ask('GET', '/v1/sessions')).status).toBe(401);
  });

  it('is ended by an admin, on record with why, once; all of a person at once', async () => {
    const admin = world.credential('admin');
    const one = await signIn('max');
    await signIn('max');
    await signIn('max');
    expect((await end(`/v1/sessions/${one.id}/end`, admin)).body).toEqual({ ended: 1 });
    expect((await end(`/v1/sessions/${one.id}/end`, admin)).status).toBe(404);
    const all = { person: 'max@corp', reason: 'left' };
    expect((await end('/v1/sessions/end', admin, all)).body).toEqual({ ended: 2 });
    await world.settle();
    const ended = world.log.drafts.filter(({ type }) => type === 'identity.session-ended');
    expect(ended.map(({ actors, details }) => [actors[0]?.name, details?.['reason']])).toEqual([
      ['admin-main', 'enough'],
      ['admin-main', 'left'],
      ['admin-main', 'left'],
    ]);
    const shown = await world.ask('GET', '/v1/sessions?state=all', { as: admin });
    expect(JSON.stringify(shown.body)).toContain('"endedBy":"admin-main"');
  });

  it('is ended by nobody else, but by themselves; never without a reason, never of another tenant', async () => {
    const { id, person } = await signIn('nora', { roles: ['auditor'] });
    const path = `/v1/sessions/${id}/end`;
    expect((await end(path, world.credential('approver'))).status).toBe(403);
    expect((await end(path, world.credential('admin'), { reason: ' ' })).status).toBe(422);
    expect((await end(path, world.credential('admin', 'other'))).status).toBe(404);
    const by = { tenant: 'main', name: person, roles: ['auditor'] } as const;
    expect(await world.sessions.endBy({ by, id, reason: 'my own' })).toBe(1);
  });
});
