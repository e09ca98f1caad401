import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { ControlProblem, createControlClient } from '../../sdk/index.ts';
import { until } from './cli.ts';
import { textAt } from '../fakes/control-world.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

/** Owners have no time at all to be gone. */
const directory = `---
kind: Directory
name: staff
spec: { ownerGrace: "0" }
`;

let world: RunningWorld;
let agent: TestAgent;
let bearer: string;
let owner: string;

beforeAll(async () => {
  world = await startWorld(directory);
  agent = await world.instance.enrolAgent('worker');
  const reason = 'provisioning';
  const made = await world.instance.admin.request('POST', '/v1/directory/tokens', { reason });
  bearer = textAt(made, 'bearer');
  const userName = 'ADA@example.com';
  owner = textAt((await scim('POST', '/Users', { userName })).body, 'id');
});
afterAll(async () => {
  await world?.close();
});

async function scim(method: string, path: string, body?: unknown) {
  const answer = await fetch(`${world.instance.console}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/scim+json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as JsonObject };
}

const active = (is: boolean) =>
  scim('PATCH', `/Users/${owner}`, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', value: { active: is } }],
  });
const code = async () => (await callTool(agent.fetch, world.gateway, 'fake.echo', {})).told?.code;

describe('a directory that is connected', () => {
  it('ends the API tokens of a person of ours who leaves it, within a second, on record [IDN-07]', async () => {
    const { admin, console: url } = world.instance;
    const bob = { name: 'bob@example.com', roles: ['auditor'], reason: 'x' };
    const credential = textAt(await admin.request('POST', '/v1/people', bob), 'credential');
    const his = createControlClient({ url, credential });
    const asked = { name: 'ci', roles: ['auditor'], forSeconds: 3_600 };
    const secret = textAt(await his.request('POST', '/v1/api-tokens', asked), 'secret');
    const { body } = await scim('POST', '/Users', { userName: 'Bob@example.com' });
    const token = createControlClient({ url, credential: secret });
    await token.request('GET', '/v1/stops');
    await fetch(`${url}/scim/v2/Users/${textAt(body, 'id')}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${bearer}` },
    });
    const left = performance.now();
    const read = () => token.request('GET', '/v1/stops').catch((fault: unknown) => fault);
    const told = await until(read, (answer) => answer instanceof ControlProblem);
    expect([told, performance.now() - left]).toEqual([
      expect.objectContaining({ code: 'api/unauthorized' }),
      expect.toSatisfy((took: number) => took < 1_000),
    ]);
    const records = () => admin.request('GET', '/v1/records?type=identity.api-token-revoked');
    await until(records, (found) => JSON.stringify(found).includes('system/directory'));
  });

  it('takes no agent whose owner it does not know: 422 [IDN-07]', async () => {
    const spec = { purpose: 'p', manifest: 'work' };
    const put = (name: string, more: JsonObject) =>
      world.instance.admin.request('POST', '/v1/documents', {
        kind: 'Agent',
        name,
        spec: { ...spec, ...more },
      });
    const invalid = { code: 'config/invalid', status: 422 };
    await expect(put('nobodys', {})).rejects.toMatchObject(invalid);
    await expect(put('strangers', { owner: 'eve@example.com' })).rejects.toMatchObject(invalid);
    expect(await put('hers', { owner: 'ada@example.com' })).toMatchObject({ name: 'hers' });
  });

  it('has an agent suspended in mid-session when its owner leaves, within a second, and resumed by a person [IDN-07, IDN-23]', async () => {
    expect(await code()).toBeUndefined();
    await active(false);
    const left = performance.now();
    await until(code, (now) => now !== undefined);
    expect(await code()).toBe('standing/agent-suspended');
    expect(performance.now() - left).toBeLessThan(1_000);
    const { readiness } = await world.instance.admin.request('GET', '/v1/status');
    expect(readiness).toContainEqual(expect.objectContaining({ item: 'owners', state: 'red' }));
    const resume = () =>
      world.instance.admin.request('POST', '/v1/agents/worker/resume', { reason: 'back' });
    await expect(resume()).rejects.toMatchObject({ code: 'standing/owner-gone' });
    await active(true);
    expect(await code()).toBe('standing/agent-suspended');
    await resume();
    await until(code, (now) => now === undefined);
  });
});
