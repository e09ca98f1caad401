import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await createControlWorld();
  const mark = (name: string, source: string) =>
    world.store.objects.mark('main', {
      objects: [{ kind: 'memory', name, named: name, id: `id-${name}` }],
      labels: ['integrity:untrusted'],
      task: 't1',
      agent: 'worker',
      source,
      now: world.clock.now(),
      open: false,
    });
  await mark('todo', 'mail/read_mail');
  await mark('plan', 'notes/read < mail/read_mail');
  await mark('list', 'web/fetch');
});
afterAll(() => world.close());

const listed = async (query = '') => {
  const { status, body } = await world.ask('GET', `/v1/objects${query}`, {
    as: world.credential('auditor'),
  });
  expect(status).toBe(200);
  return body['objects'] as readonly JsonObject[];
};
const names = async (query?: string) => (await listed(query)).map(({ name }) => name);
const hold = (body: JsonObject, role: 'operator' | 'auditor' = 'operator') =>
  world.ask('POST', '/v1/objects/hold', { as: world.credential(role), body });

describe('what tasks wrote', () => {
  it('is listed by label, task, kind and origin, also through other things [SEM-18]', async () => {
    expect(await names()).toEqual(['list', 'plan', 'todo']);
    expect(await names('?origin=mail/read_mail')).toEqual(['plan', 'todo']);
    expect(await names('?origin=notes/read')).toEqual(['plan']);
    expect(await names('?origin=mail/read')).toEqual([]);
    expect(await names('?label=confidentiality:secret')).toEqual([]);
    expect(await names('?task=t2')).toEqual([]);
    expect(await names('?kind=memory&limit=1')).toEqual(['list']);
    expect((await listed())[2]).toMatchObject({
      id: 'id-todo',
      labels: ['integrity:untrusted'],
      origins: ['mail/read_mail'],
      held: null,
    });
  });

  it('is held by origin, by an operator, with a reason, on record [SEM-18]', async () => {
    const reason = 'phishing of today';
    expect((await hold({ origin: 'mail/read_mail', reason }, 'auditor')).status).toBe(403);
    expect((await hold({ reason })).status).toBe(422);
    expect((await hold({ id: 'none', reason })).status).toBe(404);
    const { status, body } = await hold({ origin: 'mail/read_mail', reason });
    expect(status).toBe(200);
    expect(body).toMatchObject({ held: 2 });
    const held = (await listed()).filter((one) => one['held'] !== null);
    expect(held.map(({ name }) => name)).toEqual(['plan', 'todo']);
    expect(held[0]?.['held']).toMatchObject({ reason });
    const record = world.log.drafts.findLast(({ type }) => type === 'label.held');
    expect(record?.details).toMatchObject({
      origin: 'mail/read_mail',
      reason,
      objects: expect.arrayContaining(['id-plan', 'id-todo']),
    });
    expect((await hold({ origin: 'mail/read_mail', reason })).status).toBe(404);
  });

  it('is released by an admin, with a reason, on record, and carries what it carried [SEM-18]', async () => {
    const reason = 'looked at';
    const release = (body: JsonObject, role: 'operator' | 'admin' = 'admin') =>
      world.ask('POST', '/v1/objects/release', { as: world.credential(role), body });
    expect((await release({ id: 'id-plan', reason }, 'operator')).status).toBe(403);
    expect((await release({ reason })).status).toBe(422);
    expect((await release({ id: 'id-list', reason })).status).toBe(404);
    expect((await release({ id: 'id-plan', reason })).body).toMatchObject({ released: 1 });
    const [plan] = await listed('?origin=notes/read');
    expect(plan).toMatchObject({ held: null, labels: ['integrity:untrusted'] });
    const record = world.log.drafts.findLast(({ type }) => type === 'label.released');
    expect(record?.details).toMatchObject({ id: 'id-plan', reason, objects: ['id-plan'] });
  });

  it('is held as all of a kind by its id alone: what came by one mail shuts no kind [SEM-18]', async () => {
    await world.store.objects.mark('main', {
      objects: [{ kind: 'ticket', name: '*', named: '*', id: 'id-every' }],
      labels: ['integrity:untrusted'],
      task: 't9',
      agent: 'worker',
      source: 'mail/other',
      now: world.clock.now(),
      open: false,
    });
    const reason = 'phishing';
    expect((await hold({ origin: 'mail/other', reason })).status).toBe(404);
    expect((await hold({ id: 'id-every', reason })).body).toMatchObject({ held: 1 });
  });

  it('is lifted as all of a kind by an admin, by its id, once nothing of it is on its way, on record [SEM-18]', async () => {
    const mark = (open: boolean) =>
      world.store.objects.mark('main', {
        objects: [{ kind: 'file', name: '*', named: '*', id: 'file/*' }],
        labels: ['integrity:untrusted'],
        task: 't9',
        agent: 'worker',
        source: 'mail/other',
        now: world.clock.now(),
        open,
      });
    await mark(true);
    const reason = 'every file was looked at';
    const lift = (body: JsonObject, role: 'operator' | 'admin' = 'admin') =>
      world.ask('POST', '/v1/objects/release', {
        as: world.credential(role),
        body: { reason, lift: true, ...body },
      });
    expect((await lift({ id: 'file/*' }, 'operator')).status).toBe(403);
    expect((await lift({})).status).toBe(422);
    expect((await lift({ kind: 'file' })).status).toBe(404);
    expect((await lift({ id: 'id-todo' })).status).toBe(404);
    const early = await lift({ id: 'file/*' });
    expect([early.status, early.body['code']]).toEqual([409, 'store/conflict']);
    expect(world.log.drafts.filter(({ details }) => details?.['lifted'] !== undefined)).toEqual([]);
    await world.store.objects.settle('main', [
      { kind: 'file', name: '*', named: '*', id: 'file/*' },
    ]);
    const { status, body } = await lift({ id: 'file/*' });
    expect([status, body['released']]).toEqual([200, 1]);
    expect(await names('?kind=file')).toEqual([]);
    expect(await names('?kind=memory')).toHaveLength(3);
    const record = world.log.drafts.findLast(({ type }) => type === 'label.released');
    expect(record?.details).toMatchObject({
      reason,
      kind: 'file',
      objects: ['file/*'],
      lifted: ['integrity:untrusted'],
    });
    expect((await lift({ id: 'file/*' })).status).toBe(404);
  });
});
