import type { SnapshotFeed, SnapshotListener } from '#contracts/snapshot-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import { type SqlDatabase, text } from './database.ts';
import { createFollower } from './follower.ts';
import { fromColumn, toColumn } from './json.ts';
import { liftSnapshot } from './lift-snapshot.ts';

type Published = 'snapshot' | 'roster';

const emptyRoster: Roster = { number: 0, instances: {} };

export function createSnapshotFeed(database: SqlDatabase): SnapshotFeed {
  return {
    async current() {
      const roster = (await newerRoster(database, -1)) ?? emptyRoster;
      return { snapshot: await newerSnapshot(database, -1), roster };
    },
    publish: (snapshot) => publish(database, 'snapshot', snapshot),
    publishRoster: (roster) => publish(database, 'roster', roster),
    subscribe: (listener) => subscribe(database, listener),
  };
}

async function publish(
  database: SqlDatabase,
  feed: Published,
  value: Snapshot | Roster,
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
      [feed, value.number, body],
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

async function newerSnapshot(database: SqlDatabase, than: number): Promise<Snapshot | undefined> {
  const newer = (await readNewer(database, 'snapshot', than)) as Snapshot | undefined;
  return newer === undefined ? undefined : liftSnapshot(newer);
}

async function newerRoster(database: SqlDatabase, than: number): Promise<Roster | undefined> {
  return (await readNewer(database, 'roster', than)) as Roster | undefined;
}

function subscribe(database: SqlDatabase, listener: SnapshotListener): () => void {
  let snapshotNumber = -1;
  let rosterNumber = -1;
  const snapshots = createFollower(async (live) => {
    const snapshot = await newerSnapshot(database, snapshotNumber);
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
