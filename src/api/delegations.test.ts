import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

describe('who acts for whom, as the API tells it', () => {
  let world: ControlWorld;
  beforeAll(async () => {
    world = await createControlWorld();
    const begun = { tenant: 'main', consent: 'c', client: 'cursor', agent: 'coder', hops: [] };
    await world.store.delegations.begin({
      ...begun,
      id: 'd-1',
      user: { issuer: 'https://idp.test', subject: 'ann', session: 's' },
      instance: 'u-d-1',
      parent: undefined,
      task: 'no-task',
      effects: ['read'],
      isScoped: false,
      thumbprint: undefined,
      begunAt: 1,
      until: 10_000_000_000_000,
    });
  });
  afterAll(() => world.close());

  it('is listed for its own tenant, by user and agent', async () => {
    const ask = (path: string, tenant: 'main' | 'other' = 'main') =>
      world.ask('GET', path, { as: world.credential('auditor', tenant) });
    const own = await ask('/v1/delegations');
    expect(own.body).toMatchObject({
      delegations: [{ id: 'd-1', subject: 'ann', agent: 'coder', client: 'cursor', endedAt: null }],
    });
    expect((await ask('/v1/delegations?agent=other')).body).toEqual({ delegations: [] });
    expect((await ask('/v1/delegations', 'other')).body).toEqual({ delegations: [] });
  });

  it('ends with a reason, by whoever may stop, and is listed as over', async () => {
    const end = (role: 'auditor' | 'analyst', reason: string, tenant: 'main' | 'other' = 'main') =>
      world.ask('POST', '/v1/delegations/d-1/end', {
        as: world.credential(role, tenant),
        body: { reason },
      });
    expect(await end('auditor', 'lost')).toMatchObject({ status: 403 });
    expect(await end('analyst', ' ')).toMatchObject({ status: 422 });
    expect(await end('analyst', 'lost', 'other')).toMatchObject({ status: 404 });
    expect(await end('analyst', 'the laptop was lost')).toMatchObject({
      status: 200,
      body: { id: 'd-1', endedBy: 'analyst-main', reason: 'the laptop was lost' },
    });
    const open = await world.ask('GET', '/v1/delegations', { as: world.credential('auditor') });
    expect(open.body).toEqual({ delegations: [] });
  });
});
