import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Role } from '#kernel/principal.ts';
import { limits } from '#kernel/limits.ts';
import { approvalBinding, askedContext } from '../../test/fakes/approval-asks.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { routes } from './index.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
  await done('POST', '/v1/documents', {
    kind: 'ToolServer',
    name: 'fake',
    spec: { connect: { url: 'http://127.0.0.1:1/mcp' } },
  });
  await done('POST', '/v1/documents', {
    kind: 'Manifest',
    name: 'work',
    spec: { tools: [{ tool: 'fake/pay' }] },
  });
  await done('POST', '/v1/documents', {
    kind: 'Agent',
    name: 'worker',
    spec: { owner: 'ann', purpose: 'tests', manifest: 'work' },
    reason: 'ticket 12',
  });
});

afterAll(async () => {
  await world.close();
});

beforeEach(() => {
  world.log.drafts.length = 0;
});

async function ask(method: string, path: string, body?: JsonObject, role: Role = 'admin') {
  const as = world.credential(role);
  return world.ask(method, path, { as, ...(body === undefined ? {} : { body }) });
}

async function done(
  method: string,
  path: string,
  body?: JsonObject,
  role: Role = 'admin',
): Promise<JsonObject> {
  const answer = await ask(method, path, body, role);
  expect([path, answer.status, answer.body]).toEqual([path, 200, expect.anything()]);
  return answer.body;
}

/** What went on record, by type and by what it says. */
const told = () => world.log.drafts.map(({ type, details }) => ({ type, ...details }));

describe('every route', () => {
  const writes = routes.filter(({ method, encoding }) => method !== 'GET' && encoding === 'json');
  const reads = routes.filter(({ method }) => method === 'GET');
  const place = (path: string) => path.replace(':trace', 'a'.repeat(32)).replace(/:[a-z]+/g, 'x');

  it.each(writes)('$method $path refuses a field that it does not name', async (route) => {
    const role = route.role.includes('privacy') ? 'privacy' : 'admin';
    const answer = await ask(route.method, place(route.path), { surely_unknown: 1 }, role);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body['details'])).toContain('surely_unknown');
  });

  it.each(reads)('$method $path refuses a question that it does not name', async (route) => {
    const role = route.role.includes('privacy') ? 'privacy' : 'admin';
    const path = `${place(route.path)}?surely_unknown=1`;
    const answer = await ask(route.method, path, undefined, role);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body['details'])).toContain('surely_unknown');
  });
});

