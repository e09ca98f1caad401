import type { OverlayFeed, OverlayListener } from '#contracts/overlay-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Overlay, OverlayEntry, OverlayTarget } from '#kernel/overlay.ts';
import type { Clock } from '#kernel/time.ts';
import {
  number,
  optionalText,
  type SqlDatabase,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { createFollower } from './follower.ts';
import { fromColumn, toColumn } from './json.ts';
import { notifyPut, putDrafts } from './outbox.ts';

export function createOverlayFeed(database: SqlDatabase, clock: Clock): OverlayFeed {
  return {
    current: () => database.system(readOverlay),
    async add(entry, also = []) {
      const overlay = await database.system(async (tx) => {
        const next = await nextNumber(tx);
        await checkRoom(tx, entry);
        await writeEntry(tx, entry, next);
        await putDrafts(tx, 'system_outbox', also);
        return readOverlay(tx);
      });
      await database.notify('overlay');
      await notifyPut(database, also);
      return overlay;
    },
    async release(ids, also = []) {
      const overlay = await database.system(async (tx) => {
        await nextNumber(tx);
        for (const id of ids) await tx.run('DELETE FROM overlay_entries WHERE id = $1', [id]);
        await putDrafts(tx, 'system_outbox', also);
        return readOverlay(tx);
      });
      await database.notify('overlay');
      await notifyPut(database, also);
      return overlay;
    },
    subscribe: (listener) => subscribe(database, clock, listener),
  };
}

function subscribe(database: SqlDatabase, clock: Clock, listener: OverlayListener): () => void {
  const follower = createFollower(async (live) => {
    // INVARIANT: the time is taken before the read, so that it never claims more than was seen.
    const asked = clock.monotonic();
    const overlay = await database.system(readOverlay);
    if (live()) listener.overlay(overlay, asked);
  });
  const beat = setInterval(() => void follower.look(), limits.heartbeatMs);
  // It keeps no process alive by itself.
  beat.unref();
  const stopHearing = database.onNotify(async (feed) => {
    if (feed === 'overlay') await follower.look();
  });
  void follower.look();
  return () => {
    clearInterval(beat);
    stopHearing();
    follower.stop();
  };
}

/**
 * Numbers only grow and none is used twice, whatever is taken out. The row of the number is held
 * until the end of the transaction: changes of the overlay happen one after the other.
 */
async function nextNumber(tx: SqlTransaction): Promise<number> {
  const rows = await tx.all(
    `INSERT INTO meta (name, value) VALUES ('overlay', '1') ON CONFLICT (name)
      DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
      RETURNING CAST(value AS BIGINT) AS n`,
    [],
  );
  return Number(rows[0]?.['n'] ?? 0);
}

/** A server that drifts in every tool must not swell the list without end; a person always may stop. */
async function checkRoom(tx: SqlTransaction, entry: OverlayEntry): Promise<void> {
  if (entry.why !== 'quarantine') return;
  const rows = await tx.all('SELECT COUNT(*) AS n FROM overlay_entries', []);
  if (Number(rows[0]?.['n'] ?? 0) < limits.overlayEntries) return;
  throw new BailiwickError('store/conflict', {
    message: 'the overlay holds as many entries as it may',
    suggestedAction: 'stop the whole server instead, then release what is not needed any more',
  });
}

async function writeEntry(tx: SqlTransaction, entry: OverlayEntry, at: number): Promise<void> {
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
      at,
    ],
  );
}

/** One statement, so that the number and the entries are of one moment. */
async function readOverlay(tx: SqlTransaction): Promise<Overlay> {
  const rows = await tx.all(
    `SELECT CAST(meta.value AS BIGINT) AS n, overlay_entries.* FROM meta
      LEFT JOIN overlay_entries ON 1 = 1 WHERE meta.name = 'overlay' ORDER BY position, id`,
    [],
  );
  const first = rows[0];
  if (first === undefined) return { number: 0, entries: [] };
  const entries = rows.filter((row) => row['id'] !== null).map(toEntry);
  return { number: number(first, 'n'), entries };
}

function toEntry(row: SqlRow): OverlayEntry {
  const digest = optionalText(row, 'digest');
  return {
    id: text(row, 'id'),
    target: fromColumn(text(row, 'target')) as OverlayTarget,
    why: text(row, 'why') as OverlayEntry['why'],
    by: text(row, 'set_by'),
    reason: text(row, 'reason'),
    at: number(row, 'set_at'),
    ...(digest === undefined ? {} : { digest }),
  };
}
