import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginTask } from '#contracts/begin-task.suite.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type Role, roles } from '#kernel/principal.ts';
import { createApprovalGate } from '#planes/approvals/index.ts';
import { approvalBinding, approvalContext } from '../../test/fakes/approval-asks.ts';
import {
  type ControlWorld,
  createControlWorld,
  type Tenant,
  textAt,
} from '../../test/fakes/control-world.ts';
import { routes } from './index.ts';

/** Stands in everything that one tenant wrote, and in nothing that the other may see. */
const canary = 'canary-of-main';

let world: ControlWorld;
/** What a stranger could have learned of the other tenant: every name and id. */
let ids: string[];

beforeAll(async () => {
  world = await createControlWorld();
  const main = await furnish('main', canary);
  const other = await furnish('other', 'nothing to hide');
  ids = [...main, ...other];
}, 30_000);

afterAll(async () => {
  await world.close();
});

async function asAdmin(tenant: Tenant, method: string, path: string, body: JsonObject) {
  const answer = await world.ask(method, path, { as: world.credential('admin', tenant), body });
  expect([path, answer.status, answer.body]).toEqual([path, 200, answer.body]);
  return answer.body;
}

/** The same names in both tenants: only the tenant tells them apart. */
async function furnish(tenant: Tenant, text: string): Promise<string[]> {
  const put = (kind: string, name: string, spec: JsonObject) =>
    asAdmin(tenant, 'POST', '/v1/documents', { kind, name, spec, reason: text });
  await asAdmin(tenant, 'PUT', '/v1/secrets/key', { value: 'tok-123456789', reason: text });
  const url = 'http://127.0.0.1:1/mcp';
  await put('ToolServer', 'fake', { connect: { url } });
  await put('Manifest', 'work', { tools: [{ tool: 'fake/pay' }] });
  await put('Agent', 'worker', { owner: text, purpose: text, manifest: 'work' });
  await put('Policy', 'rules', { cedar: `// ${text}\n` });
  await world.store.catalogue.report({
    tenant,
    server: 'fake',
    look: 'first',
    shown: ['pay', 'note'],
    now: 0,
    tools: ['pay', 'note'].map((tool) => ({
      tenant,
      server: 'fake',
      tool,
      digest: 'a'.repeat(64),
      definition: { name: tool, description: text, inputSchema: { type: 'object' } },
      observedAt: 0,
    })),
  });
  await asAdmin(tenant, 'POST', '/v1/tools/fake/pay/approve', { digest: 'a'.repeat(64) });
  const bearer = await asAdmin(tenant, 'POST', '/v1/agents/worker/token', { reason: text });
  await asAdmin(tenant, 'POST', '/v1/agents/worker/suspend', { reason: text });
  const target = { kind: 'tool', name: 'fake/pay' };
  await asAdmin(tenant, 'POST', '/v1/stops', { target, reason: text });
  if (tenant === 'main') {
    await asAdmin(tenant, 'POST', '/v1/stops', { target: { kind: 'all' }, reason: text });
  }
  const approval = await hold(tenant, text);
  const record = (await world.log.tail({ tenant, limit: 1 }))[0]?.record.id ?? '';
  const task = `task-of-${tenant}`;
  await beginTask(world.store, { tenant, id: task, agent: 'idle', owner: text });
  const call = { tenant, task, target: 'tool:fake/pay', argumentsDigest: text };
  const ref = `intent-of-${tenant}`;
  await world.store.effects.report([{ ...call, effect: 'unknown', ref, by: 'g', at: 0 }], 0);
  const { entries } = await world.store.overlay.current();
  const effect = entries.find((entry) => entry.ref === ref)?.id ?? '';
  return [textAt(bearer, 'instance'), approval, record, task, effect];
}

