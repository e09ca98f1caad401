import { Client, type ClientBase, escapeIdentifier } from 'pg';
import { BailiwickError } from '#kernel/errors.ts';
import {
  migrations,
  onlyAddedTo,
  schemaVersion,
  systemTables,
  tenantTables,
} from '../sql/migrations.ts';
import { toKnown } from './fault.ts';
import { clientConfig, schemaName } from './pool.ts';

const allTables: readonly string[] = [...systemTables, ...tenantTables];
const versionName = 'schema';

/**
 * Brings the schema forward as its owner, in one transaction, and gives the runtime role what it
 * needs and no more. The runtime role owns nothing, so it cannot lift the policies.
 */
export async function migrate(migrationConnection: string, runtimeRole: string): Promise<void> {
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
    await protect(client, runtimeRole);
    await client.query('COMMIT');
  } catch (fault) {
    throw toKnown(fault);
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
async function protect(client: Client, runtimeRole: string): Promise<void> {
  const role = escapeIdentifier(runtimeRole);
  const scope = `current_setting('bailiwick.tenant', true)`;
  await client.query(`GRANT USAGE ON SCHEMA ${schemaName} TO ${role}`);
  for (const table of allTables) {
    const rows = systemTables.some((one) => one === table) ? `${scope} = '*'` : `tenant = ${scope}`;
    await client.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    await client.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    await client.query(`DROP POLICY IF EXISTS scope ON ${table}`);
    await client.query(`CREATE POLICY scope ON ${table} USING (${rows}) WITH CHECK (${rows})`);
    await client.query(`REVOKE ALL ON ${table} FROM PUBLIC, ${role}`);
    const rights = onlyAddedTo.includes(table)
      ? 'SELECT, INSERT'
      : 'SELECT, INSERT, UPDATE, DELETE';
    await client.query(`GRANT ${rights} ON ${table} TO ${role}`);
  }
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
