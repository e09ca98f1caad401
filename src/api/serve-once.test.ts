import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordType } from '#kernel/record.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { FakeKeyring } from '../../test/fakes/fake-keyring.ts';
import { type ControlParts, createRepeatedActs, describeApi, routes } from './index.ts';
import { repeatBounds } from './repeated-acts.ts';
import { serveOnce } from './serve-once.ts';

const bounds = { ...repeatBounds, ofPerson: 20 };
let world: ControlWorld;
beforeAll(async () => {
  world = await createControlWorld({ repeats: bounds });
  const document = async (kind: string, name: string, spec: JsonObject) => {
    const asked = { as: world.credential('admin'), body: { kind, name, spec } };
    expect((await world.ask('POST', '/v1/documents', asked)).status).toBe(200);
  };
  await document('ToolServer', 'fake', {
    connect: { command: 'node' },
    tools: { pay: { effect: 'write' } },
  });
  await document('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  await document('Agent', 'worker', { owner: 'ann', purpose: 'tests', manifest: 'work' });
});
afterAll(() => world.close());

const path = '/v1/secrets/key';
const key = (n: number) => `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;

async function ask(at: string, body: JsonObject, by: string, as = world.credential('admin')) {
  const response = await fetch(`${world.url}${at}`, {
    method: at === path ? 'PUT' : 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': by,
      ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
    },
    body: JSON.stringify(body),
  });
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, body: (await response.json()) as JsonObject, retryAfter };
}

const stop = (reason: string) => ({
  target: { kind: 'tool', name: 'fake/pay' },
  reason,
  force: true,
});
const put = (reason: string) => ({ value: 'tok-123456789', reason });
const acts = async (of: RecordType = 'credential.stored') => {
  await world.settle();
  return world.log.drafts.filter(({ type }) => type === of).length;
};

describe('an Idempotency-Key', () => {
  it('is taken by every route by which somebody known asks with a body, and documented', () => {
    const paths = describeApi(routes)['paths'] as Readonly<Record<string, JsonObject>>;
    for (const { method, path, role } of routes) {
      const of = paths[path.replace(/:([a-z]+)/g, '{$1}')]?.[method.toLowerCase()] as JsonObject;
      const named = (of['parameters'] as readonly JsonObject[]).map((one) => one['name']);
      const takes = method !== 'GET' && role !== 'anyone';
      expect([method, path, named.includes('Idempotency-Key')]).toEqual([method, path, takes]);
    }
  });

  it('is of an act that shows nothing once, but for these, whose answers are not kept', () => {
    expect(
      routes
        .filter(({ showsOnce }) => showsOnce)
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      '/v1/agents/:agent/join-token',
      '/v1/agents/:agent/token',
      '/v1/api-tokens',
      // The arguments of a call, which are sealed where they are held.
      '/v1/approvals/:id/decide',
      '/v1/directory/tokens',
      '/v1/people',
      '/v1/policies/replay',
      '/v1/records/:id/reveal',
    ]);
    // A name that says what it is: whoever adds one has to say that it is shown once.
    const secretive = /^(secret|credential|bearer|joinToken|accessToken|text)$/;
    for (const { method, path, role, act, shapes, showsOnce } of routes) {
      if (method === 'GET' || role === 'anyone' || act === undefined || showsOnce) continue;
      const names = Object.keys((shapes.answer as { shape?: object }).shape ?? {});
      const told = names.filter((name) => secretive.test(name) && !path.includes('passkeys'));
      expect([path, told]).toEqual([path, []]);
    }
  });

  it('makes an act happen once, and the second hears the same, on record as read', async () => {
    const before = await acts();
    const first = await ask(path, put('once'), key(1));
    const second = await ask(path, put('once'), `"${key(1)}"`);
    expect([first.status, second]).toEqual([200, first]);
    expect(await acts()).toBe(before + 1);
    const reads = world.log.drafts.filter(({ method }) => method === 'PUT');
    expect(reads.at(-1)).toMatchObject({
      type: 'api.read',
      method: 'PUT',
      details: { path },
    });
    const other = await ask(path, put('another'), key(1));
    expect([other.status, other.body['code']]).toEqual([422, 'api/idempotency-mismatch']);
    expect(other.body['suggestedAction']).toContain('new key');
  });

  it('of two who ask at once lets one act; the other hears the same, or to ask again', async () => {
    const before = await acts();
    const both = await Promise.all([1, 2, 3, 4].map(() => ask(path, put('at once'), key(2))));
    expect(await acts()).toBe(before + 1);
    for (const { status, body, retryAfter } of both) {
      if (status === 200) expect(body).toEqual(both.find((one) => one.status === 200)?.body);
      else
        expect([status, body['code'], retryAfter]).toEqual([409, 'api/idempotency-running', '1']);
    }
    expect((await ask(path, put('at once'), key(2))).status).toBe(200);
  });

  it('of a token that is shown once makes one, and says so to the second without it', async () => {
    const body = { name: 'ci', roles: ['auditor'], forSeconds: 60 };
    const first = await ask('/v1/api-tokens', body, key(3));
    const second = await ask('/v1/api-tokens', body, key(3));
    expect([first.status, second.status, second.body['code']]).toEqual([
      200,
      409,
      'api/idempotency-done',
    ]);
    expect(JSON.stringify(second.body)).not.toContain(textAt(first.body, 'secret'));
  });

  it('is refused where it is none, and says nothing where nobody is known, who proves themselves once', async () => {
    const setup = () => ask('/v1/setup', { link: 'x'.repeat(22), name: 'ann' }, key(4), '');
    const [open, again] = [await setup(), await setup()];
    expect([open.body, again]).toEqual([
      expect.objectContaining({ code: 'api/setup-link-invalid' }),
      open,
    ]);
    const short = await ask('/v1/stops', stop('x'), 'short');
    expect(JSON.stringify(short.body)).toContain('Idempotency-Key: 16 to 128');
    expect((await ask('/v1/stops', stop('x'), key(5), 'nobody')).status).toBe(401);
    const may = await ask(path, put('once'), key(1), world.credential('auditor'));
    expect([may.status, may.body['code']]).toEqual([403, 'api/forbidden']);
  });

  it('leaves what was refused free to be asked again', async () => {
    const target = { target: { kind: 'tool', name: 'fake/none' }, reason: 'x' };
    const set = { ...target, force: true };
    const release = () => ask('/v1/stops/release', target, key(6));
    const first = await release();
    expect(first.status).toBeGreaterThanOrEqual(400);
    expect((await ask('/v1/stops', set, key(7))).status).toBe(200);
    expect((await release()).status).toBe(200);
  });

  /** Every key of theirs stands. */
  const fill = async (person: string) => {
    const [now, until] = [world.clock.now(), world.clock.now() + bounds.keptMs];
    const of = { tenant: 'main', person, request: 'r', now, until, most: bounds.ofPerson };
    for (let nth = 0; nth < bounds.ofPerson; nth += 1)
      await world.store.repeats.begin({ ...of, key: `k-${nth}` });
  };

  it('holds up no act that takes away, though every key of theirs stands; anything else is refused [MON-17]', async () => {
    const { body: token } = await world.ask('POST', '/v1/api-tokens', {
      as: world.credential('admin'),
      body: { name: 'ci-2', roles: ['admin'], forSeconds: 600 },
    });
    await fill('admin-main');
    const full = await ask(path, put('full'), key(10));
    expect([full.status, full.body['code']]).toEqual([429, 'api/idempotency-full']);
    expect((await ask('/v1/stops', stop('it leaks'), key(11))).status).toBe(200);
    const suspended = await ask('/v1/agents/worker/suspend', { reason: 'x' }, key(12));
    expect(suspended.status).toBe(200);
    const revoke = `/v1/api-tokens/${textAt(token, 'id')}/revoke`;
    // Programs of theirs are not held up by what they used up themselves.
    const secret = textAt(token, 'secret');
    expect((await ask(path, put('a program'), key(13), secret)).status).toBe(200);
    expect((await ask(revoke, { reason: 'x' }, key(14))).status).toBe(200);
    // What changes nothing took no key.
    expect((await ask('/v1/policies/check', { policies: [] }, key(15))).status).toBe(200);
  });
});

describe('an act that takes away', () => {
  const taking = routes.filter(({ act = '' }) => ['stop', 'suspend', 'revoke'].includes(act));

  it('is one of these, of each of which twice is no more than once', () => {
    expect(taking.map((one) => one.path).toSorted()).toEqual([
      '/v1/agents/:agent/suspend',
      '/v1/api-tokens/:id/revoke',
      '/v1/consents/:id/narrow',
      '/v1/consents/:id/withdraw',
      '/v1/delegations/:id/end',
      '/v1/directory/tokens/:id/end',
      '/v1/instances/:instance/revoke',
      '/v1/objects/hold',
      '/v1/overrides/:id/end',
      '/v1/passkeys/remove',
      '/v1/people/:name/remove',
      '/v1/secrets/:name/remove',
      '/v1/sessions/:id/end',
      '/v1/sessions/end',
      '/v1/stops',
    ]);
  });

  it('is done again by its key after a fault, and whenever it is asked [MON-17]', async () => {
    const sealed = await new FakeKeyring().wrapper('repeats');
    const { clock } = world;
    const repeats = createRepeatedActs({ book: world.store.repeats, sealed, clock });
    const parts = { repeats } as unknown as ControlParts;
    const person: StoredPerson = { tenant: 'main', name: 'ann', roles: ['admin'], createdAt: 0 };
    for (const route of taking) {
      let asked = 0;
      const serve = async () => {
        asked += 1;
        if (asked === 1) throw new Error('the line to the store broke');
        return { asked };
      };
      const raw = { parts, person, params: {}, query: {}, body: {} };
      const headers = { 'idempotency-key': key(30) };
      const once = () => serveOnce({ headers }, { ...route, serve }, route.path, raw);
      await expect(once()).rejects.toThrow('the line');
      expect(await once()).toEqual({ answer: { asked: 2 }, isRepeated: false });
      expect(await once()).toEqual({ answer: { asked: 3 }, isRepeated: false });
    }
  });

  it('asked again by its key after it was released stands again, and is told so [MON-17]', async () => {
    const target = { kind: 'tool', name: 'fake/refund' };
    const set = () => ask('/v1/stops', { ...stop('again'), target }, key(20));
    const standing = async () => {
      const { body } = await world.ask('GET', '/v1/stops', { as: world.credential('admin') });
      return JSON.stringify(body).includes('fake/refund');
    };
    // The keys of the test before are a day old.
    world.clock.advance(bounds.keptMs);
    expect((await set()).status).toBe(200);
    const released = await ask('/v1/stops/release', { target, reason: 'x' }, key(21));
    expect([released.status, await standing()]).toEqual([200, false]);
    expect([(await set()).status, await standing()]).toEqual([200, true]);
  });
});
