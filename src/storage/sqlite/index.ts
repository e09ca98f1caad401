import type { Store } from '#contracts/store.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { Clock } from '#kernel/time.ts';
import { liftOpenApprovals } from '../sql/lift-approvals.ts';
import { liftOverlay } from '../sql/lift-overlay.ts';
import { createColumnSeal } from '../sql/column-seal.ts';
import { sealColumns } from '../sql/sealed-columns.ts';
import { sealWhatIsThere } from '../sql/seal-what-is-there.ts';
import { createStore } from '../sql/store.ts';
import { openSqliteDatabase, type SqliteOptions } from './database.ts';

export { type FolderLock, lockFolder } from './lock.ts';

/** The embedded default: SQLite files in one folder, owned by one process. */
export async function openSqliteStore(
  options: SqliteOptions & {
    readonly clock: Clock;
    /** What people and tools wrote is under the key of its tenant; in plain where there are none. */
    readonly tenantKeys?: TenantKeys;
  },
): Promise<Store> {
  const database = await openSqliteDatabase(options);
  await liftOpenApprovals(database);
  await liftOverlay(database);
  const { clock, tenantKeys } = options;
  const { cuts } = database;
  if (tenantKeys === undefined) return { ...createStore(database, clock), cuts };
  const seal = createColumnSeal(tenantKeys);
  await sealWhatIsThere(database, seal, undefined);
  return { ...createStore(sealColumns(database, seal), clock, seal), cuts };
}
