import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { approvalBinding, approvalContext } from '../../test/fakes/approval-asks.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { routes } from './routes.ts';

let world: ControlWorld;

const owners = { theirs: 'owner-main', others: 'ann' } as const;

beforeAll(async () => {
  world = await createControlWorld();
  const put = (kind: string, name: string, spec: JsonObject) =>
    world.ask('POST', '/v1/documents', {
      as: world.credential('admin'),
      body: { kind, name, spec, reason: 'x' },
    });
  await put('ToolServer', 'fake', { connect: { url: 'http://127.0.0.1:1/mcp' } });
  await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  for (const [name, owner] of Object.entries(owners)) {
    const answer = await put('Agent', name, { owner, purpose: 'tests', manifest: 'work' });
    expect(answer.status).toBe(200);
    const begun = await world.ask('POST', '/v1/tasks', {
      as: world.credential('admin'),
      body: { agent: name, reason: 'x' },
    });
    expect(begun.status).toBe(200);
    await world.store.grants.request({
      binding: approvalBinding({ agent: name }),
      context: approvalContext(`call of ${name}`),
      callDigest: name.padEnd(64, '0'),
      now: world.clock.now(),
      expiresAt: world.clock.now() + limits.approvalMs,
      pendingLimit: 50,
    });
  }
});

afterAll(() => world.close());

const get = (path: string) => world.ask('GET', path, { as: world.credential('owner') });
const agentsIn = ({ body }: { readonly body: JsonObject }, list: string) =>
  ((body[list] ?? []) as readonly JsonObject[]).map(({ agent, name }) => agent ?? name);
const all = async (list: string) =>
  (await world.ask('GET', `/v1/${list}`, { as: world.credential('auditor') })).body[
    list
  ] as readonly JsonObject[];

describe('an owner, by that role alone', () => {
  it.each(['agents', 'tasks', 'approvals'])(
    'sees the %s that are theirs, and no other',
    async (list) => {
      expect(agentsIn(await get(`/v1/${list}`), list)).toEqual(['theirs']);
      expect((await all(list)).length).toBeGreaterThan(1);
      if (list === 'agents') {
        expect((await get('/v1/agents/theirs')).body).toMatchObject({ name: 'theirs' });
        expect((await get('/v1/agents/others')).status).toBe(404);
        return;
      }
      expect(agentsIn(await get(`/v1/${list}?agent=theirs`), list)).toEqual(['theirs']);
      expect(agentsIn(await get(`/v1/${list}?agent=others`), list)).toEqual([]);
      for (const { id, agent } of await all(list)) {
        const status = agent === 'theirs' ? 200 : 404;
        const path = `/v1/${list}/${textAt({ id: id ?? null }, 'id')}`;
        expect([agent, (await get(path)).status]).toEqual([agent, status]);
        if (list !== 'approvals') continue;
        expect([agent, (await get(`${path}/beside`)).status]).toEqual([agent, status]);
      }
    },
  );

  it('reads the records of an agent of theirs by its name, and nothing else of the log', async () => {
    expect((await get('/v1/records?agent=theirs')).status).toBe(200);
    expect((await get('/v1/records')).body).toMatchObject({ code: 'api/invalid' });
    for (const path of ['/v1/records?agent=others', '/v1/records?agent=none']) {
      expect([path, (await get(path)).status]).toEqual([path, 403]);
    }
  });

  it('suspends their agent and ends its tasks, and nobody else`s', async () => {
    const act = (path: string) =>
      world.ask('POST', path, { as: world.credential('owner'), body: { reason: 'odd' } });
    expect((await act('/v1/agents/theirs/suspend')).status).toBe(200);
    expect((await act('/v1/agents/others/suspend')).status).toBeGreaterThan(400);
    for (const { id, agent } of await all('tasks')) {
      const { status } = await act(`/v1/tasks/${textAt({ id: id ?? null }, 'id')}/end`);
      expect([agent, status === 200]).toEqual([agent, agent === 'theirs']);
    }
  });

  it('is shown nothing by any other route that reads the tenant', async () => {
    const own = new Set([
      '/v1/agents',
      '/v1/agents/:agent',
      '/v1/tasks',
      '/v1/tasks/:id',
      '/v1/approvals',
      '/v1/approvals/:id',
      // Of a call of their agent alone, as the approval itself.
      '/v1/approvals/:id/beside',
      '/v1/records',
      '/v1/api-tokens',
      '/v1/passkeys',
      // That something of theirs changed: `events.test.ts`.
      '/v1/events',
      // Who they are themselves.
      '/v1/me',
      // Of nobody's tenant.
      '/v1/openapi.json',
    ]);
    const others = routes.filter(({ method, path }) => method === 'GET' && !own.has(path));
    expect(others.length).toBeGreaterThan(10);
    for (const { path } of others) {
      const { status } = await get(path.replace(/:[a-z]+/g, 'x'));
      expect([path, status]).toEqual([path, 403]);
    }
  });
});
