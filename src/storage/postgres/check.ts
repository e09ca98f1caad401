import { Client } from 'pg';
import { BailiwickError } from '#kernel/errors.ts';
import { schemaVersion, systemTables, tenantTables } from '../sql/migrations.ts';
import { openingFault } from './fault.ts';
import { readVersion } from './migrate.ts';
import { clientConfig, schemaName } from './pool.ts';

export async function runtimeRoleOf(connection: string): Promise<string> {
  return withClient(connection, async (client) => {
    const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
    return rows[0]?.role ?? '';
  });
}

/**
 * What keeps tenants apart is the server's; so the server is asked whether it does, at every start.
 * INVARIANT: a role that could look past the policies, or a table without them, opens no store.
 */
export async function checkProtection(connection: string): Promise<void> {
  await withClient(connection, async (client) => {
    await checkServer(client);
    await client.query('BEGIN');
    const version = await readVersion(client);
    if (version > schemaVersion) throw new BailiwickError('store/newer-version');
    if (version < schemaVersion) {
      throw new BailiwickError('store/older-version', {
        suggestedAction: 'start once with $BAILIWICK_STORE_OWNER, whose role brings it forward',
      });
    }
    await checkRole(client);
    await checkTables(client);
    await client.query('ROLLBACK');
  });
}

/** Oldest version of the server that is supported. */
const oldestServer = 160_000;

export async function checkServer(client: Pick<Client, 'query'>): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::int AS version`,
  );
  const version = rows[0]?.version ?? 0;
  if (version >= oldestServer) return;
  throw new BailiwickError('store/unavailable', {
    message: `PostgreSQL ${Math.floor(version / 10_000)} is too old`,
    suggestedAction: 'use PostgreSQL 16 or newer',
  });
}

async function checkRole(client: Client): Promise<void> {
  const { rows } = await client.query<{ strong: boolean; owns: boolean }>(
    `SELECT (rolsuper OR rolbypassrls) AS strong,
        EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = $1 AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns
      FROM pg_roles WHERE rolname = current_user`,
    [schemaName],
  );
  const role = rows[0];
  if (role !== undefined && !role.strong && !role.owns) return;
  throw new BailiwickError('store/unavailable', {
    message: 'the database role of the store can look past the separation of tenants',
    suggestedAction: 'use a role that owns nothing, is no superuser and has no BYPASSRLS',
  });
}

async function checkTables(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; forced: boolean }>(
    `SELECT c.relname AS name, (c.relrowsecurity AND c.relforcerowsecurity) AS forced
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [schemaName],
  );
  const forced = new Set(rows.filter((row) => row.forced).map((row) => row.name));
  const open = [
    ...[...systemTables, ...tenantTables].filter((table) => !forced.has(table)),
    ...rows.filter((row) => !row.forced).map((row) => row.name),
  ];
  if (open.length === 0) return;
  throw new BailiwickError('store/unavailable', {
    message: `tables without forced row security: ${[...new Set(open)].join(', ')}`,
    suggestedAction: 'start control with a migration connection once',
  });
}

/** What only `control` may do, asked of the server. */
const controlOnly = [
  `has_column_privilege('approvals', 'decided_by', 'UPDATE')`,
  `has_table_privilege('approvals', 'DELETE')`,
  `has_column_privilege('catalogue', 'pinned', 'UPDATE')`,
  `has_table_privilege('overlay_entries', 'DELETE')`,
  `has_any_column_privilege('published', 'UPDATE')`,
  `has_any_column_privilege('documents', 'INSERT')`,
  `has_any_column_privilege('secrets', 'SELECT')`,
  `has_any_column_privilege('people', 'SELECT')`,
  `has_any_column_privilege('instances', 'INSERT')`,
];

/** INVARIANT: a gateway's role that could decide, release, pin or publish opens no state port. */
export async function checkGatewayRights(connection: string): Promise<void> {
  await withClient(connection, async (client) => {
    const { rows } = await client.query<{ strong: boolean }>(
      `SELECT ${controlOnly.join(' OR ')} AS strong`,
    );
    if (rows[0]?.strong === false) return;
    throw new BailiwickError('store/unavailable', {
      message: 'the database role of this gateway may do what only control may',
      suggestedAction: 'use a role of its own for gateways, and name it when control migrates',
    });
  });
}

async function withClient<T>(connection: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(clientConfig(connection));
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (fault) {
    throw openingFault(fault, connection);
  } finally {
    await client.end().catch(() => undefined);
  }
}