async function hold(tenant: Tenant, text: string): Promise<string> {
  const now = world.clock.now();
  const binding = approvalBinding({ tenant, agent: 'worker', target: 'tool:fake/pay' });
  const ledger = world.store.grants;
  const approval = await ledger.request({
    binding,
    callDigest: createApprovalGate({ ledger, clock: world.clock }).digestOf(binding),
    context: { ...approvalContext('call-1'), argumentsText: JSON.stringify({ note: text }) },
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: 50,
  });
  return approval.id;
}

/** Everything of one tenant that an act could change. */
async function stateOf(tenant: Tenant): Promise<string> {
  const { store } = world;
  const { entries } = await store.overlay.current();
  return JSON.stringify({
    documents: await store.documents.list(tenant),
    catalogue: await store.catalogue.list(tenant),
    secrets: await store.secrets.list(tenant),
    people: await store.people.list(tenant),
    instances: await store.instances.list(tenant),
    unbound: await store.instances.unbound(tenant),
    approvals: await store.grants.list({ tenant, limit: 1_000 }),
    tasks: await store.tasks.list({ tenant, limit: 1_000 }),
    overlay: entries.filter(({ target }) => target.kind === 'all' || target.tenant === tenant),
    records: (await world.log.tail({ tenant, limit: 10_000 })).length,
  });
}

const word = fc.constantFrom(
  'worker',
  'fake',
  'pay',
  'note',
  'work',
  'rules',
  'key',
  'main',
  'other',
);
const idOrWord = () => fc.oneof(fc.constantFrom(...ids), word);
const kindOfTarget = fc.constantFrom('all', 'tenant', 'agent', 'instance', 'tool');

const written = () =>
  fc.record({
    kind: fc.constantFrom('Manifest', 'Policy'),
    name: word,
    spec: fc.constantFrom<JsonObject>({ tools: [{ tool: 'fake/pay' }] }, { cedar: '' }),
  });

/** Bodies that fit their routes, of the names and ids of both tenants. */
const bodies: Readonly<Record<string, () => fc.Arbitrary<JsonObject>>> = {
  '/v1/people': () =>
    fc.record({
      name: fc.constantFrom('eve', 'admin-main'),
      roles: fc.constantFrom(...roles).map((role) => [role]),
      reason: fc.constant('x'),
    }),
  '/v1/documents': () =>
    fc.record({
      kind: fc.constantFrom('Agent', 'Manifest', 'ToolServer', 'Policy'),
      name: word,
      spec: fc.constantFrom<JsonObject>(
        { owner: 'eve', purpose: 'p', manifest: 'work' },
        { tools: [{ tool: 'fake/pay' }] },
        { cedar: '' },
      ),
    }),
  '/v1/plans': () => fc.record({ documents: fc.array(written(), { maxLength: 2 }) }),
  '/v1/changes': () =>
    fc.record({ documents: fc.array(written(), { maxLength: 2 }), reason: fc.constant('x') }),
  '/v1/changes/:id/approve': () => fc.constant({ plan: 'a'.repeat(64), reason: 'x' }),
  '/v1/documents/:kind/:name/rollback': () =>
    fc.record({ to: fc.integer({ min: 1, max: 3 }), reason: fc.constant('x') }),
  '/v1/secrets/:name': () => fc.record({ value: fc.constant('tok-eve-123456') }),
  '/v1/tools/:server/:tool/approve': () => fc.record({ digest: fc.constant('a'.repeat(64)) }),
  '/v1/tools/:server/approve': () =>
    fc.constant({ tools: [{ tool: 'pay', digest: 'a'.repeat(64) }] }),
  '/v1/approvals/:id/decide': () =>
    fc.record({
      verdict: fc.constantFrom('approve', 'reject', 'withdraw'),
      reason: fc.constant('x'),
    }),
  '/v1/effects/:id/reconcile': () =>
    fc.record({ happened: fc.constantFrom('yes', 'no'), reason: fc.constant('x') }),
  '/v1/records/:id/reveal': () => fc.constant({ purpose: 'x' }),
  '/v1/erasures': () =>
    fc.record({
      subject: fc.constantFrom('ann', 'eve'),
      basis: fc.constant('x'),
      request: fc.constant('1'),
    }),
  '/v1/erasures/tenant': () => fc.constant({ basis: 'x', request: '1' }),
  '/v1/holds': () =>
    fc.constantFrom<JsonObject[]>(
      { subject: 'ann', matter: 'x' },
      { since: '2026-01-01T00:00:00Z', matter: 'x' },
    ),
  '/v1/agreements/:id/agree': () => fc.constant({}),
  '/v1/stops': () => targets(),
  '/v1/stops/release': () => targets(),
  '/v1/policies/check': () => fc.record({ policies: fc.constant([]) }),
  '/v1/policies/explain': () =>
    fc.record({
      agent: word,
      target: fc.constantFrom('fake/pay', 'tool:fake/note', 'model:fake/one'),
    }),
};

