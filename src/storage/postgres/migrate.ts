import { Client, type ClientBase, escapeIdentifier } from 'pg';
import { BailiwickError } from '#kernel/errors.ts';
import { migrations, schemaVersion, systemTables, tenantTables } from '../sql/migrations.ts';
import { openingFault } from './fault.ts';
import { clientConfig, schemaName } from './pool.ts';
import { grantToControl, grantToGateways, guardNumbers } from './rights.ts';

const allTables: readonly string[] = [...systemTables, ...tenantTables];
const versionName = 'schema';

/** Who runs: `control`, and gateways that reach the database themselves. */
export interface Roles {
  readonly control: string;
  readonly gateway: string | undefined;
}

/**
 * Brings the schema forward as its owner, in one transaction, and gives each role that runs what it
 * needs and no more. Such a role owns nothing, so it cannot lift the policies.
 */
export async function migrate(migrationConnection: string, roles: Roles): Promise<void> {
  const client = new Client({
    ...clientConfig(migrationConnection),
    statement_timeout: 600_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('bailiwick migrate', 0))`);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schemaName}`);
    await bringForward(client);
    await protect(client, roles);
    await client.query('COMMIT');
  } catch (fault) {
    throw openingFault(fault, migrationConnection);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function bringForward(client: Client): Promise<void> {
  const before = await readVersion(client);
  if (before > schemaVersion) throw new BailiwickError('store/newer-version');
  // The owner must see every row that it moves; nobody else does, until this is committed.
  if (before > 0) {
    for (const table of allTables) {
      await client.query(`ALTER TABLE IF EXISTS ${table} NO FORCE ROW LEVEL SECURITY`);
    }
  }
  for (const migration of migrations) {
    if (migration.version <= before) continue;
    for (const statement of [...migration.system, ...migration.tenant]) {
      await client.query(statement);
    }
  }
  if (before === schemaVersion) return;
  await client.query(`SELECT set_config('bailiwick.tenant', '*', true)`);
  await client.query(
    `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2`,
    [versionName, String(schemaVersion)],
  );
}

/** Forced, so that it holds for the owner too; without a scope nothing is there to be seen. */
async function protect(client: Client, roles: Roles): Promise<void> {
  const scope = `current_setting('bailiwick.tenant', true)`;
  for (const role of [roles.control, roles.gateway]) {
    if (role === undefined) continue;
    await client.query(`GRANT USAGE ON SCHEMA ${schemaName} TO ${escapeIdentifier(role)}`);
  }
  for (const table of allTables) {
    const rows = systemTables.some((one) => one === table) ? `${scope} = '*'` : `tenant = ${scope}`;
    await client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    await client.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    await client.query(`DROP POLICY IF EXISTS scope ON ${table}`);
    await client.query(`CREATE POLICY scope ON ${table} USING (${rows}) WITH CHECK (${rows})`);
  }
  await grantToControl(client, roles.control);
  if (roles.gateway !== undefined) await grantToGateways(client, roles.gateway);
  await guardNumbers(client);
}

/** Zero when nothing is there yet. */
export async function readVersion(client: ClientBase): Promise<number> {
  const there = await client.query<{ there: boolean }>(
    `SELECT to_regclass('${schemaName}.meta') IS NOT NULL AS there`,
  );
  if (there.rows[0]?.there !== true) return 0;
  await client.query(`SELECT set_config('bailiwick.tenant', '*', true)`);
  const found = await client.query<{ value: string }>('SELECT value FROM meta WHERE name = $1', [
    versionName,
  ]);
  return Number(found.rows[0]?.value ?? 0);
}
