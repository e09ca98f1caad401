import type { OverlayFeed, OverlayListener } from '#contracts/overlay-feed.ts';
import type { SnapshotFeed, SnapshotListener } from '#contracts/snapshot-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import type { Roster, Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import {
  number,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';

const emptyRoster: Roster = { number: 0, instances: {} };

export function createSnapshotFeed(database: SqlDatabase): SnapshotFeed {
  const read = async <T>(feed: 'snapshot' | 'roster'): Promise<T | undefined> => {
    const rows = await database.system((tx) =>
      tx.all('SELECT body FROM published WHERE feed = $1', [feed]),
    );
    return rows[0] === undefined ? undefined : fromColumn<T>(text(rows[0], 'body'));
  };
  const publish = async (feed: 'snapshot' | 'roster', value: Snapshot | Roster): Promise<void> => {
    const written = await database.system((tx) =>
      tx.run(
        `INSERT INTO published (feed, number, body) VALUES ($1, $2, $3)
          ON CONFLICT (feed) DO UPDATE SET number = $2, body = $3 WHERE published.number < $2`,
        [feed, value.number, toColumn(value)],
      ),
    );
    if (written === 0)
      throw new BailiwickError('store/conflict', { message: `a newer ${feed} is out` });
    await database.notify(feed);
  };
  const tell = async (listener: SnapshotListener, feed: 'snapshot' | 'roster'): Promise<void> => {
    if (feed === 'snapshot') {
      const snapshot = await read<Snapshot>('snapshot');
      if (snapshot !== undefined) listener.snapshot(snapshot);
    } else {
      listener.roster((await read<Roster>('roster')) ?? emptyRoster);
    }
  };
  return {
    async current() {
      const roster = (await read<Roster>('roster')) ?? emptyRoster;
      return { snapshot: await read<Snapshot>('snapshot'), roster };
    },
    publish: (snapshot) => publish('snapshot', snapshot),
    publishRoster: (roster) => publish('roster', roster),
    subscribe(listener) {
      const hear = (feed: 'snapshot' | 'roster'): void => {
        // What cannot be read now is read at the next change; the listener keeps what it has.
        tell(listener, feed).catch(() => undefined);
      };
      hear('snapshot');
      hear('roster');
      return database.onNotify((feed) => {
        if (feed !== 'overlay') hear(feed);
      });
    },
  };
}

export function createOverlayFeed(database: SqlDatabase, clock: Clock): OverlayFeed {
  const current = () => database.system(readOverlay);
  return {
    current,
    async add(entry) {
      const overlay = await database.system(async (tx) => {
        const next = await nextNumber(tx);
        await tx.run(
          `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, digest, position)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (target, why) DO UPDATE SET
            id = $1, set_by = $4, reason = $5, set_at = $6, digest = $7`,
          [
            entry.id,
            toColumn(entry.target),
            entry.why,
            entry.by,
            entry.reason,
            entry.at,
            entry.digest ?? null,
            next,
          ],
        );
        return readOverlay(tx);
      });
      await database.notify('overlay');
      return overlay;
    },
    async release(ids) {
      const overlay = await database.system(async (tx) => {
        await nextNumber(tx);
        for (const id of ids) await tx.run('DELETE FROM overlay_entries WHERE id = $1', [id]);
        return readOverlay(tx);
      });
      await database.notify('overlay');
      return overlay;
    },
    subscribe: (listener) => subscribeOverlay(database, clock, current, listener),
  };
}

function subscribeOverlay(
  database: SqlDatabase,
  clock: Clock,
  current: () => Promise<Overlay>,
  listener: OverlayListener,
): () => void {
  const hear = async (): Promise<void> => {
    // INVARIANT: the time is taken before the read, so that it never claims more than was seen.
    const asked = clock.monotonic();
    try {
      listener.overlay(await current(), asked);
    } catch {
      // Nothing is confirmed; the stop lease runs.
    }
  };
  void hear();
  const beat = setInterval(() => void hear(), limits.heartbeatMs);
  const stop = database.onNotify((feed) => {
    if (feed === 'overlay') void hear();
  });
  return () => {
    clearInterval(beat);
    stop();
  };
}

/** Numbers only grow and none is used twice, whatever is taken out. */
async function nextNumber(tx: SqlTransaction): Promise<number> {
  const rows = await tx.all(
    `INSERT INTO meta (name, value) VALUES ('overlay', '1') ON CONFLICT (name)
      DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
      RETURNING CAST(value AS BIGINT) AS n`,
    [],
  );
  return Number(rows[0]?.['n'] ?? 0);
}

async function readOverlay(tx: SqlTransaction): Promise<Overlay> {
  const meta = await tx.all(
    `SELECT CAST(value AS BIGINT) AS n FROM meta WHERE name = 'overlay'`,
    [],
  );
  const rows = await tx.all('SELECT * FROM overlay_entries ORDER BY position, id', []);
  return { number: Number(meta[0]?.['n'] ?? 0), entries: rows.map(toEntry) };
}

function toEntry(row: SqlRow): OverlayEntry {
  const digest = optionalText(row, 'digest');
  return {
    id: text(row, 'id'),
    target: fromColumn(text(row, 'target')),
    why: text(row, 'why') as OverlayEntry['why'],
    by: text(row, 'set_by'),
    reason: text(row, 'reason'),
    at: number(row, 'set_at'),
    ...(digest === undefined ? {} : { digest }),
  };
}
