import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeStatus } from '#api/index.ts';
import { signedSnapshot, snapshotKey } from '#contracts/signed-snapshot.ts';
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
import { ownSnapshots } from './own-snapshots.ts';

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

async function gatewayOf(writer: string, refuses: readonly number[], keyring?: FakeKeyring) {
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
  const own = keyring ? await ownSnapshots({ keyring, tenant: 'main' }) : () => undefined;
  const configurations = createConfigurations([part], own);
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
    overrides: () => [],
    stopsDiffer: () => [],
    acceptedLosses: () => 0,
    exports: () => ({ sinks: [], silentMs: 0 }),
    index: () => ({ fault: undefined, behind: 0, behindMs: 0, silentMs: 0 }),
    space: () => ({ freeBytes: 9e9, totalBytes: 1e10, level: 'enough' }),
    evidence: () => ({ packs: [], problems: [] }),
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
    const one = await gatewayOf('gateway-1', []);
    const two = await gatewayOf('gateway-2', [2]);
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

describe('a Snapshot over the state port that control did not sign for this gateway', () => {
  const ofMain = (number: number, tenant = 'main'): Snapshot => {
    const entry = {
      tenant,
      agents: {},
      manifests: {},
      servers: {},
      policies: [],
      secrets: {},
      pins: {},
    };
    return { ...snapshot(number), tenants: { [tenant]: entry } };
  };

  it('unsigned, edited, by another key or of another tenant, is refused and red, and the last one stays in force [POL-06]', async () => {
    const keyring = new FakeKeyring();
    const control = await keyring.signer(snapshotKey);
    const stranger = await new FakeKeyring().signer(snapshotKey);
    const otherUse = await keyring.signer('log');
    const signed = (one: Snapshot) => signedSnapshot(control, one);
    const edited = { ...signed(ofMain(4)), epoch: 7 };
    const judged = signed(ofMain(5));
    const main = {
      ...judged.tenants['main'],
      judgedPolicies: 'permit(principal, action, resource);',
    };
    const forged: readonly (readonly [Snapshot, RegExp])[] = [
      [ofMain(2), /is not signed/],
      [{ ...ofMain(3), signature: 'AAAA' }, /changed after/],
      [edited, /changed after/],
      // What control made of its policies stands in no digest, and is signed all the same.
      [{ ...judged, tenants: { main } } as Snapshot, /changed after/],
      [{ ...signed(ofMain(1)), number: 6 }, /changed after/],
      [signedSnapshot(stranger, ofMain(7)), /changed after/],
      [signedSnapshot(otherUse, ofMain(8)), /changed after/],
      [signed(ofMain(9, 'other')), /of another tenant than `main`/],
    ];
    await store.snapshots.publish(signed(ofMain(1)));
    const one = await gatewayOf('gateway-1', [], keyring);
    await vi.waitFor(() => expect(one.state.configuration?.number).toBe(1), soon);
    for (const [snapshotOf, why] of forged) {
      await store.snapshots.publish(snapshotOf);
      await vi.waitFor(async () => {
        expect(await configurationItem()).toMatchObject({
          state: 'red',
          why: expect.stringMatching(why),
        });
        expect(one.progress.at(-1)).toBe(snapshotOf.number);
      }, soon);
      expect(one.state.configuration?.number).toBe(1);
    }
    expect(one.recorder.drafts.map(({ type }) => type)).toEqual(forged.map(() => 'config.refused'));
    await store.snapshots.publish(signed(ofMain(10)));
    await vi.waitFor(async () => {
      expect(one.state.configuration?.number).toBe(10);
      expect(await configurationItem()).toMatchObject({ state: 'green' });
    }, soon);
  }, 60_000);

  it('an older one, however well it is signed, is in force no more [POL-06]', async () => {
    const keyring = new FakeKeyring();
    const control = await keyring.signer(snapshotKey);
    const configurations = createConfigurations(
      [],
      await ownSnapshots({ keyring, tenant: 'main' }),
    );
    const inForce: number[] = [];
    configurations.follow({
      expected: () => undefined,
      inForce: ({ number }) => void inForce.push(number),
      refused: () => undefined,
    });
    for (const number of [3, 2, 1, 3]) configurations.take(signedSnapshot(control, ofMain(number)));
    await vi.waitFor(() => expect(inForce).toEqual([3]), soon);
    configurations.take(signedSnapshot(control, ofMain(4)));
    await vi.waitFor(() => expect(inForce).toEqual([3, 4]), soon);
  });

  it('and what is refused so is not tried again with what is in force [POL-06]', async () => {
    const keyring = new FakeKeyring();
    const control = await keyring.signer(snapshotKey);
    const configurations = createConfigurations(
      [],
      await ownSnapshots({ keyring, tenant: 'main' }),
    );
    configurations.take(signedSnapshot(control, ofMain(1)));
    await vi.waitFor(() => expect(configurations.current?.number).toBe(1), soon);
    configurations.take(ofMain(2));
    expect(configurations.refused).toMatchObject({ number: 2 });
    configurations.again();
    await new Promise((resolve) => setImmediate(resolve));
    expect(configurations.refused).toMatchObject({ number: 2 });
  });
});
