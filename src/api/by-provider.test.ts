import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Role } from '#kernel/principal.ts';
import { signedInBy } from '#contracts/person-session.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
const signIn = (roles: readonly Role[]) =>
  world.sessions.begin(
    {
      tenant: 'main',
      // As an edited store would call them.
      person: 'maria',
      user: { issuer: 'https://idp', subject: 'u-1', name: 'ann', groups: [] },
      roles,
      provider: 'corp',
      providerSession: undefined,
      by: 'browser',
      expiresAt: world.clock.now() + limits.personSessionMs,
    },
    '::1',
  );

beforeAll(async () => {
  world = await createControlWorld();
  const body = { name: 'maria', roles: ['admin'], eligible: ['privacy'], reason: 'x' };
  const as = world.credential('admin');
  expect((await world.ask('POST', '/v1/people', { as, body })).status).toBe(200);
  const passkey = { credential: 'key', tenant: 'main', person: 'maria', name: 'key' };
  const made = { publicKey: 'pk', counter: 0, transports: [], createdAt: world.clock.now() };
  await world.store.passkeys.add({ ...passkey, ...made });
});
afterAll(() => world.close());

it('whoever a provider signs in has no right of a person of ours, called as the store may call them [IDN-19] [AUD-03]', async () => {
  const { session } = await signIn(['auditor']);
  const by = {
    tenant: 'main',
    name: session.person,
    roles: session.roles,
    through: signedInBy(session),
  };
  const refused = { code: 'api/forbidden' };
  const { apiTokens, passkeys, elevation } = world.desks;
  const token = (role: Role, attended = false) =>
    apiTokens.create({ by, name: role, roles: [role], forMs: 60_000, attended });
  await expect(token('admin')).rejects.toMatchObject(refused);
  const { token: made, secret } = await token('auditor', true);
  expect(made.session).toBe(session.id);
  const holder = await apiTokens.holder(secret);
  expect(holder).toMatchObject({ name: 'maria', roles: ['auditor'] });
  expect(holder?.eligible).toBeUndefined();

  const taken = { reason: 'x', at: world.clock.now(), until: world.clock.now() + 60_000 };
  await world.store.people.elevate({ tenant: 'main', name: 'maria', role: 'privacy', ...taken });
  expect((await elevation.withElevations(holder ?? { ...by, createdAt: 0 })).roles).toEqual([
    'auditor',
  ]);
  const elevate = { by, role: 'privacy', forMs: 60_000, reason: 'x' } as const;
  await expect(elevation.elevate(elevate)).rejects.toMatchObject(refused);

  await expect(passkeys.enrolOptions({ by })).rejects.toMatchObject(refused);
  expect(await passkeys.list({ by })).toEqual([]);
  await expect(passkeys.remove({ by, credential: 'key' })).rejects.toMatchObject(refused);
});