function targets(): fc.Arbitrary<JsonObject> {
  const target = fc.oneof(
    fc.constant({ kind: 'all' }),
    fc.record({ kind: kindOfTarget, name: fc.oneof(idOrWord(), fc.constant('fake/pay')) }),
  );
  return fc.record({ target, reason: fc.constant('x') });
}

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly role: Role;
}

function steps(): fc.Arbitrary<Step> {
  const role = fc.constantFrom(...roles);
  const named = routes.filter((route) => route.role !== 'anyone');
  return fc.constantFrom(...named).chain(({ method, path }) => {
    const plain = fc.constantFrom<JsonObject[]>({ reason: 'x' }, { reason: 'x' }, {});
    const body = bodies[path]?.() ?? plain;
    const names = [...path.matchAll(/:([a-z]+)/g)].map((match) => paramOf(match[1] ?? ''));
    return fc.record({ role, body, params: fc.tuple(...names) }).map(({ params, ...rest }) => {
      const given = [...params];
      const place = path.replace(/:[a-z]+/g, () => encodeURIComponent(given.shift() ?? ''));
      return { method, path: place, ...rest };
    });
  });
}

/** Mostly what there is, of either tenant; sometimes anything. */
function paramOf(name: string): fc.Arbitrary<string> {
  const likely: Readonly<Record<string, fc.Arbitrary<string>>> = {
    agent: fc.constant('worker'),
    server: fc.constant('fake'),
    tool: fc.constantFrom('pay', 'note'),
    name: fc.constant('key'),
    // The first of what each tenant has.
    instance: fc.constantFrom(...ids.filter((_, at) => at % (ids.length / 2) === 0)),
  };
  const usual = likely[name] ?? fc.constantFrom(...ids);
  return fc.oneof({ arbitrary: usual, weight: 4 }, { arbitrary: idOrWord(), weight: 1 });
}

describe('a person of another tenant', () => {
  it('changes nothing and sees nothing of this one, by whatever route, name or id [DAT-01]', async () => {
    const before = await stateOf('main');
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(steps(), async ({ method, path, body, role }) => {
        const as = world.credential(role, 'other');
        const answer = await world.ask(method, path, {
          as,
          ...(method === 'GET' ? {} : { body }),
        });
        if (answer.status === 200) reached.add(`${method} ${path.split('/')[2] ?? ''}`);
        expect(canonicalText(answer.body)).not.toContain(canary);
        expect(await stateOf('main')).toBe(before);
      }),
      { numRuns: 7_500, seed: 20_261_127 },
    );
    // It was not all refused at the door: the own tenant was acted on meanwhile.
    expect([...reached].sort()).toEqual(
      expect.arrayContaining([
        'GET agents',
        'GET approvals',
        'GET directory',
        'GET documents',
        'GET effects',
        'GET people',
        'GET policies',
        'GET records',
        'GET secrets',
        'GET stops',
        'GET tasks',
        'GET tools',
        'POST agents',
        'GET changes',
        'POST approvals',
        'POST changes',
        'POST directory',
        'POST documents',
        'POST instances',
        'POST plans',
        'POST secrets',
        'POST stops',
        'POST tasks',
        'POST tools',
        'PUT secrets',
      ]),
    );
  }, 120_000);
});
