import { Client } from 'pg';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginTask, raiseIn } from '#contracts/begin-task.suite.ts';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import { someSnapshot } from '#contracts/snapshot-feed.suite.ts';
import { eventually } from '#contracts/store-under-test.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { startPostgres, type TestDatabase } from '../../../test/postgres/harness.ts';
import { openPostgresStore } from './index.ts';

const postgres = await startPostgres();
const clock = new ManualClock();

/** A wire to the server that can stand still with every connection open. */
async function openLine(serverPort: number) {
  const sockets = new Set<Socket>();
  let frozen = false;
  const proxy = createServer((near) => {
    const far = createConnection(serverPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (frozen) from.pause();
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

afterAll(async () => {
  if (postgres.kind === 'started') await postgres.server.stop();
});

describe.skipIf(postgres.kind === 'unavailable')('several nodes on one PostgreSQL', () => {
  let database: TestDatabase;
  let one: Store;
  let two: Store;

  beforeEach(async () => {
    if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
    database = await postgres.server.createDatabase();
    one = await openPostgresStore({ ...database, clock });
    two = await openPostgresStore({ connection: database.connection, clock });
  });
  afterEach(async () => {
    await one.close();
    await two.close();
    await database.drop();
  });

  async function breakConnections(): Promise<void> {
    const admin = new Client({ connectionString: database.adminConnection });
    await admin.connect();
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bailiwick_app'`,
    );
    await admin.end();
  }

  it('spend a grant once between them [APR-06]', async () => {
    const asked = await one.grants.request(approvalRequest({ tenant: 'main', now: clock.now() }));
    const { id, callDigest } = asked;
    await two.grants.decide({
      tenant: 'main',
      id,
      verdict: 'approve',
      by: 'ann',
      reason: 'yes',
      now: clock.now(),
      grantExpiresAt: clock.now() + 1_000,
    });
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? one : two).grants.consume({
          tenant: 'main',
          id,
          callDigest,
          by: `node ${i}`,
          now: clock.now(),
        }),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'consumed')).toHaveLength(1);
  });

  it('never reserve more than the limit between them [APR-07]', async () => {
    const taken = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? one : two).reservations.reserve({
          tenant: 'main',
          key: 'k',
          amount: 3,
          period: 'p',
          limit: 20,
          now: clock.now(),
          expiresAt: clock.now() + 1_000,
        }),
      ),
    );
    expect(taken.filter((reservation) => reservation !== undefined)).toHaveLength(6);
    expect(await two.reservations.used('main', 'k', 'p')).toBe(18);
  });

  it('hear of each other`s stops within a second, and of Snapshots [MON-17]', async () => {
    const overlays: number[] = [];
    const snapshots: number[] = [];
    const stopOverlay = two.overlay.subscribe({ overlay: ({ number }) => overlays.push(number) });
    const stopSnapshots = two.snapshots.subscribe({
      snapshot: ({ number }) => snapshots.push(number),
      roster: () => undefined,
    });
    await eventually(() => overlays.length > 0);
    const asked = performance.now();
    const { number } = await one.overlay.add({
      id: 'stop',
      target: { kind: 'all' },
      why: 'stop',
      by: 'ann',
      reason: 'now',
      at: 1,
    });
    await eventually(() => overlays.includes(number));
    expect(performance.now() - asked).toBeLessThan(1_000);
    await one.snapshots.publish(someSnapshot(1));
    await eventually(() => snapshots.includes(1));
    stopOverlay();
    stopSnapshots();
  });

  it('go on after every connection was cut, and miss nothing that happened meanwhile', async () => {
    const snapshots: number[] = [];
    const stop = two.snapshots.subscribe({
      snapshot: ({ number }) => snapshots.push(number),
      roster: () => undefined,
    });
    await one.snapshots.publish(someSnapshot(1));
    await eventually(() => snapshots.includes(1));
    await breakConnections();
    // What was under way may fail; it says so, and the next one is served.
    await eventually(() =>
      one.snapshots.publish(someSnapshot(2)).then(
        () => true,
        (fault: { code: string }) => {
          expect(fault.code).toBe('store/unavailable');
          return false;
        },
      ),
    );
    await eventually(() => snapshots.includes(2));
    expect(snapshots).toEqual([1, 2]);
    stop();
  });

  it('tell a caller of a server that stands still that the store is away, and recover', async () => {
    const line = await openLine(Number(new URL(database.connection).port));
    const through = new URL(database.connection);
    through.port = String(line.port);
    const store = await openPostgresStore({ connection: through.href, clock });
    await raiseIn(store, 'main', 's', ['integrity:untrusted']);
    line.freeze();
    await expect(store.labels.read('main', 's')).rejects.toMatchObject({
      code: 'store/unavailable',
    });
    line.thaw();
    await eventually(() =>
      store.labels.read('main', 's').then(
        ({ labels }) => labels.length === 1,
        () => false,
      ),
    );
    await store.close();
    await line.close();
  });

  it('tell a caller whose transaction was cut that the store is away, and keep nothing of it', async () => {
    await beginTask(one, { tenant: 'main', id: 's' });
    const admin = new Client({
      connectionString: database.adminConnection,
      options: '-c search_path=bailiwick',
    });
    await admin.connect();
    await admin.query('BEGIN');
    await admin.query('LOCK TABLE task_labels IN ACCESS EXCLUSIVE MODE');
    const raised = one.labels.raise(
      'main',
      { task: 's', session: 's' },
      ['integrity:untrusted'],
      'x',
    );
    const told = expect(raised).rejects.toMatchObject({ code: 'store/unavailable' });
    await eventually(async () => {
      const { rows } = await admin.query<{ n: number }>(
        `SELECT COUNT(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      );
      return (rows[0]?.n ?? 0) > 0;
    });
    await breakConnections();
    await told;
    await admin.query('ROLLBACK');
    await admin.end();
    expect((await one.labels.read('main', 's')).labels).toEqual([]);
  });
});
