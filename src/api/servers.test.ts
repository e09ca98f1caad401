import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ServerReport } from '#contracts/server-report.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { signersNeeded } from '#planes/tools/index.ts';
import { type ControlWorld, createControlWorld } from '../../test/fakes/control-world.ts';
import { newWorld } from '../../test/fakes/signing/index.ts';
import { provenanceItem } from './provenance-item.ts';

let world: ControlWorld;

beforeAll(async () => {
  world = await createControlWorld();
  await put('ToolServer', 'files', { connect: { command: 'npx', args: ['-y', 'files'] } });
  await put('ToolServer', 'web', { connect: { url: 'http://127.0.0.1:1/mcp' } });
  await put('ToolServer', 'used', { connect: { url: 'http://127.0.0.1:1/mcp' } });
  await put('Manifest', 'work', { tools: [{ tool: 'used/get' }] });
  await world.store.catalogue.report({
    tenant: 'main',
    server: 'files',
    look: 'first',
    shown: ['read', 'write'],
    now: 0,
    tools: ['read', 'write'].map((tool) => ({
      tenant: 'main',
      server: 'files',
      tool,
      digest: 'a'.repeat(64),
      definition: { name: tool, inputSchema: { type: 'object' } },
      observedAt: 0,
    })),
  });
});

afterAll(() => world.close());
beforeEach(() => {
  world.seen.length = 0;
});

function ask(method: string, path: string, body?: JsonObject, role: 'admin' | 'auditor' = 'admin') {
  return world.ask(method, path, {
    as: world.credential(role),
    ...(body === undefined ? {} : { body }),
  });
}

async function put(kind: string, name: string, spec: JsonObject): Promise<void> {
  const answer = await ask('POST', '/v1/documents', { kind, name, spec });
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
}

function says(gateway: string, server: string, over: Partial<ServerReport>): void {
  const digest = world.snapshot()?.tenants['main']?.servers[server]?.digest ?? '';
  const report: ServerReport = {
    tenant: 'main',
    server,
    digest,
    state: 'up',
    since: 0,
    connections: 1,
    pid: 7,
    era: 'legacy',
    revision: '2025-11-25',
    ended: null,
    fault: null,
    tools: 2,
    lookedAt: 0,
    nextTryAt: null,
    signed: null,
    printed: 0,
    places: [],
    lines: [],
    ...over,
  };
  world.seen.push({ gateway, report });
}

const exit = { at: 5, why: 'it ended with exit code 1', exitCode: 1, signal: null };
const fault = { at: 5, code: 'tools/upstream-unreachable', message: 'it cannot be reached' };

