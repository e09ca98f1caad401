import type { StatePort, Store } from '#contracts/store.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import type { Clock } from '#kernel/time.ts';
import { liftOpenApprovals } from '../sql/lift-approvals.ts';
import { liftOverlay } from '../sql/lift-overlay.ts';
import { createColumnSeal } from '../sql/column-seal.ts';
import { onlyAddedTo } from '../sql/migrations.ts';
import { sealColumns } from '../sql/sealed-columns.ts';
import { sealWhatIsThere } from '../sql/seal-what-is-there.ts';
import { createStore, gatewayHalf } from '../sql/store.ts';
import { checkGatewayRights, checkProtection, runtimeRoleOf } from './check.ts';
import { openPostgresDatabase } from './database.ts';
import { migrate } from './migrate.ts';

export { type Hold, holdControl } from './hold.ts';

export interface PostgresOptions {
  /** URL of the role that runs: it owns nothing and has no BYPASSRLS. */
  readonly connection: string;
  /** URL of the owner of the schema, who migrates it; without it the schema must be there. */
  readonly migrationConnection?: string;
  /** URL of the role of gateways that reach the database themselves; it gets its rights. */
  readonly gatewayConnection?: string;
  readonly clock: Clock;
  /** What people and tools wrote is under the key of its tenant; in plain where there are none. */
  readonly tenantKeys?: TenantKeys;
}

/** For several nodes: one PostgreSQL, every row behind a policy of the server. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { connection, migrationConnection, gatewayConnection, clock } = options;
  if (migrationConnection !== undefined) {
    const gateway =
      gatewayConnection === undefined ? undefined : await runtimeRoleOf(gatewayConnection);
    await migrate(migrationConnection, { control: await runtimeRoleOf(connection), gateway });
  }
  await checkProtection(connection);
  const database = openPostgresDatabase(connection);
  await liftOpenApprovals(database);
  await liftOverlay(database);
  if (options.tenantKeys === undefined) return createStore(database, clock);
  const seal = createColumnSeal(options.tenantKeys);
  // The role that runs may only add to some tables: what an earlier version wrote there stays in plain.
  await sealWhatIsThere(database, seal, (table) => !onlyAddedTo.includes(table));
  return createStore(sealColumns(database, seal), clock, seal);
}

/**
 * A gateway's half, for one that reaches the database itself. INVARIANT: its role could do no more
 * if it tried; a role that could opens nothing.
 */
export async function openPostgresStatePort(options: {
  readonly connection: string;
  readonly clock: Clock;
  readonly tenantKeys?: TenantKeys;
}): Promise<StatePort & Pick<Store, 'close'>> {
  const { connection, clock, tenantKeys } = options;
  await checkProtection(connection);
  await checkGatewayRights(connection);
  const database = openPostgresDatabase(connection);
  const seal = tenantKeys === undefined ? undefined : createColumnSeal(tenantKeys);
  const sealed = seal === undefined ? database : sealColumns(database, seal);
  const store = createStore(sealed, clock, seal);
  return { ...gatewayHalf(store), close: () => store.close() };
}
