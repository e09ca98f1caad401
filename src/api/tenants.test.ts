import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Role, roles } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { furnish, stateOf } from '../../test/fakes/furnished-tenant.ts';
import { routes } from './index.ts';

/** Stands in everything that one tenant wrote, and in nothing that the other may see. */
const canary = 'canary-of-main';

let world: ControlWorld;
/** What a stranger could have learned of the other tenant: every name and id. */
let ids: string[];

beforeAll(async () => {
  world = await createControlWorld();
  const main = await furnish(world, 'main', canary);
  const other = await furnish(world, 'other', 'nothing to hide');
  ids = [...main, ...other];
}, 30_000);

afterAll(async () => {
  await world.close();
});

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
  '/v1/objects/hold': () =>
    fc.record({ kind: fc.constantFrom('memory', 'file'), reason: fc.constant('x') }),
  '/v1/objects/release': () =>
    fc.record({ kind: fc.constantFrom('memory', 'file'), reason: fc.constant('x') }),
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
      { subject: 'ann', matter: 'x', force: true },
      { since: '2026-01-01T00:00:00Z', matter: 'x' },
    ),
  '/v1/agreements/:id/agree': () => fc.constant({}),
  '/v1/stops': () => targets(),
  '/v1/stops/release': () => targets(),
  '/v1/tasks': () => fc.record({ agent: word, reason: fc.constant('x') }),
  '/v1/records/:id/explain': () => fc.constant({}),
  '/v1/policies/try': () =>
    fc.record({
      cases: fc.array(
        fc.record({ agent: word, target: fc.constantFrom('fake/pay', 'tool:fake/note') }),
        { minLength: 1, maxLength: 2 },
      ),
      documents: fc.array(written(), { maxLength: 1 }),
    }),
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
  // What is decided once is met by chance too seldom, the more routes there are.
  const once = named.filter(({ path }) => path === '/v1/approvals/:id/decide');
  const drawn = [...named, ...once, ...once, ...once, ...once];
  return fc.constantFrom(...drawn).chain(({ method, path }) => {
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
    const before = await stateOf(world, 'main');
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
        expect(await stateOf(world, 'main')).toBe(before);
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
  }, 300_000);
});
