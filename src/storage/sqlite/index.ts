import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { liftOpenApprovals } from '../sql/lift-approvals.ts';
import { liftOverlay } from '../sql/lift-overlay.ts';
import { createStore } from '../sql/store.ts';
import { openSqliteDatabase, type SqliteOptions } from './database.ts';

export { type FolderLock, lockFolder } from './lock.ts';

/** The embedded default: SQLite files in one folder, owned by one process. */
export async function openSqliteStore(
  options: SqliteOptions & { readonly clock: Clock },
): Promise<Store> {
  const database = await openSqliteDatabase(options);
  await liftOpenApprovals(database);
  await liftOverlay(database);
  return { ...createStore(database, options.clock), cuts: database.cuts };
}
