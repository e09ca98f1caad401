import type { SnapshotFeed, SnapshotListener } from '#contracts/snapshot-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Roster, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { type ColumnSeal, sealedOrGone } from './column-seal.ts';
import { type SqlDatabase, text } from './database.ts';
import { createFollower } from './follower.ts';
import { fromColumn, toColumn } from './json.ts';
import { liftSnapshot } from './lift-snapshot.ts';

type Published = 'snapshot' | 'roster';

const emptyRoster: Roster = { number: 0, instances: {} };

/** What a Snapshot says of a tenant is sealed by itself, where tenants have keys. */
export function createSnapshotFeed(database: SqlDatabase, seal?: ColumnSeal): SnapshotFeed {
  return {
    async current() {
      const roster = (await newerRoster(database, -1)) ?? emptyRoster;
      return { snapshot: await newerSnapshot(database, seal, -1), roster };
    },
    publish: (snapshot) => publish(database, 'snapshot', snapshot, seal),
    publishRoster: (roster) => publish(database, 'roster', roster),
    subscribe: (listener) => subscribe(database, seal, listener),
  };
}

type StoredSnapshot = Omit<Snapshot, 'tenants'> & {
  readonly tenants: Readonly<Record<string, TenantSnapshot | string>>;
};

function sealedBody(snapshot: Snapshot, plain: string, seal: ColumnSeal | undefined): string {
  if (seal === undefined) return plain;
  const tenants = Object.entries(snapshot.tenants).map(
    ([name, one]) => [name, seal.seal(name, toColumn(one))] as const,
  );
  return toColumn({ ...snapshot, tenants: Object.fromEntries(tenants) });
}

/** What an earlier version published: nothing need be published anew, so it would stand there in plain. */
export async function sealPublished(database: SqlDatabase, seal: ColumnSeal): Promise<void> {
  await database.system(async (tx) => {
    const rows = await tx.all(`SELECT body FROM published WHERE feed = 'snapshot'`, []);
    if (rows[0] === undefined) return;
    const stored = fromColumn(text(rows[0], 'body')) as StoredSnapshot;
    const known = Object.entries(stored.tenants);
    if (known.every(([, one]) => typeof one === 'string')) return;
    const tenants = known.map(([name, one]) => [
      name,
      typeof one === 'string' ? one : sealedOrGone(seal, name, toColumn(one)),
    ]);
    const body = toColumn({ ...stored, tenants: Object.fromEntries(tenants) });
    await tx.run(`UPDATE published SET body = $1 WHERE feed = 'snapshot'`, [body]);
  });
}

/** A tenant whose key was destroyed is in no Snapshot any more. */
function openedBody(stored: StoredSnapshot, seal: ColumnSeal | undefined): Snapshot {
  const tenants: Record<string, TenantSnapshot> = Object.create(null);
  for (const [name, one] of Object.entries(stored.tenants)) {
    const plain = typeof one === 'string' ? seal?.open(name, one) : undefined;
    if (typeof one !== 'string') tenants[name] = one;
    else if (plain !== undefined) tenants[name] = fromColumn(plain) as TenantSnapshot;
  }
  return { ...stored, tenants };
}

async function publish(
  database: SqlDatabase,
  feed: Published,
  value: Snapshot | Roster,
  seal?: ColumnSeal,
): Promise<void> {
  const body = toColumn(value);
  // What no gateway could receive must not become what is current.
  if (Buffer.byteLength(body) > limits.statePortMessageBytes - 1_024) {
    throw new BailiwickError('json/too-large', { message: `the ${feed} is too large` });
  }
  const written = await database.system((tx) =>
    tx.run(
      `INSERT INTO published (feed, number, body) VALUES ($1, $2, $3)
        ON CONFLICT (feed) DO UPDATE SET number = $2, body = $3 WHERE published.number < $2`,
      [feed, value.number, 'tenants' in value ? sealedBody(value, body, seal) : body],
    ),
  );
  if (written === 0) {
    throw new BailiwickError('store/conflict', { message: `a newer ${feed} is out` });
  }
  await database.notify(feed);
}

/** The body is read and parsed only when it is newer than what the reader has. */
async function readNewer(database: SqlDatabase, feed: Published, than: number): Promise<unknown> {
  const rows = await database.system((tx) =>
    tx.all('SELECT body FROM published WHERE feed = $1 AND number > $2', [feed, than]),
  );
  return rows[0] === undefined ? undefined : fromColumn(text(rows[0], 'body'));
}

async function newerSnapshot(
  database: SqlDatabase,
  seal: ColumnSeal | undefined,
  than: number,
): Promise<Snapshot | undefined> {
  const newer = (await readNewer(database, 'snapshot', than)) as StoredSnapshot | undefined;
  return newer === undefined ? undefined : liftSnapshot(openedBody(newer, seal));
}

async function newerRoster(database: SqlDatabase, than: number): Promise<Roster | undefined> {
  return (await readNewer(database, 'roster', than)) as Roster | undefined;
}

function subscribe(
  database: SqlDatabase,
  seal: ColumnSeal | undefined,
  listener: SnapshotListener,
): () => void {
  let snapshotNumber = -1;
  let rosterNumber = -1;
  const snapshots = createFollower(async (live) => {
    const snapshot = await newerSnapshot(database, seal, snapshotNumber);
    if (snapshot === undefined || !live()) return;
    snapshotNumber = snapshot.number;
    listener.snapshot(snapshot);
  });
  const rosters = createFollower(async (live) => {
    const newer = await newerRoster(database, rosterNumber);
    const roster = newer ?? (rosterNumber < 0 ? emptyRoster : undefined);
    if (roster === undefined || !live()) return;
    rosterNumber = roster.number;
    listener.roster(roster);
  });
  const stopHearing = database.onNotify(async (feed) => {
    if (feed === 'snapshot') await snapshots.look();
    if (feed === 'roster') await rosters.look();
  });
  void snapshots.look();
  void rosters.look();
  return () => {
    stopHearing();
    snapshots.stop();
    rosters.stop();
  };
}
