import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Role } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
let bob: string;
let at = 0;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(() => world.close());

const ask = (method: string, path: string, as: string, body?: JsonObject) =>
  world.ask(method, path, { as, ...(body === undefined ? {} : { body }) });

async function asAdmin(path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await ask('POST', path, world.credential('admin'), body);
  expect([path, answer.status, answer.body]).toEqual([path, 200, answer.body]);
  return answer.body;
}

const name = () => `bob-${at}`;
const setRoles = (roles: readonly Role[], eligible: readonly Role[] = []) =>
  asAdmin(`/v1/people/${name()}/roles`, { roles, eligible, reason: 'x' });

beforeEach(async () => {
  at += 1;
  const roles = ['approver', 'operator'];
  bob = textAt(await asAdmin('/v1/people', { name: name(), roles, reason: 'x' }), 'credential');
  world.log.drafts.length = 0;
});

const create = (roles: readonly Role[], over: JsonObject = {}, as = bob) =>
  ask('POST', '/v1/api-tokens', as, { name: 'ci', roles, forSeconds: 3_600, ...over });

const codeOf = (answer: { readonly body: JsonObject }) => answer.body['code'];
const reads = async (as: string) => (await ask('GET', '/v1/stops', as)).status;
const writes = async (as: string) => (await ask('GET', '/v1/secrets', as)).status;

