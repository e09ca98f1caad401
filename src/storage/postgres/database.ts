import { type Pool, type PoolClient, escapeLiteral } from 'pg';
import { BailiwickError } from '#kernel/errors.ts';
import {
  checkTenant,
  type Feed,
  type FeedListener,
  type SqlDatabase,
  type SqlTransaction,
  tellAll,
  text,
} from '../sql/database.ts';
import { isUndoneByOthers, sqlState, toKnown } from './fault.ts';
import { channel, listenForFeeds } from './listen.ts';
import { openPool } from './pool.ts';

type Work<T> = (tx: SqlTransaction) => Promise<T>;

const attempts = 4;
const systemScope = '*';

/** Names of prepared statements: each text is planned once a connection. */
const statementNames = new Map<string, string>();

function statementName(sql: string): string {
  let name = statementNames.get(sql);
  if (name === undefined) {
    name = `s${statementNames.size}`;
    statementNames.set(sql, name);
  }
  return name;
}

export function openPostgresDatabase(connection: string): SqlDatabase {
  const pool = openPool(connection);
  const listeners = new Set<FeedListener>();
  const tell = (feed: Feed) => tellAll(listeners, feed);
  const listening = listenForFeeds(connection, (feed) => void tell(feed));
  const entered = new Set<string>();
  const system = <T>(work: Work<T>): Promise<T> => inScope(pool, systemScope, work);
  const enter = async (tenant: string): Promise<void> => {
    checkTenant(tenant);
    if (entered.has(tenant)) return;
    await system((tx) =>
      tx.run('INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING', [tenant]),
    );
    entered.add(tenant);
  };
  return {
    system,
    async tenant(tenant, work) {
      await enter(tenant);
      return inScope(pool, tenant, work);
    },
    async tenants() {
      const rows = await system((tx) => tx.all('SELECT tenant FROM tenants ORDER BY tenant', []));
      return rows.map((row) => text(row, 'tenant'));
    },
    // Its bytes stand in its log and in dead rows until the server itself comes by: no statement of ours ends that.
    scrub: () => Promise.resolve(),
    async notify(feed) {
      const heard = tell(feed);
      // What was written is written: others that do not hear of it find it by looking.
      await pool.query('SELECT pg_notify($1, $2)', [channel, feed]).catch(() => undefined);
      await heard;
    },
    onNotify(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      listeners.clear();
      await listening.close();
      await pool.end();
    },
  };
}

/** Runs again what another transaction undid; anything else fails, a lost connection above all. */
async function inScope<T>(pool: Pool, scope: string, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(pool, scope, work);
    } catch (fault) {
      if (!isUndoneByOthers(fault) || attempt === attempts) throw toKnown(fault);
    }
  }
}

/**
 * One transaction whose rows are those of its scope: the server shows and takes no others.
 * INVARIANT: the scope is set inside the transaction, so it ends with it, and no connection goes
 * back to the pool with the scope of somebody.
 */
async function once<T>(pool: Pool, scope: string, work: Work<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    const name = escapeLiteral(scope);
    await client.query(`BEGIN; SELECT set_config('bailiwick.tenant', ${name}, true)`);
    const result = await attempt(client, scope, work);
    if (result.kind === 'failed') {
      // One that does not answer is not asked again: its connection ends, and the work with it.
      if (!isAnswered(result.fault)) throw result.fault;
      await client.query('ROLLBACK');
      broken = false;
      throw result.fault;
    }
    const { command } = await client.query('COMMIT');
    // A transaction that failed inside answers a commit with `ROLLBACK`, and no error.
    if (command !== 'COMMIT') throw new BailiwickError('store/unavailable');
    broken = false;
    return result.value;
  } finally {
    client.release(broken);
  }
}

/** A no of the server or of ours; anything else may have left the connection in the middle. */
function isAnswered(fault: unknown): boolean {
  return fault instanceof BailiwickError || sqlState(fault) !== undefined;
}

type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly fault: unknown };

async function attempt<T>(client: PoolClient, scope: string, work: Work<T>): Promise<Attempt<T>> {
  const query = (sql: string, values: readonly (string | number | null)[]) =>
    client.query<Record<string, unknown>>({
      name: statementName(sql),
      text: sql,
      values: [...values],
    });
  const tx: SqlTransaction = {
    all: async (sql, values) => (await query(sql, values)).rows,
    run: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
    async lock(name) {
      await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${scope} ${name}`]);
    },
  };
  try {
    return { kind: 'done', value: await work(tx) };
  } catch (fault) {
    return { kind: 'failed', fault };
  }
}
