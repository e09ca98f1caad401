import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { BailiwickError } from '#kernel/errors.ts';
import type { Feed, SqlDatabase, SqlTransaction, SqlValue } from '../sql/database.ts';
import { migrations, schemaVersion } from '../sql/migrations.ts';

/** One SQLite file, opened exclusively; transactions run one after the other. */
class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    const turn = this.#last.then(
      () => this.#transaction(work),
      () => this.#transaction(work),
    );
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  async #transaction<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    const tx: SqlTransaction = {
      all: (sql, parameters) => attempt(() => this.#statement(sql).all(...bound(parameters))),
      run: (sql, parameters) =>
        attempt(() => Number(this.#statement(sql).run(...bound(parameters)).changes)),
    };
    guard(() => this.#database.exec('BEGIN IMMEDIATE'));
    try {
      const result = await work(tx);
      guard(() => this.#database.exec('COMMIT'));
      return result;
    } catch (fault) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw fault;
    }
  }

  /** `$1` becomes `?1`, once; the prepared statement is kept. */
  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql.replaceAll(/\$(\d+)/g, '?$1'));
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function bound(parameters: readonly SqlValue[]): SQLInputValue[] {
  return [...parameters];
}

function attempt<T>(work: () => T): Promise<T> {
  try {
    return Promise.resolve(work());
  } catch (fault) {
    return Promise.reject(toKnown(fault));
  }
}

function guard(work: () => void): void {
  try {
    work();
  } catch (fault) {
    throw toKnown(fault);
  }
}

const sqliteBusy = 5;
const sqliteCorrupt = new Set([11, 26]);
const sqliteFull = 13;

/** Each of SQLite's ways to fail that a person can do something about, in words. */
function toKnown(fault: unknown): Error {
  if (!(fault instanceof Error) || !('errcode' in fault) || typeof fault.errcode !== 'number') {
    return fault instanceof Error ? fault : new BailiwickError('store/unavailable');
  }
  const code = fault.errcode & 0xff;
  if (code === sqliteBusy) return new BailiwickError('store/locked', { cause: fault });
  if (code === sqliteFull) return new BailiwickError('store/full', { cause: fault });
  if (sqliteCorrupt.has(code)) return new BailiwickError('store/corrupt', { cause: fault });
  return new BailiwickError('store/unavailable', { message: fault.message, cause: fault });
}

/** Opens a file: exclusive, synced on every commit, checked, migrated forward, never backward. */
function openFile(path: string, part: 'system' | 'tenant'): SqliteFile {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    const check = database.prepare('PRAGMA quick_check(1)').get();
    if (check?.['quick_check'] !== 'ok') throw new BailiwickError('store/corrupt');
    migrate(database, part);
    return new SqliteFile(database);
  } catch (fault) {
    database?.close();
    const known = fault instanceof BailiwickError ? fault : toKnown(fault);
    if (known instanceof BailiwickError && known.code !== 'store/locked') {
      throw new BailiwickError(known.code, {
        message: `${known.message}: \`${path}\``,
        suggestedAction: known.suggestedAction,
        cause: fault,
      });
    }
    throw known;
  }
}

function migrate(database: DatabaseSync, part: 'system' | 'tenant'): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > schemaVersion) throw new BailiwickError('store/newer-version');
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    database.exec('BEGIN IMMEDIATE');
    for (const statement of migration[part]) database.exec(statement);
    database.exec(`PRAGMA user_version = ${migration.version}`);
    database.exec('COMMIT');
  }
}

const tenantName = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** One file for the system and one for each tenant, so that tenants share no row and no page. */
export function openSqliteDatabase(folder: string): SqlDatabase {
  mkdirSync(join(folder, 'tenants'), { recursive: true, mode: 0o700 });
  const system = openFile(join(folder, 'system.sqlite'), 'system');
  const tenants = new Map<string, SqliteFile>();
  const listeners = new Set<(feed: Feed) => void>();
  const tenantFile = (tenant: string): SqliteFile => {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    if (!tenantName.test(tenant)) {
      throw new BailiwickError('store/unavailable', { message: 'a tenant name is not valid' });
    }
    const file = openFile(join(folder, 'tenants', `${tenant}.sqlite`), 'tenant');
    tenants.set(tenant, file);
    return file;
  };
  // All of them now: a file that is damaged or locked must show at start, not at a call.
  for (const name of readdirSync(join(folder, 'tenants'))) {
    if (name.endsWith('.sqlite')) tenantFile(name.slice(0, -'.sqlite'.length));
  }
  return {
    system: (work) => system.run(work),
    async tenant(tenant, work) {
      return tenantFile(tenant).run(work);
    },
    tenants: () => Promise.resolve([...tenants.keys()]),
    notify(feed) {
      for (const listener of listeners) listener(feed);
      return Promise.resolve();
    },
    onNotify(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const file of tenants.values()) file.close();
      system.close();
      return Promise.resolve();
    },
  };
}