describe('agents', () => {
  it('are listed with their state, instances and unbound bearers', async () => {
    const token = await done('POST', '/v1/agents/worker/token', { reason: 'demo' });
    expect(told()).toMatchObject([{ type: 'token.issued', binding: 'none', reason: 'demo' }]);
    const { agents } = await done('GET', '/v1/agents');
    expect(agents).toMatchObject([
      {
        name: 'worker',
        owner: 'ann',
        state: 'active',
        instances: [],
        unbound: [{ instance: token['instance'], issuedBy: 'admin-main', revokedAt: null }],
      },
    ]);
    world.log.drafts.length = 0;
    const path = `/v1/instances/${textAt(token, 'instance')}/revoke`;
    expect(await done('POST', path, { reason: 'lost' })).toMatchObject({ agent: 'worker' });
    expect(told()).toMatchObject([
      { type: 'lifecycle.instance-revoked', instance: token['instance'], reason: 'lost' },
    ]);
  });

  it('are suspended and resumed with a reason', async () => {
    const path = '/v1/agents/worker';
    expect(await done('POST', `${path}/suspend`, { reason: 'odd' })).toMatchObject({
      agent: 'worker',
      state: 'suspended',
    });
    expect(await done('GET', '/v1/agents')).toMatchObject({ agents: [{ state: 'suspended' }] });
    await done('POST', `${path}/resume`, { reason: 'fine' });
    expect(told().filter(({ type }) => type !== 'api.read')).toMatchObject([
      { type: 'lifecycle.agent-suspended', agent: 'worker', reason: 'odd' },
      { type: 'lifecycle.agent-resumed', agent: 'worker', reason: 'fine' },
    ]);
  });

  it('are given tokens at a bounded rate, and who asks too often is told when to come back', async () => {
    const act = { tenant: 'main', agent: 'worker', by: 'admin-main', reason: 'x' } as const;
    world.clock.advance(60_000);
    for (let n = 0; n < limits.tokensPerPersonPerMinute; n += 1) {
      await world.enrolment.issueUnboundToken(act);
    }
    const answer = await fetch(`${world.url}/v1/agents/worker/token`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.credential('admin')}`,
        'content-type': 'application/json',
      },
      body: '{"reason":"demo"}',
    });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await answer.json()).toMatchObject({ code: 'identity/too-many-tokens' });
    world.clock.advance(60_000);
  });

  it('get a join token that says when it ends', async () => {
    const issued = await done('POST', '/v1/agents/worker/join-token');
    const ends = new Date(world.clock.now() + limits.joinTokenMs).toISOString();
    expect(issued).toEqual({ joinToken: expect.any(String), expiresAt: ends });
    expect(JSON.stringify(world.log.drafts)).not.toContain(issued['joinToken']);
  });
});

describe('documents, secrets and people', () => {
  it('documents are put with a reason and listed by kind', async () => {
    const spec = { owner: 'bob', purpose: 'tests', manifest: 'work' };
    const put = { kind: 'Agent', name: 'second', spec, reason: 'ticket 13' };
    expect(await done('POST', '/v1/documents', put)).toMatchObject({ name: 'second', version: 1 });
    expect(told()).toMatchObject([
      { type: 'config.applied', kind: 'Agent', name: 'second', reason: 'ticket 13' },
    ]);
    const { documents } = await done('GET', '/v1/documents?kind=Manifest');
    expect(documents).toMatchObject([{ kind: 'Manifest', name: 'work', owner: 'api' }]);
    expect((await ask('GET', '/v1/documents?kind=Nothing')).status).toBe(422);
    const bad = { ...put, name: 'third', spec: { ...spec, manifest: 'gone' } };
    const refused = await ask('POST', '/v1/documents', bad);
    expect([refused.status, refused.body['code']]).toEqual([422, 'config/invalid']);
  });

  it('secrets go in and come out as name and version', async () => {
    const put = { value: 'tok-123456789', reason: 'rotated' };
    expect(await done('PUT', '/v1/secrets/key', put)).toEqual({
      name: 'key',
      version: 1,
      namedBy: [],
      missing: [],
    });
    expect(await done('GET', '/v1/secrets')).toEqual({ secrets: [{ name: 'key', version: 1 }] });
    expect(JSON.stringify(world.log.drafts)).not.toContain('tok-123456789');
    expect((await ask('PUT', '/v1/secrets/Not%20a%20name', put)).status).toBe(422);
  });

  it('a secret that no document names is kept, and said, with what is missing', async () => {
    const spec = {
      connect: { url: 'http://127.0.0.1:1/' },
      credential: { secret: 'tiny-key' },
      models: { small: {} },
    };
    await done('POST', '/v1/documents', { kind: 'Model', name: 'tiny', spec, reason: 'a model' });
    const value = { value: 'tok-123456789' };
    expect(await done('PUT', '/v1/secrets/tiny-kee', value)).toMatchObject({
      namedBy: [],
      missing: ['tiny-key'],
    });
    expect(await done('PUT', '/v1/secrets/tiny-key', value)).toMatchObject({
      namedBy: ['Model tiny'],
      missing: [],
    });
  });

  it('people are added by an admin and can then act by their role', async () => {
    const added = await done('POST', '/v1/people', {
      name: 'bob',
      role: 'approver',
      reason: 'second person',
    });
    expect(told()).toMatchObject([
      { type: 'identity.person-added', name: 'bob', roles: ['approver'], reason: 'second person' },
    ]);
    const as = textAt(added, 'credential');
    expect((await world.ask('GET', '/v1/status', { as })).status).toBe(200);
    expect((await world.ask('GET', '/v1/secrets', { as })).status).toBe(403);
    const { people } = await done('GET', '/v1/people');
    expect(people).toContainEqual({
      name: 'bob',
      role: 'approver',
      roles: ['approver'],
      addedAt: new Date(world.clock.now()).toISOString(),
      taken: [],
    });
    const moved = { roles: ['auditor', 'operator'], reason: 'moved' };
    expect(await done('POST', '/v1/people/bob/roles', moved)).toEqual({
      name: 'bob',
      role: 'operator',
      roles: ['auditor', 'operator'],
    });
    expect((await world.ask('GET', '/v1/secrets', { as })).status).toBe(200);
    const removed = await done('POST', '/v1/people/bob/remove', { reason: 'left' });
    expect(removed).toMatchObject({ name: 'bob', agents: ['second'], tasks: [] });
    expect((await world.ask('GET', '/v1/status', { as })).status).toBe(401);
  });

  it('people are added with roles, or with a role as it was written before, and not with both', async () => {
    const add = (roles: JsonObject) =>
      world.ask('POST', '/v1/people', {
        as: world.credential('admin'),
        body: { name: 'cid', reason: 'x', ...roles },
      });
    for (const roles of [
      {},
      { roles: [] },
      { roles: ['king'] },
      { role: 'admin', roles: ['admin'] },
    ]) {
      expect((await add(roles)).status).toBe(422);
    }
    expect((await add({ roles: ['approver', 'auditor'] })).body).toMatchObject({
      role: 'approver',
      roles: ['auditor', 'approver'],
    });
  });
});

describe('tools', () => {
  it('are listed, shown with what changed, and approved by their digest', async () => {
    const seen = (digest: string) => ({
      tenant: 'main',
      server: 'fake',
      tool: 'pay',
      digest: digest.repeat(64),
      definition: { name: 'pay', description: digest, inputSchema: { type: 'object' } },
      observedAt: 0,
    });
    const report = (digest: string) =>
      world.store.catalogue.report({
        tenant: 'main',
        server: 'fake',
        tools: [seen(digest)],
        look: digest,
        shown: ['pay'],
        now: 0,
      });
    await report('a');
    const waiting = await done('GET', '/v1/tools?server=fake');
    expect(waiting).toMatchObject({ tools: [{ tool: 'pay', state: 'waiting', effect: 'write' }] });
    const approve = { digest: 'a'.repeat(64), reason: 'read it' };
    const path = '/v1/tools/fake/pay';
    // Whoever wrote the document of the server does not open what it writes with.
    expect((await ask('POST', `${path}/approve`, approve)).body['code']).toBe('tools/own-server');
    const no = { digest: approve.digest, reason: 'not before Monday' };
    const rejected = { by: 'operator-main', at: expect.any(String), reason: no.reason };
    const shut = { state: 'rejected', rejected };
    expect(await done('POST', `${path}/reject`, no, 'operator')).toMatchObject(shut);
    expect(await done('GET', '/v1/tools')).toMatchObject({ tools: [shut] });
    expect(await done('POST', `${path}/approve`, approve, 'operator')).toMatchObject({
      state: 'pinned',
      rejected: null,
    });
    expect(told().at(-1)).toMatchObject({
      type: 'tool.approved',
      server: 'fake',
      tool: 'pay',
      digest: 'a'.repeat(64),
      reason: 'read it',
    });
    await report('b');
    expect(await done('GET', path)).toMatchObject({
      state: 'quarantined',
      diff: [{ before: 'a', after: 'b' }],
    });
    expect((await ask('POST', `${path}/approve`, approve)).body['code']).toBe('store/conflict');
    expect((await ask('GET', '/v1/tools/fake/gone')).body['code']).toBe('api/not-found');
  });
});

describe('approvals', () => {
  async function hold(session: string): Promise<string> {
    const now = world.clock.now();
    const binding = approvalBinding({ session, agent: 'worker' });
    const argumentsText = session === 'd' ? '{"to":"bob"}' : 'x'.repeat(10_000);
    const { id } = await world.store.grants.request({
      binding,
      callDigest: session.repeat(64).slice(0, 64),
      context: askedContext(binding, 'call-1', { argumentsText }),
      now,
      expiresAt: now + limits.approvalMs,
      pendingLimit: 50,
    });
    return id;
  }

  it('show their arguments to whoever may decide, while they wait, and to nobody else [AUD-10]', async () => {
    const id = await hold('d');
    const shown = async (role: Role) => {
      const as = world.credential(role);
      const one = await world.ask('GET', `/v1/approvals/${id}`, { as });
      const { body } = await world.ask('GET', '/v1/approvals', { as });
      const listed = (body['approvals'] as JsonObject[]).find((other) => other['id'] === id);
      const { arguments: own, argumentsDigest, fields } = one.body;
      expect([listed?.['arguments'], one.status]).toEqual([own, 200]);
      expect([typeof argumentsDigest, fields]).toEqual(['string', ['to']]);
      return own;
    };
    const whole = '{"to":"bob"}';
    for (const role of ['approver', 'admin'] as const) expect(await shown(role)).toBe(whole);
    const others = ['auditor', 'analyst', 'operator', 'privacy'] as const;
    for (const role of others) expect(await shown(role)).toBeNull();
    const seen = await done('GET', `/v1/approvals/${id}`);
    const verdict = { verdict: 'approve', reason: 'fine', shown: textAt(seen, 'shown') };
    const decided = await done('POST', `/v1/approvals/${id}/decide`, verdict);
    expect(decided).toMatchObject({ state: 'approved', arguments: null, fields: ['to'] });
    for (const role of ['approver', 'admin', ...others] as const) {
      expect(await shown(role)).toBeNull();
    }
  });

  it('are listed and shown with their arguments whole, never with the handle [APR-01]', async () => {
    const id = await hold('a');
    const shown = await done('GET', `/v1/approvals/${id}`);
    expect(shown).toMatchObject({ id, state: 'pending', arguments: 'x'.repeat(10_000) });
    const handle = (await world.store.grants.byId('main', id))?.handle ?? '';
    expect(handle).not.toBe('');
    const listed = await done('GET', '/v1/approvals?state=pending&agent=worker&limit=5');
    expect(JSON.stringify([shown, listed])).not.toContain(handle);
    expect(listed['approvals']).toHaveLength(1);
    expect((await ask('GET', '/v1/approvals?state=nonsense')).status).toBe(422);
    expect((await ask('GET', '/v1/approvals?limit=0')).status).toBe(422);
    expect((await ask('GET', '/v1/approvals/nothing')).body['code']).toBe('approvals/unknown');
  });

  it('are decided by a person with a role and a reason [APR-01]', async () => {
    const id = await hold('b');
    const path = `/v1/approvals/${id}/decide`;
    const shown = textAt(await done('GET', `/v1/approvals/${id}`), 'shown');
    const said = { verdict: 'approve', reason: 'checked', shown };
    const unseen = { verdict: 'approve', reason: 'checked' };
    for (const wrong of [unseen, { ...said, shown: 'f'.repeat(64) }]) {
      const { status, body } = await ask('POST', path, wrong);
      expect([status, body['code']]).toEqual([409, 'approvals/changed']);
    }
    const verdicts = () => told().filter(({ type }) => type.startsWith('approval.'));
    expect(verdicts()).toEqual([]);
    expect(await done('POST', path, said)).toMatchObject({
      state: 'approved',
      decidedBy: 'admin-main',
      reason: 'checked',
    });
    expect(verdicts()).toMatchObject([{ type: 'approval.approved', reason: 'checked', shown }]);
    expect((await ask('POST', path, said)).body['code']).toBe('approvals/not-pending');
  });
});

describe('stops', () => {
  it('are set, listed and released with a reason [MON-17]', async () => {
    const target = { kind: 'agent', name: 'worker' };
    const set = await done('POST', '/v1/stops', { target, reason: 'incident 17' });
    expect(set).toMatchObject({ stopped: 'agent worker' });
    expect(await done('GET', '/v1/agents')).toMatchObject({
      agents: expect.arrayContaining([expect.objectContaining({ state: 'stopped' })]),
    });
    const { entries } = await done('GET', '/v1/stops');
    expect((entries as JsonObject[]).filter(({ why }) => why === 'stop')).toMatchObject([
      { target: { kind: 'agent', agent: 'worker' }, by: 'admin-main', reason: 'incident 17' },
    ]);
    await done('POST', '/v1/stops/release', { target, reason: 'over' });
    expect(told().filter(({ type }) => type !== 'api.read')).toMatchObject([
      { type: 'stop.set', stopped: 'agent worker', reason: 'incident 17' },
      { type: 'stop.released', released: 'agent worker', reason: 'over' },
    ]);
  });
});

describe('reviewer activity', () => {
  it('says what waits and who decided, to whoever reads all of it, each look on record [APR-03] [OBS-07]', async () => {
    world.log.drafts.length = 0;
    const told = await done('GET', '/v1/approvals/activity?days=7', undefined, 'auditor');
    expect(told).toMatchObject({
      isWhole: true,
      reviewers: [expect.objectContaining({ by: expect.any(String), yes: expect.any(Number) })],
    });
    expect(world.log.drafts.map(({ type }) => type)).toEqual(['api.read']);
    for (const days of ['0', '-1', 'x', '1.5'])
      expect((await ask('GET', `/v1/approvals/activity?days=${days}`)).status).toBe(422);
    const owner = await ask('GET', '/v1/approvals/activity', undefined, 'owner');
    expect(owner.status).toBe(403);
  });
});

describe('with a log that fails', () => {
  const worker = { kind: 'agent', name: 'worker' };
  const reason = 'incident 18';

  it('what takes away works, and is on record once the log works again [MON-17, AUD-05]', async () => {
    const token = await done('POST', '/v1/agents/worker/token');
    world.log.drafts.length = 0;
    world.log.failing = true;
    await done('POST', '/v1/stops', { target: worker, reason });
    await done('POST', '/v1/agents/worker/suspend', { reason });
    await done('POST', `/v1/instances/${textAt(token, 'instance')}/revoke`, { reason });
    const { entries } = await world.store.overlay.current();
    expect(entries.filter((one) => one.reason === reason).map(({ why }) => why)).toEqual([
      'stop',
      'suspend',
      'revoke',
    ]);
    expect(told()).toEqual([]);
    world.log.failing = false;
    world.clock.advance(60_000);
    await world.settle();
    expect(told().toSorted((a, b) => (a.type < b.type ? -1 : 1))).toMatchObject([
      { type: 'lifecycle.agent-suspended', reason },
      { type: 'lifecycle.instance-revoked', reason },
      { type: 'stop.set', reason },
    ]);
  });

  it('what gives back does not happen: containment stays [AUD-05]', async () => {
    const before = await world.store.overlay.current();
    world.log.failing = true;
    const acts = [
      ['POST', '/v1/stops/release', { target: worker, reason }],
      ['POST', '/v1/agents/worker/resume', { reason }],
      ['POST', '/v1/tools/fake/pay/approve', { digest: 'b'.repeat(64) }],
      ['POST', '/v1/tools/fake/approve', { tools: [{ tool: 'pay', digest: 'b'.repeat(64) }] }],
      ['POST', '/v1/people', { name: 'eve', role: 'admin', reason }],
      ['POST', '/v1/agents/worker/join-token', {}],
      ['POST', '/v1/agents/worker/token', {}],
      ['PUT', '/v1/secrets/key', { value: 'tok-123456789' }],
      ['POST', '/v1/documents', { kind: 'Policy', name: 'open', spec: { cedar: '' } }],
    ] as const;
    for (const [method, path, body] of acts) {
      const role = path.startsWith('/v1/tools') ? 'operator' : 'admin';
      const answer = await ask(method, path, body, role);
      expect([path, answer.status, answer.body['code']]).toEqual([path, 503, 'audit/unavailable']);
    }
    world.log.failing = false;
    expect(await world.store.overlay.current()).toEqual(before);
    expect(await world.store.catalogue.get('main', 'fake', 'pay')).toMatchObject({
      state: 'quarantined',
    });
    expect((await world.store.people.list('main')).map(({ name }) => name)).not.toContain('eve');
    const documents = await world.store.documents.list('main');
    expect(documents.map(({ name }) => name)).not.toContain('open');
    await done('POST', '/v1/stops/release', { target: worker, reason });
    await done('POST', '/v1/agents/worker/resume', { reason });
  });
});

describe('policy', () => {
  it('is explained for an agent that there is', async () => {
    const answer = await ask('POST', '/v1/policies/explain', {
      agent: 'constructor',
      target: 'tool:fake/pay',
    });
    expect([answer.status, answer.body['code']]).toEqual([404, 'api/not-found']);
    const explained = await done('POST', '/v1/policies/explain', {
      agent: 'worker',
      target: 'fake/gone',
      arguments: { amount: 1 },
      labels: ['integrity:untrusted'],
    });
    expect(explained).toMatchObject({ effect: 'deny', questions: { mayCallTool: false } });
    for (const wrong of [
      { target: 'tool:fake/pay', labels: ['nonsense'] },
      { target: 'nonsense' },
      { target: 'agent:worker' },
      { target: 'model:openai' },
      {},
    ]) {
      const asked = { agent: 'worker', ...wrong };
      expect((await ask('POST', '/v1/policies/explain', asked)).status).toBe(422);
    }
  });
});

describe('records', () => {
  it('are read by filter, by id and with proof, each reading on record', async () => {
    await done('POST', '/v1/agents/worker/suspend', { reason: 'odd' });
    await done('POST', '/v1/agents/worker/resume', { reason: 'fine' });
    const { records } = await done('GET', '/v1/records?type=lifecycle.agent-resumed&limit=1');
    const record = (records as JsonObject[])[0]?.['record'] as JsonObject;
    expect(record).toMatchObject({ type: 'lifecycle.agent-resumed', details: { reason: 'fine' } });
    const id = textAt(record, 'id');
    expect(await done('GET', `/v1/records/${id}`)).toMatchObject({ record });
    expect(await done('GET', `/v1/records/${id}/proof`)).toMatchObject({ proof: `proof of ${id}` });
    expect(told().filter(({ type }) => type === 'log.read')).toHaveLength(3);
    for (const question of ['since=nonsense', 'limit=x', 'limit=-1', 'limit=1&limit=2']) {
      expect([question, (await ask('GET', `/v1/records?${question}`)).status]).toEqual([
        question,
        422,
      ]);
    }
    expect((await ask('GET', '/v1/records/nothing')).body['code']).toBe('audit/record-unknown');
  });
});
