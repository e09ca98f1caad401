import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpaceLevel } from '#contracts/disk-space.ts';
import type { Store } from '#contracts/store.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../test/fakes/fake-keyring.ts';
import { FakeLog } from '../../test/fakes/fake-log.ts';
import { createModelKind } from '#planes/models/index.ts';
import { toolServerKind } from '#planes/tools/index.ts';
import { describeStatus, type StatusParts } from './describe-status.ts';

const modelKind = createModelKind([{ kind: 'openai' }]);

const clock = new ManualClock();
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-status-'));
  store = await openSqliteStore({ folder, clock });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Said {
  readonly control?: boolean;
  readonly gateways?: readonly JsonObject[];
  readonly failing?: readonly string[];
  readonly unapplied?: readonly string[];
  readonly snapshot?: Snapshot;
  readonly policy?: JsonObject;
  readonly warnings?: readonly string[];
  readonly wanted?: number;
  readonly places?: StatusParts['places'];
  readonly space?: StatusParts['space'];
  readonly login?: { readonly name: string; readonly uid: number; readonly at: number };
}

async function statusOf({
  control = true,
  gateways = [],
  failing = [],
  space = () => ({ freeBytes: 9e9, totalBytes: 1e10, level: 'enough' }),
  unapplied = [],
  snapshot,
  policy = {},
  warnings = [],
  wanted = 1,
  places = [],
  login,
}: Said) {
  const recorder = new FakeLog(clock);
  recorder.failing = !control;
  const status = await describeStatus({
    store,
    keyring: new FakeKeyring(),
    putBack: () => [],
    missingLogs: () => [],
    clockJump: () => undefined,
    holdsDiffer: () => [],
    rightsDiffer: () => [],
    overrides: () => [],
    stopsDiffer: () => [],
    acceptedLosses: () => 0,
    exports: () => ({ sinks: [], silentMs: 0 }),
    index: () => ({ fault: undefined, behind: 0, behindMs: 0, silentMs: 0 }),
    space,
    anchors: () => ({ places: [], logs: [], problems: [], faults: [], skewMs: 0 }),
    evidence: () => ({ packs: [], problems: [] }),
    archive: () => ({ where: undefined, enforcedBy: '', logs: [], faults: [], away: undefined }),
    witness: () => ({
      witnesses: [],
      logs: [],
      contradictions: [],
      faults: [],
      problems: [],
      sinceLookMs: 0,
    }),
    lost: () => [],
    gatewaysWanted: wanted,
    places,
    recentLogin: () => login,
    owners: () => ({ isConnected: false, orphans: [] }),
    failing: () => failing,
    unapplied: () => unapplied,
    policy: { health: policy, warnings },
    recorder,
    settings: { tenant: 'main', version: '0' },
    privateRuntime: false,
    tenant: 'main',
    snapshot,
    kinds: [toolServerKind, modelKind],
    servers: [],
    gateways: () => gateways,
    clock,
  });
  const readiness = status['readiness'] as unknown as {
    item: string;
    state: string;
    why: string;
  }[];
  return { status, item: (name: string) => readiness.find((one) => one.item === name) };
}

async function recordsOf(control: boolean, gateways: readonly JsonObject[]) {
  const { status, item } = await statusOf({ control, gateways });
  const { state, why } = item('records') ?? {};
  return { ...(status['recorder'] as object), state, why };
}

describe('the readiness of reactions', () => {
  it('is red while one that is owed cannot be done, and names it', async () => {
    expect((await statusOf({})).item('reactions')?.state).toBe('green');
    const red = (await statusOf({ failing: ['recompile'] })).item('reactions');
    expect(red).toMatchObject({ state: 'red', why: expect.stringContaining('recompile') });
  });
});

describe('the readiness of space', () => {
  it('says how much there is, and what is refused for it', async () => {
    const at = async (level: SpaceLevel, totalBytes = 2_097_152) => {
      const space = () => ({ freeBytes: 1_048_576, totalBytes, level }) as const;
      return (await statusOf({ space })).item('space');
    };
    expect(await at('enough')).toMatchObject({ state: 'green', why: '1 of 2 MiB are free' });
    expect(await at('low')).toMatchObject({ state: 'amber' });
    const why = expect.stringContaining('no new call begins');
    expect(await at('refusing')).toMatchObject({ state: 'red', why });
    expect(await at('sealed')).toMatchObject({ state: 'red' });
    expect(await at('enough', 0)).toMatchObject({ state: 'amber' });
  });
});

