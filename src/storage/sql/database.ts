import { BailiwickError } from '#kernel/errors.ts';

export type SqlValue = string | number | null;
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlTransaction {
  all(sql: string, parameters: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  /** Returns how many rows changed. */
  run(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  /**
   * Held until the transaction ends. For reads that a write depends on, where one statement cannot
   * do both; SQLite has one writer anyway.
   */
  lock(name: string): Promise<void>;
}

/**
 * What both engines give. SQL is written once, in their common ground: numbered `$1` parameters,
 * `RETURNING`, `ON CONFLICT`.
 */
export interface SqlDatabase {
  /** One transaction over the rows of one tenant; durable when it resolves. */
  tenant<T>(tenant: string, work: (tx: SqlTransaction) => Promise<T>): Promise<T>;
  /** One transaction over what belongs to no tenant. */
  system<T>(work: (tx: SqlTransaction) => Promise<T>): Promise<T>;
  tenants(): Promise<readonly string[]>;
  /** What was deleted of this tenant is in no file of the engine any more, as far as the engine can say so. */
  scrub(tenant: string): Promise<void>;
  /**
   * Tells every process on this database that a feed changed. When it resolves, whoever listens in
   * this process has it.
   */
  notify(feed: Feed): Promise<void>;
  onNotify(listener: FeedListener): () => void;
  close(): Promise<void>;
}

const tenantName = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** A tenant names a file in one engine and a row policy in the other. */
export function checkTenant(tenant: string): void {
  if (tenantName.test(tenant)) return;
  throw new BailiwickError('api/invalid', { message: 'this is no name of a tenant' });
}

/** `$from, $from+1, …`: the places of so many parameters. */
export function places(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `$${from + at}`).join(', ');
}

/** Resolves when it has what changed. */
export type FeedListener = (feed: Feed) => Promise<void>;

/** Tells everybody in this process; resolves when the last of them has it. */
export async function tellAll(listeners: Iterable<FeedListener>, feed: Feed): Promise<void> {
  await Promise.all([...listeners].map((listener) => listener(feed)));
}

export type Feed = 'snapshot' | 'roster' | 'overlay' | 'outbox';

export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`column ${column} is not text`);
  return value;
}

export function optionalText(row: SqlRow, column: string): string | undefined {
  const value = row[column];
  return typeof value === 'string' ? value : undefined;
}

export function number(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not a number`);
  return value;
}

export function optionalNumber(row: SqlRow, column: string): number | undefined {
  const value = row[column];
  return typeof value === 'number' ? value : undefined;
}
