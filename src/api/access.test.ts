import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { type Role, roles } from '#kernel/principal.ts';
import { routes } from './index.ts';
import type { Route } from './route.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
});

afterAll(async () => {
  await world.close();
});

/** Written again, so that the table of the product is compared and not repeated. */
const opensTo: Readonly<Record<Role, string>> = {
  owner: 'owner admin',
  auditor: 'auditor approver analyst operator privacy admin',
  approver: 'approver admin',
  analyst: 'analyst operator admin',
  operator: 'operator admin',
  // An admin takes it, and has it not before.
  privacy: 'privacy',
  admin: 'admin',
};
type Caller = Role | 'nobody';
const callers: readonly Caller[] = ['nobody', ...roles];

const walked = routes.flatMap((route) => callers.map((caller) => ({ caller, ...route })));

function isOpenTo({ role }: Route, caller: Caller): boolean {
  return role === 'anyone' || role.some((one) => opensTo[one].split(' ').includes(caller));
}

/** Whether the door was shut: the code, or `open` whatever was said behind it. */
async function doorOf(method: string, path: string, caller: Caller): Promise<string> {
  const as = caller === 'nobody' ? undefined : world.credential(caller);
  const place = path.replace(/:[a-z]+/g, 'nothing');
  const body = method === 'GET' ? {} : { body: {} };
  const answer = await world.ask(method, place, { as, ...body });
  const code = answer.body['code'];
  return code === 'api/unauthorized' || code === 'api/forbidden' ? code : 'open';
}

describe('the doors of the API', () => {
  it.each(walked)(
    '$method $path of role $role is shut to $caller unless that is enough [IDN-20]',
    async ({ caller, ...route }) => {
      const refused = caller === 'nobody' ? 'api/unauthorized' : 'api/forbidden';
      const expected = isOpenTo(route, caller) ? 'open' : refused;
      expect(await doorOf(route.method, route.path, caller)).toBe(expected);
    },
  );

  it('open to no credential that nobody was given', async () => {
    for (const as of ['', 'x', 'A'.repeat(44), world.credential('admin').slice(1)]) {
      const answer = await world.ask('GET', '/v1/status', { as });
      expect(answer.status).toBe(401);
    }
  });

  it('record every refusal of a person, with their name', async () => {
    world.log.drafts.length = 0;
    await world.ask('POST', '/v1/stops/release', {
      as: world.credential('approver', 'other'),
      body: { target: { kind: 'all' }, reason: 'because' },
    });
    expect(world.log.drafts).toMatchObject([
      {
        type: 'api.refused',
        tenant: 'other',
        actors: [{ kind: 'human', name: 'approver-other' }],
        refusal: { code: 'api/forbidden' },
        details: { path: '/v1/stops/release' },
      },
    ]);
  });
});