describe('an API token', () => {
  it('is shown once, kept nowhere, on record, and may of what its person may what its roles say', async () => {
    const made = await create(['auditor'], { reason: 'dashboard' });
    const secret = textAt(made.body, 'secret');
    expect(secret).toMatch(/^bwt_[A-Za-z0-9_-]{44}$/);
    expect([await reads(secret), await writes(secret)]).toEqual([200, 403]);
    expect([await reads(`${secret.slice(0, -1)}x`), await reads(secret.slice(4))]).toEqual([
      401, 401,
    ]);
    expect(world.log.drafts).toContainEqual(
      expect.objectContaining({
        type: 'identity.api-token-created',
        details: expect.objectContaining({
          roles: ['auditor'],
          person: name(),
          reason: 'dashboard',
        }),
      }),
    );
    const listed = await ask('GET', '/v1/api-tokens', bob);
    expect(listed.body['tokens']).toMatchObject([
      { name: 'ci', roles: ['auditor'], usedAt: new Date(world.clock.now()).toISOString() },
    ]);
    expect(JSON.stringify([listed.body, world.log.drafts])).not.toContain(secret);
  });

  it('may at each use no more than its person may then', async () => {
    const secret = textAt((await create(['auditor', 'operator'])).body, 'secret');
    expect([await reads(secret), await writes(secret)]).toEqual([200, 200]);
    await setRoles(['approver']);
    expect([await reads(secret), await writes(secret)]).toEqual([200, 403]);
    await asAdmin(`/v1/people/${name()}/remove`, { reason: 'left' });
    expect(await reads(secret)).toBe(401);
  });

  it('is given no more than its person has, for no longer than there may be, once by a name', async () => {
    expect(codeOf(await create(['admin']))).toBe('api/forbidden');
    expect(codeOf(await create(['owner']))).toBe('api/forbidden');
    const most = limits.apiTokenMs / 1_000;
    expect(codeOf(await create(['auditor'], { forSeconds: most + 1 }))).toBe('api/invalid');
    expect(codeOf(await create(['auditor'], { forSeconds: 59 }))).toBe('api/invalid');
    expect((await create(['auditor'], { forSeconds: most })).status).toBe(200);
    expect(codeOf(await create(['auditor']))).toBe('store/conflict');
    expect((await create(['auditor'], {}, world.credential('admin'))).status).toBe(200);
  });

  it('makes no other, no people, and takes no role; its acts say that it was one', async () => {
    const admin = world.credential('admin');
    const made = await create(['admin', 'auditor'], { name: `t-${at}` }, admin);
    const secret = textAt(made.body, 'secret');
    const forbidden = [
      await create(['auditor'], { name: 'more' }, secret),
      await ask('POST', '/v1/people', secret, { name: 'eve', roles: ['admin'], reason: 'x' }),
      await ask('POST', `/v1/people/${name()}/roles`, secret, { roles: ['admin'], reason: 'x' }),
      await ask('POST', `/v1/people/${name()}/remove`, secret, { reason: 'x' }),
      await ask('POST', '/v1/elevations', secret, { role: 'admin', forSeconds: 60, reason: 'x' }),
    ];
    expect(forbidden.map(codeOf)).toEqual(forbidden.map(() => 'api/forbidden'));
    world.log.drafts.length = 0;
    const spec = { cedar: '' };
    await ask('POST', '/v1/documents', secret, { kind: 'Policy', name: 'p', spec, reason: 'x' });
    expect(world.log.drafts).toMatchObject([
      { type: 'config.applied', details: { apiToken: textAt(made.body, 'id') } },
    ]);
  });

  it('is dead at once when it is revoked, by its person or an analyst, also off the record', async () => {
    const made = await create(['auditor']);
    const secret = textAt(made.body, 'secret');
    const path = `/v1/api-tokens/${textAt(made.body, 'id')}/revoke`;
    expect(codeOf(await ask('POST', path, world.credential('approver'), {}))).toBe('api/not-found');
    expect(codeOf(await ask('POST', path, world.credential('admin', 'other'), {}))).toBe(
      'api/not-found',
    );
    world.log.failing = true;
    expect((await ask('POST', path, world.credential('analyst'), {})).status).toBe(200);
    world.log.failing = false;
    expect(await reads(secret)).toBe(401);
    world.clock.advance(1_000);
    await world.settle();
    expect(world.log.drafts.map(({ type }) => type)).toContain('identity.api-token-revoked');
    const own = await create(['auditor'], { name: 'two' });
    const ownPath = `/v1/api-tokens/${textAt(own.body, 'id')}/revoke`;
    expect((await ask('POST', ownPath, bob, {})).status).toBe(200);
    expect(codeOf(await ask('POST', ownPath, bob, {}))).toBe('api/not-found');
    const others = await ask('GET', '/v1/api-tokens', world.credential('auditor'));
    expect(others.body).toEqual({ tokens: [] });
  });

  it('is named on record with what it reads, beside the person it is of', async () => {
    const made = await create(['auditor']);
    world.log.drafts.length = 0;
    await reads(textAt(made.body, 'secret'));
    await reads(bob);
    expect(world.log.drafts.map(({ actors, details }) => [actors[0]?.name, details])).toEqual([
      [name(), { path: '/v1/stops', apiToken: textAt(made.body, 'id') }],
      [name(), { path: '/v1/stops' }],
    ]);
  });

  it('of somebody who is only signed in ends with the sign-in', async () => {
    const begun = await world.sessions.begin(
      {
        tenant: 'main',
        user: { issuer: 'https://idp', subject: name(), name: 'ann', groups: [] },
        roles: ['approver'],
        provider: 'corp',
        providerSession: undefined,
        by: 'browser',
        expiresAt: world.clock.now() + limits.personSessionMs,
      },
      '::1',
    );
    const { id, person } = begun.session;
    const through = { kind: 'session', id, provider: 'corp' } as const;
    const by = { tenant: 'main', name: person, roles: ['approver'], through } as const;
    const act = { by, name: 'ci', roles: ['auditor'], forMs: 3_600_000 } as const;
    const { token, secret } = await world.desks.apiTokens.create(act);
    expect(token.session).toBe(id);
    expect([await reads(secret), await writes(secret)]).toEqual([200, 403]);
    const ground = { kind: 'session', id } as const;
    await world.sessions.end({
      tenant: 'main',
      ground,
      by: { kind: 'human', name: person },
      reason: 'out',
    });
    expect(await reads(secret)).toBe(401);
  });

  it('of an admin says of nobody who they are, nor lets a directory say it', async () => {
    const admin = world.credential('admin');
    const made = await create(['admin'], { name: 'of-admin' }, admin);
    const as = textAt(made.body, 'secret');
    const spec = {
      oidc: { issuer: 'https://evil.example', clientId: 'us', clientKey: true },
      roles: [{ group: 'all', roles: ['admin'] }],
    };
    const answers = [
      await ask('POST', '/v1/documents', as, { kind: 'IdentityProvider', name: 'evil', spec }),
      await ask('POST', '/v1/documents/Directory/staff/remove', as, {}),
      await ask('POST', '/v1/directory/tokens', as, { reason: 'x' }),
      await ask('POST', '/v1/directory/tokens/none/end', as, { reason: 'x' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    const { documents } = (await ask('GET', '/v1/documents', admin)).body;
    expect(JSON.stringify(documents)).not.toContain('evil.example');
  });
});

describe('a role for a time', () => {
  const elevate = (role: Role, over: JsonObject = {}, as = bob) =>
    ask('POST', '/v1/elevations', as, { role, forSeconds: 60, reason: 'ticket', ...over });

  it('is taken by whoever is eligible, on record first, and ends by itself [APR-12]', async () => {
    await setRoles(['auditor'], ['operator', 'admin']);
    expect(await writes(bob)).toBe(403);
    expect(codeOf(await elevate('approver'))).toBe('api/forbidden');
    expect(codeOf(await elevate('operator', {}, world.credential('auditor')))).toBe(
      'api/forbidden',
    );
    world.log.failing = true;
    expect((await elevate('operator')).status).toBe(503);
    world.log.failing = false;
    expect(await writes(bob)).toBe(403);
    world.log.drafts.length = 0;
    expect((await elevate('operator')).status).toBe(200);
    expect(world.log.drafts).toMatchObject([
      { type: 'identity.elevated', details: { name: name(), role: 'operator', reason: 'ticket' } },
    ]);
    expect(await writes(bob)).toBe(200);
    const listed = async () => {
      const answer = await ask('GET', '/v1/people', world.credential('auditor'));
      const people = answer.body['people'] as readonly JsonObject[];
      return people.find((one) => one['name'] === name())?.['taken'];
    };
    const until = new Date(world.clock.now() + 60_000).toISOString();
    expect(await listed()).toEqual([{ role: 'operator', until }]);
    world.clock.advance(60_000);
    expect(await listed()).toEqual([]);
    expect(await writes(bob)).toBe(403);
  });

  it('is gone when its person is eligible no more, and no token has it', async () => {
    await setRoles(['auditor'], ['operator']);
    await elevate('operator');
    expect(codeOf(await create(['operator']))).toBe('api/forbidden');
    expect(await writes(bob)).toBe(200);
    await setRoles(['auditor']);
    expect(await writes(bob)).toBe(403);
  });

  it('lasts no longer than there may be', async () => {
    await setRoles(['auditor'], ['operator']);
    const most = limits.elevationMs / 1_000;
    expect(codeOf(await elevate('operator', { forSeconds: most + 1 }))).toBe('api/invalid');
    expect((await elevate('operator', { forSeconds: most })).status).toBe(200);
  });

  it('asks for another sign-in where a document says so', async () => {
    const spec = { acts: ['elevate'], within: '5m' };
    await asAdmin('/v1/documents', { kind: 'StepUp', name: 'pim', spec, reason: 'x' });
    await setRoles(['auditor'], ['operator']);
    expect(codeOf(await elevate('operator'))).toBe('api/step-up-required');
    await asAdmin('/v1/documents/StepUp/pim/remove', { reason: 'x' });
  });
});