describe('the readiness of https', () => {
  const control = { name: 'control', host: '127.0.0.1', publicUrl: undefined };
  const at = async (...places: StatusParts['places']) => (await statusOf({ places })).item('https');

  it('is nothing where nobody but this machine comes', async () => {
    expect(await at(control, { ...control, host: '::1' })).toBeUndefined();
  });

  it('is red where a program listens for others without it, also by a name', async () => {
    for (const host of ['0.0.0.0', '10.0.0.7', '::', 'gate.example']) {
      const red = await at(control, { name: 'gateway', host, publicUrl: undefined });
      expect(red).toMatchObject({
        state: 'red',
        why: expect.stringContaining(`gateway listens on ${host} without https`),
      });
    }
  });

  it('is amber where only its proxy should come so, and green on this machine behind one', async () => {
    const met = { ...control, publicUrl: 'https://people.example' };
    expect(await at({ ...met, host: '0.0.0.0' })).toMatchObject({ state: 'amber' });
    const green = { state: 'green', why: 'control at https://people.example' };
    expect(await at(met)).toMatchObject(green);
  });
});

describe('the readiness of sign-in', () => {
  const snapshotWith = (tenant: object) =>
    ({
      number: 1,
      tenants: {
        main: { agents: {}, servers: {}, pins: {}, manifests: {}, models: {}, ...tenant },
      },
    }) as unknown as Snapshot;
  const dynamic = snapshotWith({
    clients: { anybody: { name: 'anybody', identity: { kind: 'dynamic' } } },
  });

  it('is red where people are kept here alone, and green with a provider [IDN-19]', async () => {
    expect((await statusOf({})).item('people')?.state).toBe('red');
    const snapshot = snapshotWith({ identityProviders: { corp: { name: 'corp' } } });
    expect((await statusOf({ snapshot })).item('people')).toMatchObject({
      state: 'green',
      why: 'people sign in by corp',
    });
  });

  it('is amber where clients register themselves to try it out, and red where others come', async () => {
    const here = { name: 'gateway', host: '127.0.0.1', publicUrl: undefined };
    const of = async (snapshot: Snapshot, place: StatusParts['places'][number]) =>
      (await statusOf({ snapshot, places: [place] })).item('clients')?.state;
    const named = snapshotWith({
      clients: { app: { name: 'app', identity: { kind: 'registered' } } },
    });
    expect(await of(named, here)).toBeUndefined();
    expect(await of(dynamic, here)).toBe('amber');
    expect(await of(dynamic, { ...here, publicUrl: 'https://agents.example' })).toBe('red');
    expect(await of(dynamic, { ...here, host: '0.0.0.0' })).toBe('red');
  });
});

describe('the readiness of the configuration', () => {
  it('is red with every problem while what is stored cannot be applied', async () => {
    expect((await statusOf({})).item('configuration')?.state).toBe('green');
    const unapplied = ['policy sums:3: no attribute `total`'];
    const red = (await statusOf({ unapplied })).item('configuration');
    expect(red).toMatchObject({ state: 'red', why: expect.stringContaining('policy sums:3: no') });
  });

  it('is red when one gateway alone refuses it, and says which one, what and why', async () => {
    const refused = { number: 7, digest: 'd', problems: 1, first: ['policy sums:3: no `total`'] };
    const gateways = [
      { name: 'gateway-1', configuration: 7 },
      { name: 'gateway-2', configuration: 6, refused },
    ];
    expect((await statusOf({ gateways })).item('configuration')).toMatchObject({
      state: 'red',
      why: expect.stringContaining('gateway-2 refuses configuration 7: policy sums:3: no `total`'),
    });
    const taken = [{ name: 'gateway-1', configuration: 7 }];
    expect((await statusOf({ gateways: taken })).item('configuration')?.state).toBe('green');
  });
});