describe('what people see of tool servers', () => {
  it('is the state that most needs somebody, why, what to do, and the tools that wait', async () => {
    says('gateway-1', 'files', {});
    says('gateway-2', 'files', { state: 'failed', ended: exit, fault });
    const { body } = await ask('GET', '/v1/servers', undefined, 'auditor');
    const servers = body['servers'] as JsonObject[];
    expect(servers.find(({ server }) => server === 'files')).toMatchObject({
      connect: 'stdio',
      runs: 'npx -y files',
      state: 'failed',
      why: 'it cannot be reached; it ended with exit code 1',
      next: expect.stringContaining('bailiwick server logs files'),
      tools: { waiting: 2, pinned: 0 },
    });
    expect(servers.find(({ server }) => server === 'web')).toMatchObject({
      state: 'off',
      isKnown: false,
      why: null,
    });
  });

  it('is told apart by gateway, and of the document that is in force alone', async () => {
    says('gateway-1', 'files', {});
    says('gateway-2', 'files', { state: 'starting', nextTryAt: 9 });
    says('gateway-3', 'files', { state: 'failed', digest: 'older' });
    const { body } = await ask('GET', '/v1/servers/files');
    expect(body).toMatchObject({
      state: 'starting',
      gateways: [
        { gateway: 'gateway-1', state: 'up', pid: 7, era: 'legacy', tools: 2 },
        { gateway: 'gateway-2', state: 'starting', nextTryAt: '1970-01-01T00:00:00.009Z' },
      ],
    });
    expect((await ask('GET', '/v1/servers/none')).status).toBe(404);
  });

  it('says of each what it is, and who signed it by the wants that are in force [TOL-25]', async () => {
    const { trust } = newWorld(0);
    const keys = trust.registryKeys.map(({ keyid, key }) => ({ keyid, key }));
    const signers = [{ for: 'npm:*', registry: 'signature' }];
    const args = ['-y', 'pkg@1.2.3'];
    const integrity = `sha512-${'A'.repeat(86)}==`;
    await put('ToolServer', 'pinned', {
      connect: { command: 'npx', args, package: { integrity } },
    });
    await put('ToolServer', 'loose', { connect: { command: '/opt/mcp/loose' } });
    await put('Registry', 'all', {
      sources: ['npm:*', 'file:/*', 'http:*', 'https:*', 'command:*'],
      signers,
      trust: { registryKeys: keys },
    });
    const of = async (server: string) => {
      const { body } = await ask('GET', '/v1/servers');
      return (body['servers'] as readonly JsonObject[]).find((one) => one['server'] === server);
    };
    const pinned = { source: 'npm:pkg@1.2.3', pinned: 'verified', content: integrity };
    const nobody = { by: null, at: null };
    expect(await of('pinned')).toMatchObject({ ...pinned, signed: { wanted: true, ...nobody } });
    expect(await of('loose')).toMatchObject({
      pinned: 'none',
      content: '',
      signed: { wanted: false, ...nobody },
    });
    const tenant = world.snapshot()?.tenants['main'];
    const entry = tenant?.servers['pinned'];
    const wants = entry === undefined ? '' : signersNeeded(tenant, entry).key;
    const by = `registry key ${keys[0]?.keyid}`;
    says('gateway-1', 'pinned', { signed: { at: 5, by: 'older', wants } });
    says('gateway-2', 'pinned', { signed: { at: 7, by, wants } });
    says('gateway-3', 'pinned', { signed: { at: 9, by: 'by other trust', wants: 'other' } });
    const at = '1970-01-01T00:00:00.007Z';
    expect(await of('pinned')).toMatchObject({ signed: { wanted: true, by, at } });
    const { body } = await ask('GET', '/v1/servers/pinned');
    expect(body).toMatchObject({ ...pinned, signed: { wanted: true, by, at } });
    expect(provenanceItem(tenant, world.seen)).toEqual({
      item: 'provenance',
      state: 'amber',
      why: expect.stringMatching(/^content is not pinned, see `connect.package`: .*loose/),
    });
    const only = { ...tenant, servers: { pinned: entry } } as TenantSnapshot;
    expect(provenanceItem(only, world.seen)).toMatchObject({
      state: 'green',
      why: 'what is started is pinned; of 1 of 1 who signed it is verified',
    });
    expect(provenanceItem(only, [])).toMatchObject({
      state: 'amber',
      why: 'no gateway has verified who signed it: pinned',
    });
    expect(provenanceItem({ ...only, servers: {} }, [])).toBe(undefined);
  });

  it('holds what a server printed for admins alone [TOL-05]', async () => {
    says('gateway-1', 'files', {
      printed: 2,
      lines: ['one', 'two'],
      places: ['a:1', 'a:2'],
    });
    expect(JSON.stringify((await ask('GET', '/v1/servers/files')).body)).not.toContain('two');
    expect((await ask('GET', '/v1/servers/files/logs', undefined, 'auditor')).status).toBe(403);
    expect((await ask('GET', '/v1/servers/files/logs')).body).toEqual({
      server: 'files',
      gateways: [
        { gateway: 'gateway-1', printed: 2, lines: ['one', 'two'], places: ['a:1', 'a:2'] },
      ],
    });
    expect(JSON.stringify(world.log.drafts)).not.toContain('two');
  });
});

describe('removing a tool server', () => {
  it('is refused while a manifest names its tools, and changes nothing', async () => {
    const answer = await ask('POST', '/v1/servers/used/remove', {});
    expect(answer).toMatchObject({ status: 422, body: { code: 'config/invalid' } });
    expect((await ask('GET', '/v1/servers/used')).status).toBe(200);
    const draft = world.log.drafts.findLast(({ details }) => details?.['removed'] === true);
    expect(draft).toBeUndefined();
  });

  it('is on record and takes with it what was approved: its name begins anew', async () => {
    const digest = 'a'.repeat(64);
    const as = world.credential('operator');
    const yes = { as, body: { digest } };
    const approved = await world.ask('POST', '/v1/tools/files/read/approve', yes);
    expect(approved.status).toBe(200);
    const { body } = await ask('POST', '/v1/servers/files/remove', { reason: 'ticket 9' });
    expect(body).toEqual({ server: 'files', tools: 2, approved: 1, home: true });
    expect(world.log.drafts.findLast(({ type }) => type === 'config.applied')).toMatchObject({
      details: { kind: 'ToolServer', name: 'files', removed: true, reason: 'ticket 9' },
    });
    await put('ToolServer', 'files', { connect: { command: 'other' } });
    expect((await ask('GET', '/v1/tools?server=files')).body).toEqual({ tools: [] });
    expect(world.snapshot()?.tenants['main']?.pins['files'] ?? {}).toEqual({});
  });
});
