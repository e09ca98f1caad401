import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeStatus } from '#api/index.ts';
import type { Store } from '#contracts/store.ts';
import {
  createConfigurations,
  createModelConnections,
  createState,
  followFeeds,
  type ServerStates,
  type Upstreams,
} from '#gateway/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { systemClock } from '#kernel/time.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { createCallCounts, createSoftenedBook } from '#planes/monitoring/index.ts';
import { createShadowBook, type PolicyGate, type PolicyView } from '#planes/policy/index.ts';
import { connectStatePort, serveStatePort, type StatePortServer } from '#storage/socket/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeLog } from '../../../test/fakes/fake-log.ts';
import { gatewayHealth } from './health.ts';

let folder: string;
let store: Store;
let port: StatePortServer;
let closers: (() => unknown)[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refused-'));
  store = await openSqliteStore({ folder, clock: systemClock });
  const path = join(folder, 's');
  port = await serveStatePort({ path, store, onGateway: () => undefined });
  closers = [];
});

afterEach(async () => {
  for (const close of closers.toReversed()) await close();
  await port.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function snapshot(number: number): Snapshot {
  const tokens = { issuer: 'i', audience: 'a', keys: [] };
  return { number, digest: `d${number}`, createdAt: 0, epoch: 1, tenants: {}, tokens };
}

function gatewayOf(writer: string, refuses: readonly number[]) {
  // Of its view nothing but its shadows is asked.
  const view = { shadowDigest: () => undefined } as unknown as PolicyView;
  const part: PolicyGate = {
    name: 'picky',
    health: () => ({ oracleAnswers: true, doubts: [] }),
    compile: ({ number }) =>
      refuses.includes(number)
        ? { kind: 'refused', problems: [{ message: `this machine cannot hold ${number}` }] }
        : { kind: 'compiled', view },
  };
  const control = createState({ standing: createStanding(), stopLeaseMs: 5_000, writer });
  const configurations = createConfigurations([part]);
  const recorder = new FakeLog(systemClock);
  const health = gatewayHealth(recorder);
  health.of({
    configurations,
    policy: part,
    softened: createSoftenedBook(),
    shadows: createShadowBook(systemClock),
    counts: createCallCounts(),
  });
  const connected = connectStatePort({
    path: join(folder, 's'),
    name: writer,
    health: health.tell,
  });
  const progress: number[] = [];
  const upstreams = { adopt: () => undefined } as unknown as Upstreams;
  const modelConnections = createModelConnections([]);
  const { state } = control;
  const serverStates = { adopt: () => undefined } as unknown as ServerStates;
  const parts = {
    control,
    state,
    configurations,
    recorder,
    upstreams,
    serverStates,
    modelConnections,
  };
  const feeds = followFeeds(parts, connected, {
    tenant: 'main',
    servers: () => undefined,
    refused: ({ number }) => progress.push(number),
    settled: () => connected.tellNow(),
  });
  closers.push(
    () => connected.close(),
    () => feeds.stop(),
  );
  return { state: control.state, recorder, progress };
}

async function configurationItem(): Promise<JsonObject | undefined> {
  const status = await describeStatus({
    clock: systemClock,
    store,
    keyring: new FakeKeyring(),
    putBack: () => [],
    missingLogs: () => [],
    clockJump: () => undefined,
    holdsDiffer: () => [],
    rightsDiffer: () => [],
    stopsDiffer: () => [],
    acceptedLosses: () => 0,
    exports: () => ({ sinks: [], silentMs: 0 }),
    index: () => ({ fault: undefined, behind: 0, behindMs: 0, silentMs: 0 }),
    space: () => ({ freeBytes: 9e9, totalBytes: 1e10, level: 'enough' }),
    anchors: () => ({ places: [], logs: [], problems: [], faults: [], skewMs: 0 }),
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
    gatewaysWanted: 1,
    places: [],
    recentLogin: () => undefined,
    owners: () => ({ isConnected: false, orphans: [] }),
    failing: () => [],
    unapplied: () => [],
    policy: { health: {}, warnings: [] },
    recorder: new FakeLog(systemClock),
    settings: { tenant: 'main', version: '0' },
    privateRuntime: false,
    tenant: 'main',
    snapshot: undefined,
    kinds: [],
    servers: [],
    gateways: () => port.health(),
  });
  const readiness = status['readiness'] as unknown as readonly JsonObject[];
  return readiness.find(({ item }) => item === 'configuration');
}

const soon = { timeout: 15_000, interval: 50 };

describe('a Snapshot that one gateway alone refuses', () => {
  it('is red with its name and number, on record there, and the last one stays in force there', async () => {
    await store.snapshots.publish(snapshot(1));
    const one = gatewayOf('gateway-1', []);
    const two = gatewayOf('gateway-2', [2]);
    const inForce = () => [one, two].map(({ state }) => state.configuration?.number);
    await vi.waitFor(() => expect(inForce()).toEqual([1, 1]), soon);
    expect(await configurationItem()).toMatchObject({ state: 'green' });
    await store.snapshots.publish(snapshot(2));
    await vi.waitFor(async () => {
      expect(await configurationItem()).toMatchObject({
        state: 'red',
        why: expect.stringMatching(
          /gateway-2 refuses configuration 2: this machine cannot hold 2$/,
        ),
      });
    }, soon);
    expect(inForce()).toEqual([2, 1]);
    expect(two.progress).toEqual([2]);
    expect(one.recorder.drafts).toEqual([]);
    expect(two.recorder.drafts).toMatchObject([
      {
        type: 'config.refused',
        tenant: 'main',
        actors: [{ kind: 'system', name: 'gateway-2' }],
        details: { number: 2, digest: 'd2', problems: 1, first: ['this machine cannot hold 2'] },
      },
    ]);
    await store.snapshots.publish(snapshot(3));
    await vi.waitFor(async () => {
      expect(inForce()).toEqual([3, 3]);
      expect(await configurationItem()).toMatchObject({ state: 'green' });
    }, soon);
  }, 40_000);
});