describe('the readiness of policy', () => {
  const doubt = { target: 'tool:billing/pay', rules: ['small', 'large'], policyDigest: 'd' };

  it('is red while two evaluators differ on any program, and names the rules [POL-21]', async () => {
    expect((await statusOf({})).item('policy')?.state).toBe('green');
    const gateways = [{ name: 'gateway-1' }, { name: 'gateway-2', policyDoubts: [doubt] }];
    const red = (await statusOf({ gateways })).item('policy');
    expect(red).toMatchObject({ state: 'red' });
    expect(red?.why).toMatch(/^gateway-2: .*tool:billing\/pay by small, large$/);
    const own = (await statusOf({ policy: { policyDoubts: [doubt] } })).item('policy');
    expect(own).toMatchObject({ state: 'red', why: expect.stringMatching(/^control: /) });
  });

  it('is red while nothing can be compared, and for whatever cannot be read', async () => {
    for (const said of [{ policyOracle: 'fails' }, { policyDoubts: [7] }, { policyDoubts: [{}] }]) {
      const gateways = [{ name: 'gateway-1', ...said }];
      expect((await statusOf({ gateways })).item('policy')?.state).toBe('red');
    }
  });

  it('names what is in force and not as its author may think', async () => {
    const warnings = ['policy sums:3: rule `x` is not compiled'];
    expect((await statusOf({ warnings })).item('policy')).toMatchObject({
      state: 'green',
      why: expect.stringContaining('rule `x` is not compiled'),
    });
  });
});

describe('the readiness of secrets', () => {
  it('is red while a server needs one that nobody put away, and names both', async () => {
    const server = toolServerKind.parse('crm', {
      connect: { url: 'http://127.0.0.1:1/' },
      credential: { secret: 'crm-token', header: 'authorization' },
    });
    if (server.kind === 'problems') throw new Error(JSON.stringify(server));
    const own = { servers: { crm: server.entry }, agents: {}, manifests: {}, secrets: {} };
    const without = { number: 1, digest: '', tenants: { main: own } } as unknown as Snapshot;
    const red = (await statusOf({ snapshot: without })).item('secrets');
    expect(red).toMatchObject({
      state: 'red',
      why: expect.stringMatching(/crm needs `crm-token`/),
    });
    const put = { ...own, secrets: { 'crm-token': {} } };
    const within = { ...without, tenants: { main: put } } as unknown as Snapshot;
    expect((await statusOf({ snapshot: within })).item('secrets')?.state).toBe('green');
  });

  it('is red for whatever names a secret, a model provider too', async () => {
    const model = modelKind.parse('tiny', {
      connect: { url: 'http://127.0.0.1:1/' },
      credential: { secret: 'tiny-key' },
      models: { small: {} },
    });
    if (model.kind === 'problems') throw new Error(JSON.stringify(model));
    const own = {
      servers: {},
      agents: {},
      manifests: {},
      secrets: {},
      providers: { tiny: model.entry },
    };
    const tenants = { main: own };
    const snapshot = { number: 1, digest: '', tenants } as unknown as Snapshot;
    const red = (await statusOf({ snapshot })).item('secrets');
    expect(red).toMatchObject({
      state: 'red',
      why: expect.stringContaining('Model tiny needs `tiny-key`'),
    });
  });
});

describe('what is in force', () => {
  it('is counted by what it is, not as one sum', async () => {
    for (const [id, why] of [
      ['1', 'stop'],
      ['2', 'suspend'],
      ['3', 'suspend'],
      ['4', 'quarantine'],
    ] as const) {
      const target = { kind: 'agent', tenant: 'main', agent: `worker-${id}` } as const;
      await store.overlay.add({ id, target, why, by: 'ann', reason: 'x', at: 0 });
    }
    const { overlay } = (await statusOf({})).status;
    expect(overlay).toMatchObject({
      entries: 4,
      by: { stops: 1, suspensions: 2, quarantines: 1, revocations: 0, effects: 0, tasks: 0 },
    });
  });
});

describe('the readiness of records', () => {
  it('is green when every writer took its last record', async () => {
    const well = { name: 'gateway-1', recordsHealthy: true };
    expect(await recordsOf(true, [well])).toMatchObject({ healthy: true, state: 'green' });
    expect(await recordsOf(true, [])).toMatchObject({ healthy: true, state: 'green' });
  });

  it('is as bad as the worst writer, and names it [AUD-01]', async () => {
    const gateways = [
      { name: 'gateway-1', recordsHealthy: true },
      { name: 'gateway-2', recordsHealthy: false },
    ];
    const one = await recordsOf(true, gateways);
    expect(one).toMatchObject({ healthy: false, state: 'red' });
    expect(one.why).toContain('gateway-2');
    expect(one.why).not.toContain('gateway-1');
    const both = await recordsOf(false, gateways);
    expect(both).toMatchObject({ healthy: false, state: 'red' });
    expect(both.why).toContain('control, gateway-2');
  });
});

