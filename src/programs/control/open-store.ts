import { join } from 'node:path';
import type { Store } from '#contracts/store.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { fail } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

/** Files in the data folder, or the database that the settings name. */
export function openStore(
  settings: ControlSettings,
  clock: Clock,
  tenantKeys: TenantKeys,
): Promise<Store> {
  const { store, data } = settings;
  if (store === undefined)
    return openSqliteStore({ folder: join(data, 'store'), clock, tenantKeys });
  return openOnPostgres(store, clock, tenantKeys);
}

/** INVARIANT: one control to a database; one that lost its hold ends, and is started anew. */
async function openOnPostgres(
  { connection, migrationConnection }: NonNullable<ControlSettings['store']>,
  clock: Clock,
  tenantKeys: TenantKeys,
): Promise<Store> {
  // Read only where it serves.
  const { holdControl, openPostgresStore } = await import('#storage/postgres/index.ts');
  const hold = await holdControl(connection, () =>
    fail(new BailiwickError('store/unavailable', { message: 'the hold on the database is lost' })),
  );
  const owner = migrationConnection === undefined ? {} : { migrationConnection };
  try {
    const store = await openPostgresStore({ connection, ...owner, clock, tenantKeys });
    return {
      ...store,
      async close() {
        await store.close();
        await hold.close();
      },
    };
  } catch (fault) {
    await hold.close();
    throw fault;
  }
}
