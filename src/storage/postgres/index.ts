import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { createStore } from '../sql/store.ts';
import { checkProtection, runtimeRoleOf } from './check.ts';
import { openPostgresDatabase } from './database.ts';
import { migrate } from './migrate.ts';

export interface PostgresOptions {
  /** URL of the role that runs: it owns nothing and has no BYPASSRLS. */
  readonly connection: string;
  /** URL of the owner of the schema, who migrates it; without it the schema must be there. */
  readonly migrationConnection?: string;
  readonly clock: Clock;
}

/** For several nodes: one PostgreSQL, every row behind a policy of the server. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { connection, migrationConnection, clock } = options;
  if (migrationConnection !== undefined) {
    await migrate(migrationConnection, await runtimeRoleOf(connection));
  }
  await checkProtection(connection);
  return createStore(openPostgresDatabase(connection), clock);
}
