import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedActs } from '#contracts/step-up.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { routes } from './routes.ts';

let world: ControlWorld;

/** Everything that can be asked for is asked for, in a way that nobody satisfies. */
beforeAll(async () => {
  world = await createControlWorld();
  const spec = { acts: [...guardedActs], acr: ['nobody has this'] };
  const body = { kind: 'StepUp', name: 'all', spec, reason: 'x' };
  const answer = await world.ask('POST', '/v1/documents', { as: world.credential('admin'), body });
  expect(answer.status).toBe(200);
});

afterAll(() => world.close());

const reason = 'x';
const role = { roles: ['auditor'], reason };
const document = { kind: 'Policy', name: 'p', spec: { cedar: '' } };
const approval = { digest: 'a'.repeat(64) };

/** What is sent to the routes that take more than a reason. */
const bodies: Readonly<Record<string, JsonObject>> = {
  'POST /v1/people': { name: 'bob', ...role },
  'POST /v1/people/:name/roles': role,
  'POST /v1/api-tokens': { name: 'ci', roles: ['auditor'], forSeconds: 60 },
  'POST /v1/elevations': { role: 'admin', forSeconds: 60, reason },
  'POST /v1/passkeys': { name: 'key', response: {} },
  'POST /v1/passkeys/remove': { credential: 'abc' },
  'POST /v1/documents': document,
  'POST /v1/changes': { documents: [document], reason },
  'POST /v1/changes/:id/approve': { plan: 'a'.repeat(64), reason },
  'POST /v1/documents/:kind/:name/rollback': { to: 1, reason },
  'PUT /v1/secrets/:name': { value: 'a secret' },
  'POST /v1/tools/:server/:tool/approve': approval,
  'POST /v1/tools/:server/:tool/reject': { ...approval, reason },
  'POST /v1/tools/:server/approve': { tools: [{ tool: 't', ...approval }] },
  'POST /v1/approvals/:id/decide': { verdict: 'approve', reason },
  'POST /v1/overrides': { agent: 'worker', target: 'fake/pay', forSeconds: 60, reason },
  'POST /v1/stops': { target: { kind: 'all' }, reason },
  'POST /v1/stops/release': { target: { kind: 'all' }, reason },
  'POST /v1/tasks': { agent: 'worker', reason },
  'POST /v1/consents/:id/narrow': { effects: ['read'], reason },
  'POST /v1/sessions/end': { person: 'bob', reason },
  'POST /v1/audit/index/rebuild': {},
  'POST /v1/logs/accept-missing': { origin: 'x', reason },
  'POST /v1/annotations': { about: 'nobody', note: 'x' },
  'POST /v1/evidence/:name/make': {},
  'POST /v1/records/:id/reveal': { purpose: 'x' },
  'POST /v1/policies/replay': { since: '2026-01-01T00:00:00Z', purpose: 'x' },
  'POST /v1/erasures': { subject: 'ann', basis: 'law', request: '1' },
  'POST /v1/erasures/tenant': { basis: 'law', request: '1' },
  'POST /v1/holds': { subject: 'ann', matter: 'case', force: true },
  'POST /v1/agreements/:id/agree': {},
  'POST /v1/effects/:id/reconcile': { happened: 'no', reason },
  'POST /v1/objects/hold': { id: 'none', reason },
  'POST /v1/objects/release': { id: 'none', reason },
};

/** INVARIANT: closed. What is not here is held up where a document asks for it. */
const tightenings: readonly string[] = [
  'POST /v1/people/:name/remove',
  'POST /v1/api-tokens/:id/revoke',
  'POST /v1/passkeys/remove',
  'POST /v1/instances/:instance/revoke',
  'POST /v1/agents/:agent/suspend',
  'POST /v1/secrets/:name/remove',
  'POST /v1/stops',
  'POST /v1/objects/hold',
  'POST /v1/overrides/:id/end',
  // It stays as shut as it was.
  'POST /v1/tools/:server/:tool/reject',
  // A change that waits does not come.
  'POST /v1/changes/:id/reject',
  'POST /v1/consents/:id/narrow',
  'POST /v1/consents/:id/withdraw',
  'POST /v1/sessions/:id/end',
  'POST /v1/sessions/end',
  'POST /v1/delegations/:id/end',
  'POST /v1/directory/tokens/:id/end',
  // Words beside the record: they give nobody anything, and take nothing.
  'POST /v1/annotations',
  // What is on record, put beside what was put there by itself.
  'POST /v1/evidence/:name/make',
];

async function codeOf(method: string, path: string, body: JsonObject): Promise<unknown> {
  const place = path.replace(':kind', 'Policy').replace(/:[a-z]+/g, 'nobody');
  const needs = routes.find((one) => one.method === method && one.path === path)?.role;
  // The one role that an admin has not.
  const as = world.credential(needs?.includes('privacy') === true ? 'privacy' : 'admin');
  const answer = await world.ask(method, place, { as, body });
  return answer.body['code'] ?? answer.status;
}

const acts = routes.flatMap((route) =>
  route.role === 'anyone' || route.recordedBy !== 'plane'
    ? []
    : [{ ...route, called: `${route.method} ${route.path}` }],
);

describe('a document that asks another sign-in for every act', () => {
  it.each(acts)(
    'lets $called through exactly where it only takes away [APR-12]',
    async ({ method, path, called }) => {
      const code = await codeOf(method, path, bodies[called] ?? { reason });
      // It came as far as its shape: a body that is refused would prove nothing.
      expect(code).not.toBe('api/invalid');
      const isHeldUp = code === 'api/step-up-required';
      expect([called, isHeldUp]).toEqual([called, !tightenings.includes(called)]);
    },
  );

  it('knows of what depends on its words: fewer roles, and a no, go through', async () => {
    const roles = '/v1/people/admin-main/roles';
    const more = { roles: ['admin', 'owner'], reason };
    expect(await codeOf('POST', roles, more)).toBe('api/step-up-required');
    const eligible = { roles: ['admin'], eligible: ['owner'], reason };
    expect(await codeOf('POST', roles, eligible)).toBe('api/step-up-required');
    expect(await codeOf('POST', roles, { roles: ['admin'], reason })).toBe(200);
    for (const verdict of ['reject', 'withdraw']) {
      const code = await codeOf('POST', '/v1/approvals/a/decide', { verdict, reason });
      expect(code).not.toBe('api/step-up-required');
    }
  });
});