describe('the readiness of phases', () => {
  function snapshotWith(phase: string, tools: JsonObject = {}): Snapshot {
    const spec = { connect: { url: 'http://127.0.0.1:1/' }, phase, tools };
    const server = toolServerKind.parse('crm', spec);
    if (server.kind === 'problems') throw new Error(JSON.stringify(server));
    const pins = { crm: { read: {}, merge: {} } };
    const own = {
      tenant: 'main',
      servers: { crm: server.entry },
      agents: {},
      manifests: {},
      secrets: {},
      pins,
    };
    return { number: 1, digest: '', tenants: { main: own } } as unknown as Snapshot;
  }
  const softened = (target: string, refuse: number, hold: number, tenant = 'main') => ({
    tenant,
    target,
    refuse,
    hold,
  });

  it('is amber for each tool that is not enforced, with what would have been stopped by all gateways [TOL-24]', async () => {
    const gateways = [
      {
        name: 'a',
        softened: [softened('tool:crm/merge', 2, 1), softened('tool:crm/read', 9, 9, 'other')],
      },
      { name: 'b', softened: [softened('tool:crm/merge', 1, 0), 'junk', { tenant: 'main' }] },
      { name: 'c', softened: 'junk' },
    ];
    const { item } = await statusOf({ snapshot: snapshotWith('observe'), gateways });
    expect(item('phases')).toEqual({
      item: 'phases',
      state: 'amber',
      why: 'not enforced yet: crm/merge (observe; 4 calls would have been stopped, 1 of them by asking a human), crm/read (observe)',
    });
  });

  it('names what is not enforced and no other, and is silent once all is', async () => {
    const one = snapshotWith('enforce', { merge: { effect: 'write', phase: 'warn' } });
    const { item } = await statusOf({ snapshot: one });
    expect(item('phases')?.why).toBe('not enforced yet: crm/merge (warn)');
    const all = await statusOf({ snapshot: snapshotWith('enforce') });
    expect(all.item('phases')).toBeUndefined();
  });
});

describe('how many gateways serve', () => {
  const item = async (said: Said) => (await statusOf(said)).item('gateways');
  const serving = { name: 'gateway-1', configuration: 3 };

  it('is red with how many of how many until all that should be there serve', async () => {
    expect(await item({})).toMatchObject({ state: 'red', why: '0 of 1 serve' });
    const starting = { name: 'gateway-2', configuration: 0 };
    expect(await item({ gateways: [serving, starting], wanted: 2 })).toMatchObject({
      state: 'red',
      why: '1 of 2 serve',
    });
    expect(await item({ gateways: [serving] })).toMatchObject({ state: 'green' });
  });
});

describe('a credential that was renewed by the folder of the keys', () => {
  it('is red with who, when and by which user', async () => {
    const login = { name: 'ann', uid: 1000, at: Date.UTC(2026, 10, 26) };
    const told = (await statusOf({ login })).item('sign-in');
    expect(told).toMatchObject({
      state: 'red',
      why: expect.stringMatching(/^ann got .* 2026-11-26T00:00:00\.000Z \(user id 1000\)/),
    });
    expect((await statusOf({})).item('sign-in')).toBeUndefined();
  });
});

describe('the readiness of exceptions', () => {
  const day = 86_400_000;
  const now = clock.now();

  function withException(until: number): Snapshot {
    const exception = {
      owner: 'ada',
      reason: 'migration',
      control: 'a view',
      until: new Date(until).toISOString(),
    };
    const spec = { connect: { url: 'http://127.0.0.1:1/' }, exceptions: { run_sql: exception } };
    const server = toolServerKind.parse('crm', spec);
    if (server.kind === 'problems') throw new Error(JSON.stringify(server));
    const own = {
      tenant: 'main',
      servers: { crm: server.entry },
      agents: {},
      manifests: {},
      secrets: {},
      pins: {},
    };
    return { number: 1, digest: '', tenants: { main: own } } as unknown as Snapshot;
  }
  const why = async (until: number) =>
    (await statusOf({ snapshot: withException(until) })).item('exceptions');

  it('names each that ends within `exceptionEndsSoonMs`, has ended, or is for longer than one may be [TOL-01]', async () => {
    expect(await why(now + limits.exceptionEndsSoonMs + day)).toBeUndefined();
    expect(await why(now + limits.exceptionEndsSoonMs)).toMatchObject({
      state: 'amber',
      why: expect.stringMatching(/^crm\/run_sql \(of ada\) ends \d{4}-\d\d-\d\d$/),
    });
    expect((await why(now - 1))?.why).toMatch(/ended .*: it is refused$/);
    expect(await why(now + limits.exceptionMs)).toBeUndefined();
    expect((await why(now + limits.exceptionMs + 1))?.why).toMatch(/later than an exception may/);
  });
});
