import { liftOverlayTarget } from '#kernel/lift-overlay.ts';
import type { Overlay, OverlayEntry } from '#kernel/overlay.ts';
import {
  number,
  optionalNumber,
  optionalText,
  type SqlRow,
  type SqlTransaction,
  text,
} from './database.ts';
import { fromColumn, toColumn } from './json.ts';

/**
 * Numbers only grow and none is used twice, whatever is taken out. The row of the number is held
 * until the end of the transaction: changes of the overlay happen one after the other.
 */
export async function nextNumber(tx: SqlTransaction): Promise<number> {
  const rows = await tx.all(
    `INSERT INTO meta (name, value) VALUES ('overlay', '1') ON CONFLICT (name)
      DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)
      RETURNING CAST(value AS BIGINT) AS n`,
    [],
  );
  return Number(rows[0]?.['n'] ?? 0);
}

export async function writeEntry(
  tx: SqlTransaction,
  entry: OverlayEntry,
  at: number,
): Promise<void> {
  await tx.run(
    `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, digest, position,
      ref, leaves_at, task) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (target, why) DO UPDATE SET
      id = $1, set_by = $4, reason = $5, set_at = $6, digest = $7,
      ref = $9, leaves_at = $10`,
    [
      entry.id,
      toColumn(entry.target),
      entry.why,
      entry.by,
      entry.reason,
      entry.at,
      entry.digest ?? null,
      at,
      entry.ref ?? null,
      entry.until ?? null,
      taskOf(entry),
    ],
  );
}

/** Of what is about one task; a person's stops and quarantines are not. */
function taskOf({ target }: OverlayEntry): string | null {
  return 'task' in target ? `${target.tenant}/${target.task}` : null;
}

/** One statement, so that the number and the entries are of one moment. */
export async function readOverlay(tx: SqlTransaction): Promise<Overlay> {
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

export function toEntry(row: SqlRow): OverlayEntry {
  const digest = optionalText(row, 'digest');
  const ref = optionalText(row, 'ref');
  const until = optionalNumber(row, 'leaves_at');
  return {
    id: text(row, 'id'),
    target: liftOverlayTarget(fromColumn(text(row, 'target'))),
    why: text(row, 'why') as OverlayEntry['why'],
    by: text(row, 'set_by'),
    reason: text(row, 'reason'),
    at: number(row, 'set_at'),
    ...(digest === undefined ? {} : { digest }),
    ...(ref === undefined ? {} : { ref }),
    ...(until === undefined ? {} : { until }),
  };
}
