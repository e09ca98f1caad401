import { liftOverlayTarget } from '#kernel/lift-overlay.ts';
import { type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';

/**
 * What is in force from before there were targets is written down as it is read today, so that the
 * same stop is one entry. INVARIANT: nothing leaves the overlay by it: reading lifts every entry all
 * the same, also one that a version before goes on to write.
 */
export async function liftOverlay(database: SqlDatabase): Promise<void> {
  await database.system(async (tx) => {
    const rows = await tx.all(
      'SELECT id, target, why FROM overlay_entries ORDER BY position, id',
      [],
    );
    for (const row of rows) {
      const stored = text(row, 'target');
      const lifted = toColumn(liftOverlayTarget(fromColumn(stored)));
      if (lifted !== stored) await rewrite(tx, text(row, 'id'), lifted, text(row, 'why'));
    }
  });
}

/** Where the same stands there already, the older one has nothing more to say. */
async function rewrite(tx: SqlTransaction, id: string, target: string, why: string): Promise<void> {
  const same = await tx.all('SELECT id FROM overlay_entries WHERE target = $1 AND why = $2', [
    target,
    why,
  ]);
  if (same.length > 0) await tx.run('DELETE FROM overlay_entries WHERE id = $1', [id]);
  else await tx.run('UPDATE overlay_entries SET target = $2 WHERE id = $1', [id, target]);
}
