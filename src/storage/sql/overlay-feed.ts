import type { OverlayFeed, OverlayListener } from '#contracts/overlay-feed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Clock } from '#kernel/time.ts';
import type { SqlDatabase, SqlTransaction } from './database.ts';
import { createFollower } from './follower.ts';
import { notifyPut, putDrafts } from './outbox.ts';
import { nextNumber, readOverlay, writeEntry } from './overlay-rows.ts';

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
 * A server that drifts in every tool must not swell the list without end; a person always may stop. INVARIANT:
 * what else is in the list, such as withdrawn tokens, takes no room of what shuts a tool.
 */
async function checkRoom(tx: SqlTransaction, entry: OverlayEntry): Promise<void> {
  if (entry.why !== 'quarantine') return;
  const rows = await tx.all(
    `SELECT COUNT(*) AS n FROM overlay_entries WHERE why = 'quarantine'`,
    [],
  );
  if (Number(rows[0]?.['n'] ?? 0) < limits.overlayEntries) return;
  throw new BailiwickError('store/conflict', {
    message: 'the overlay holds as many quarantines as it may',
    suggestedAction: 'stop the whole server instead, then release what is not needed any more',
  });
}
