import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld, textAt } from '../../test/fakes/control-world.ts';
import { describeApi, routes } from './index.ts';

let world: ControlWorld;
beforeAll(async () => {
  world = await createControlWorld();
});
afterAll(() => world.close());

const key = (n: number) => `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;

async function ask(path: string, body: JsonObject, by: string, as = world.credential('admin')) {
  const response = await fetch(`${world.url}${path}`, {
    method: 'POST',
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
const acts = async () => {
  await world.settle();
  return world.log.drafts.filter(({ type }) => type === 'stop.set').length;
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
    const first = await ask('/v1/stops', stop('once'), key(1));
    const second = await ask('/v1/stops', stop('once'), `"${key(1)}"`);
    expect([first.status, second]).toEqual([200, first]);
    expect(await acts()).toBe(before + 1);
    const reads = world.log.drafts.filter(({ method }) => method === 'POST');
    expect(reads.at(-1)).toMatchObject({
      type: 'api.read',
      method: 'POST',
      details: { path: '/v1/stops' },
    });
    const other = await ask('/v1/stops', stop('another'), key(1));
    expect([other.status, other.body['code']]).toEqual([422, 'api/idempotency-mismatch']);
    expect(other.body['suggestedAction']).toContain('new key');
  });

  it('of two who ask at once lets one act; the other hears the same, or to ask again', async () => {
    const before = await acts();
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => ask('/v1/stops', stop('at once'), key(2))),
    );
    expect(await acts()).toBe(before + 1);
    for (const { status, body, retryAfter } of both) {
      if (status === 200) expect(body).toEqual(both.find((one) => one.status === 200)?.body);
      else
        expect([status, body['code'], retryAfter]).toEqual([409, 'api/idempotency-running', '1']);
    }
    expect((await ask('/v1/stops', stop('at once'), key(2))).status).toBe(200);
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
    const may = await ask('/v1/stops', stop('once'), key(1), world.credential('auditor'));
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
});
