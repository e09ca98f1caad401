import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Role } from '#kernel/principal.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';

let world: ControlWorld;
beforeEach(async () => {
  world = await createControlWorld();
  const spec = { connect: { url: 'http://127.0.0.1:1/mcp' } };
  const body = { kind: 'ToolServer', name: 'fake', spec, reason: 'ticket 12' };
  const put = { as: world.credential('admin'), body };
  expect((await world.ask('POST', '/v1/documents', put)).status).toBe(200);
});
afterEach(() => world.close());

const since = '2020-01-01T00:00:00Z';
const usual = { since, purpose: 'tighter refunds' };

const replay = (body: JsonObject, role: Role = 'privacy') =>
  world.ask('POST', '/v1/policies/replay', { as: world.credential(role), body });

const looks = () => world.log.drafts.filter(({ type }) => type === 'log.revealed');

describe('a replay of policies', () => {
  it('is on record with what it is for, and with the policies, before it is told [AUD-21]', async () => {
    const cedar = '@id("none") forbid(principal, action, resource);';
    const { status, body } = await replay({ ...usual, policies: [{ name: 'none', cedar }] });
    expect(status).toBe(200);
    expect(body).toMatchObject({ problems: [], judged: 0, changes: [], isWhole: true });
    expect(looks()).toMatchObject([
      {
        actors: [{ kind: 'human', name: 'privacy-main' }],
        details: { purpose: 'tighter refunds', shown: 'derived', opened: 0 },
      },
    ]);
    const bare = await replay(usual);
    expect(bare.body['policyDigest']).not.toBe(body['policyDigest']);
    // What a reviewer refers to is on record, and is another of another proposal.
    expect(looks()[0]?.details?.['result']).toBe(body['result']);
    expect(bare.body['result']).not.toBe(body['result']);
    world.log.refuses = ({ type }) => type === 'log.revealed';
    expect((await replay(usual)).status).toBe(503);
  });

  it('needs the role that may look into what is sealed: what a rule catches says what was sent [AUD-10]', async () => {
    for (const role of ['owner', 'auditor', 'approver', 'analyst', 'operator', 'admin'] as const) {
      expect((await replay(usual, role)).status, role).toBe(403);
    }
    expect(looks()).toEqual([]);
  });

  it('tells what is wrong with the policies, and then looks at nothing', async () => {
    const policies = [{ name: 'broken', cedar: 'permit(principal action resource);' }];
    const { body } = await replay({ ...usual, policies });
    expect(body).toMatchObject({ problems: [{ policy: 'broken', line: 1 }], policyDigest: null });
    expect(looks()).toEqual([]);
  });

  it('knows which policy would go, and a span that is none', async () => {
    const stray = await replay({ ...usual, without: ['legacy'] });
    expect(stray.body).toMatchObject({ code: 'api/not-found' });
    expect((await replay({ ...usual, until: since })).body).toMatchObject({ code: 'api/invalid' });
    expect((await replay({ since, purpose: ' ' })).status).toBe(422);
  });

  it('takes documents of every kind, and says what is wrong with them', async () => {
    const manifest = { kind: 'Manifest', name: 'work', spec: { tools: [{ tool: 'gone/x' }] } };
    const { body } = await replay({ ...usual, documents: [manifest] });
    expect(body).toMatchObject({ policyDigest: null, result: null, judged: 0 });
    expect(body['problems']).not.toEqual([]);
    const fits = { ...manifest, spec: { tools: [{ tool: 'fake/pay' }] } };
    expect((await replay({ ...usual, documents: [fits] })).body).toMatchObject({ problems: [] });
    const remove = [{ kind: 'Manifest', name: 'nobody' }];
    expect((await replay({ ...usual, remove })).body).toMatchObject({ code: 'api/not-found' });
  });
});
