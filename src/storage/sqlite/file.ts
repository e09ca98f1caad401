import { chmodSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { BailiwickError } from '#kernel/errors.ts';
import type { SqlTransaction } from '../sql/database.ts';
import { migrations, schemaVersion } from '../sql/migrations.ts';
import { inFile, toKnown } from './fault.ts';

interface Turn {
  /** Runs inside the open transaction; answers what to tell the caller once it is durable. */
  readonly work: (tx: SqlTransaction) => Promise<() => void>;
  readonly fail: (fault: unknown) => void;
}

const turnsPerCommit = 64;

/**
 * One SQLite file, opened exclusively. Transactions run one after the other; those that wait
 * together share one commit and so one flush, each undone by itself when it fails.
 * INVARIANT: nobody hears of success before the commit that holds it has returned.
 */
export class SqliteFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #queue: Turn[] = [];
  readonly #tx: SqlTransaction;
  #running: Promise<void> | undefined;
  #committing: Promise<void> = Promise.resolve();
  #paused: Promise<void> | undefined;
  #isStill = false;
  #closed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#tx = {
      all: (sql, parameters) => this.#execute(sql, (one) => one.all(...parameters)),
      run: (sql, parameters) => this.#execute(sql, (one) => Number(one.run(...parameters).changes)),
      lock: () => Promise.resolve(),
    };
  }

  run<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T> {
    if (this.#closed) {
      const message = 'the store is closed';
      return Promise.reject(new BailiwickError('store/unavailable', { message }));
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        work: async (tx) => {
          const result = await work(tx);
          return () => resolve(result);
        },
        fail: reject,
      });
      this.#running ??= this.#drain();
    });
  }

  /**
   * What was deleted is in neither file any more: its cells were overwritten when it was (`secure_delete`),
   * and the log beside the file, which has the pages as they were, is emptied. After what was asked before.
   */
  async scrub(): Promise<void> {
    await this.run(async () => undefined);
    await this.#running;
    // INVARIANT: what is to be unreadable waits for nobody who copies it.
    this.#isStill = false;
    this.#empty();
  }

  /** Begins no transaction until the answer is called; resolves when none is open. */
  async pause(): Promise<() => void> {
    let goOn = (): void => undefined;
    this.#paused = new Promise((resolve) => (goOn = resolve));
    await this.#committing;
    return () => {
      this.#paused = undefined;
      goOn();
    };
  }

  /** While it is paused: all of it is in the one file now, and what is written from here on stays beside it. */
  standStill(): void {
    this.#empty();
    this.#exec('PRAGMA wal_autocheckpoint = 0');
    this.#isStill = true;
  }

  /** False when the file was changed meanwhile. */
  moveOn(): boolean {
    const wasStill = this.#isStill;
    this.#isStill = false;
    if (this.#database.isOpen) this.#exec('PRAGMA wal_autocheckpoint = 1000');
    return wasStill;
  }

  /** What was asked before is finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    this.#isStill = false;
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  async #drain(): Promise<void> {
    // Once around the loop first: whoever asks in the same tick shares the commit.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      if (this.#paused === undefined) {
        this.#committing = this.#commitTogether(this.#queue.splice(0, turnsPerCommit));
        await this.#committing;
      } else await this.#paused;
    }
    this.#running = undefined;
  }

  async #commitTogether(turns: readonly Turn[]): Promise<void> {
    const done: (() => void)[] = [];
    const waiting = new Set(turns);
    try {
      this.#exec('BEGIN IMMEDIATE');
      for (const turn of turns) {
        const told = await this.#one(turn);
        if (told === undefined) waiting.delete(turn);
        else done.push(told);
      }
      this.#exec('COMMIT');
    } catch (fault) {
      this.#undo('ROLLBACK');
      for (const turn of waiting) turn.fail(fault);
      return;
    }
    for (const tell of done) tell();
  }

  /** One turn inside the common transaction; undefined when it failed and was undone alone. */
  async #one(turn: Turn): Promise<(() => void) | undefined> {
    this.#exec('SAVEPOINT turn');
    try {
      const told = await turn.work(this.#tx);
      this.#exec('RELEASE turn');
      return told;
    } catch (fault) {
      // A full disk or a damaged page ends the whole transaction, and then all of them fail.
      if (!this.#database.isTransaction) throw fault;
      this.#exec('ROLLBACK TO turn');
      this.#exec('RELEASE turn');
      turn.fail(fault);
      return undefined;
    }
  }

  #empty(): void {
    const done = this.#all('PRAGMA wal_checkpoint(TRUNCATE)');
    if (Number(done?.['busy']) !== 0) throw new BailiwickError('store/locked');
  }

  #exec(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (fault) {
      throw toKnown(fault);
    }
  }

  #all(sql: string): Record<string, unknown> | undefined {
    try {
      return this.#database.prepare(sql).get();
    } catch (fault) {
      throw toKnown(fault);
    }
  }

  #undo(sql: string): void {
    try {
      if (this.#database.isTransaction) this.#database.exec(sql);
    } catch {
      // The fault that led here is what the callers hear.
    }
  }

  async #execute<T>(sql: string, use: (statement: StatementSync) => T): Promise<T> {
    try {
      return use(this.#statement(sql));
    } catch (fault) {
      throw toKnown(fault);
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

export interface FileOptions {
  readonly path: string;
  readonly part: 'system' | 'tenant';
  /** Most pages (4 KiB) that the file may have; a test of a full disk sets it. */
  readonly pageLimit: number | undefined;
}

/** Opens a file: exclusive, synced on every commit, checked, migrated forward, never backward. */
export function openFile({ path, part, pageLimit }: FileOptions): SqliteFile {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    // By its name: to open and close the file again would drop the locks that SQLite holds on it.
    chmodSync(path, 0o600);
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    setDurable(database);
    check(database);
    migrate(database, part);
    if (pageLimit !== undefined) database.exec(`PRAGMA max_page_count = ${pageLimit}`);
    return new SqliteFile(database);
  } catch (fault) {
    database?.close();
    throw inFile(fault, path);
  }
}

/** INVARIANT: an acknowledged commit is on disk. SQLite declines a mode without an error. */
function setDurable(database: DatabaseSync): void {
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() ?? {};
  database.exec(
    'PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON',
  );
  const { synchronous } = database.prepare('PRAGMA synchronous').get() ?? {};
  if (mode === 'wal' && synchronous === 2) return;
  throw new BailiwickError('store/unavailable', {
    message: 'this file system cannot hold the store safely',
    suggestedAction: 'use a folder on a local disk',
  });
}

/** Says whose file this is; a database of another program is not ours to migrate. */
const applicationId = 0x4261696c;

function check(database: DatabaseSync): void {
  const found = database.prepare('PRAGMA quick_check(1)').get();
  if (found?.['quick_check'] !== 'ok') throw new BailiwickError('store/corrupt');
  const id = pragma(database, 'application_id');
  const tables = Number(database.prepare('SELECT COUNT(*) AS n FROM sqlite_schema').get()?.['n']);
  if (id === applicationId || (id === 0 && (tables === 0 || isFirstVersion(database)))) return;
  throw new BailiwickError('store/corrupt', { message: 'this is a database of another program' });
}

/** The first version did not sign its files. */
function isFirstVersion(database: DatabaseSync): boolean {
  return pragma(database, 'user_version') === 1;
}

function migrate(database: DatabaseSync, part: 'system' | 'tenant'): void {
  const version = pragma(database, 'user_version');
  if (version > schemaVersion) throw new BailiwickError('store/newer-version');
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    database.exec('BEGIN IMMEDIATE');
    for (const statement of migration[part]) database.exec(statement);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${migration.version}`);
    database.exec('COMMIT');
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
