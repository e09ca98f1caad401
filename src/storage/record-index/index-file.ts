import { chmodSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type {
  BundleHintBytes,
  IndexedLog,
  Place,
  PlaceOrder,
  PostedRecord,
  RecordIndex,
  Span,
} from '#contracts/record-index.ts';
import { createTermNumbers, type TermNumbers } from './term-numbers.ts';

const indexBits = 2 ** 40;

/** One number for log and index: 8,192 logs of a tenant, each of a billion records and more. */
function refOf({ log, index }: Pick<Place, 'log' | 'index'>): number {
  return log * indexBits + index;
}

function placeOf({ at, ref }: Readonly<Record<string, unknown>>): Place {
  const number = Number(ref);
  return { at: Number(at), log: Math.floor(number / indexBits), index: number % indexBits };
}

const smallest = { at: -1, ref: -1 };
const largest = { at: Number.MAX_SAFE_INTEGER, ref: Number.MAX_SAFE_INTEGER };

/** An index in one SQLite file. */
export class IndexFile implements RecordIndex {
  readonly #database: DatabaseSync;
  readonly #numbers: TermNumbers;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, salt: Uint8Array) {
    this.#database = database;
    this.#numbers = createTermNumbers(salt);
  }

  logs(): readonly IndexedLog[] {
    const rows = this.#prepared('SELECT number, origin, size, proved, edge, begins FROM log').all();
    return rows.map(({ number, origin, size, proved, edge, begins }) => ({
      begins: Number(begins),
      number: Number(number),
      origin: String(origin),
      size: Number(size),
      proved: Number(proved),
      edge: edge instanceof Uint8Array ? edge : new Uint8Array(0),
    }));
  }

  add(
    log: Omit<IndexedLog, 'begins' | 'number'>,
    records: readonly PostedRecord[],
    hints: readonly BundleHintBytes[] = [],
  ): void {
    this.#whole(() => {
      const number = this.#cursor(log);
      this.#post(number, records);
      const insert = this.#prepared(
        'INSERT OR REPLACE INTO hint (log, bundle, bytes) VALUES (?, ?, ?)',
      );
      for (const { bundle, bytes } of hints) insert.run(number, bundle, bytes);
    });
  }

  hint(log: number, bundle: number): Uint8Array | undefined {
    const sql = 'SELECT bytes FROM hint WHERE log = ? AND bundle = ?';
    const bytes = this.#prepared(sql).get(log, bundle)?.['bytes'];
    return bytes instanceof Uint8Array ? bytes : undefined;
  }

  /** Postings stand by term, so all of them are looked at: once for each pruning. */
  forget(origin: string, below: number, bundles: number): void {
    this.#whole(() => {
      const log = this.#prepared(
        'UPDATE log SET begins = ? WHERE origin = ? AND begins < ? RETURNING number',
      ).get(below, origin, below)?.['number'];
      if (log === undefined) return;
      const first = refOf({ log: Number(log), index: 0 });
      this.#prepared('DELETE FROM posting WHERE ref >= ? AND ref < ?').run(first, first + below);
      this.#prepared('DELETE FROM hint WHERE log = ? AND bundle < ?').run(Number(log), bundles);
    });
  }

  #whole(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (fault) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw fault;
    }
  }

  places(term: string, span: Span, { newestFirst, after, most }: PlaceOrder): readonly Place[] {
    const beyond = newestFirst ? '<' : '>';
    const order = newestFirst ? 'DESC' : 'ASC';
    const start = after === undefined ? undefined : { at: after.at, ref: refOf(after) };
    const { at, ref } = start ?? (newestFirst ? largest : smallest);
    const rows = this.#prepared(
      `SELECT at, ref FROM posting WHERE term = ? AND at >= ? AND at < ? AND (at, ref) ${beyond} (?, ?) ` +
        `ORDER BY at ${order}, ref ${order} LIMIT ?`,
    ).all(this.#numbers.of(term), span.from, span.to, at, ref, most);
    return rows.map(placeOf);
  }

  has(term: string, place: Place): boolean {
    const sql = 'SELECT 1 FROM posting WHERE term = ? AND at = ? AND ref = ?';
    return this.#prepared(sql).get(this.#numbers.of(term), place.at, refOf(place)) !== undefined;
  }

  count(term: string, { from, to }: Span, most: number): number {
    const sql =
      'SELECT COUNT(*) AS n FROM (SELECT 1 FROM posting WHERE term = ? AND at >= ? AND at < ? LIMIT ?)';
    return Number(this.#prepared(sql).get(this.#numbers.of(term), from, to, most)?.['n']);
  }

  check(): { readonly postings: number; readonly isWhole: boolean } {
    const found = this.#database.prepare('PRAGMA quick_check(1)').get();
    const { n } = this.#database.prepare('SELECT COUNT(*) AS n FROM posting').get() ?? {};
    return { postings: Number(n), isWhole: found?.['quick_check'] === 'ok' };
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #cursor({ origin, size, proved, edge }: Omit<IndexedLog, 'begins' | 'number'>): number {
    const row = this.#prepared(
      'INSERT INTO log (origin, size, proved, edge) VALUES (?, ?, ?, ?) ON CONFLICT (origin) ' +
        'DO UPDATE SET size = excluded.size, proved = excluded.proved, edge = excluded.edge RETURNING number',
    ).get(origin, size, proved, edge);
    return Number(row?.['number']);
  }

  /** By term, so that pages of the tree are filled one after the other and each is read once. */
  #post(log: number, records: readonly PostedRecord[]): void {
    const rows: [term: number, at: number, ref: number][] = [];
    for (const { index, at, terms } of records) {
      for (const term of terms) rows.push([this.#numbers.of(term), at, refOf({ log, index })]);
    }
    rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const insert = this.#prepared('INSERT OR IGNORE INTO posting (term, at, ref) VALUES (?, ?, ?)');
    for (const [term, at, ref] of rows) insert.run(term, at, ref);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/**
 * Derived, so nothing is lost with the last commits: what a power cut takes is indexed again. Pages of the tree that
 * many records touch are moved out of the write-ahead file once for some 64 MiB of them.
 */
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA trusted_schema = OFF;
  PRAGMA wal_autocheckpoint = 16384;
  PRAGMA cache_size = -65536;
  PRAGMA temp_store = MEMORY;`;

/** Only its owner reads it. Throws what SQLite throws when the file is no database. */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    database.exec(settings);
    return database;
  } catch (fault) {
    database.close();
    throw fault;
  }
}
