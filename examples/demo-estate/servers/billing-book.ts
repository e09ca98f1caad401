import { DatabaseSync } from 'node:sqlite';
import { invoices, type Invoice } from '../data/invoices.ts';

export interface Refund {
  readonly invoice: string;
  readonly amountCents: number;
  readonly reason: string;
}

export interface BillingBook {
  invoice(number: string): Invoice | undefined;
  invoices(customer: string | undefined): readonly Invoice[];
  refund(refund: Refund): { readonly refund: number } | { readonly problem: string };
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS invoices (
    number TEXT PRIMARY KEY, customer TEXT NOT NULL, issued TEXT NOT NULL, due TEXT NOT NULL,
    item TEXT NOT NULL, amountCents INTEGER NOT NULL, status TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, invoice TEXT NOT NULL,
    amountCents INTEGER NOT NULL, reason TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS refunds (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, invoice TEXT NOT NULL REFERENCES invoices (number),
    amountCents INTEGER NOT NULL CHECK (amountCents > 0), reason TEXT NOT NULL,
    UNIQUE (invoice, amountCents, reason)
  ) STRICT;
`;

/**
 * The company's books. Every request to refund is noted before it is judged, so that one which came
 * twice shows, and the same refund cannot be paid twice.
 */
export function openBillingBook(file: string): BillingBook {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;');
  db.exec(schema);
  seed(db);
  const one = db.prepare('SELECT * FROM invoices WHERE number = ?');
  const all = db.prepare(
    'SELECT * FROM invoices WHERE ?1 IS NULL OR customer = ?1 ORDER BY number',
  );
  const invoice = (number: string) => one.get(number) as Invoice | undefined;
  return {
    invoice,
    invoices: (customer) => all.all(customer ?? null) as unknown as Invoice[],
    refund: (refund) => pay(db, refund, invoice(refund.invoice)),
    close: () => db.close(),
  };
}

function seed(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  const add = db.prepare('INSERT OR IGNORE INTO invoices VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const { number, customer, issued, due, item, amountCents, status } of invoices) {
    add.run(number, customer, issued, due, item, amountCents, status);
  }
  db.exec('COMMIT');
}

function pay(
  db: DatabaseSync,
  { invoice, amountCents, reason }: Refund,
  billed: Invoice | undefined,
): { readonly refund: number } | { readonly problem: string } {
  const at = new Date().toISOString();
  const values = [at, invoice, amountCents, reason] as const;
  db.prepare('INSERT INTO attempts (at, invoice, amountCents, reason) VALUES (?, ?, ?, ?)').run(
    ...values,
  );
  if (billed === undefined) return { problem: `there is no invoice ${invoice}` };
  const paid = db
    .prepare('SELECT coalesce(sum(amountCents), 0) AS cents FROM refunds WHERE invoice = ?')
    .get(invoice);
  if (Number(paid?.['cents']) + amountCents > billed.amountCents) {
    return { problem: `invoice ${invoice} was ${billed.amountCents} cents; that is too much` };
  }
  const added = db
    .prepare('INSERT OR IGNORE INTO refunds (at, invoice, amountCents, reason) VALUES (?, ?, ?, ?)')
    .run(...values);
  return added.changes === 1
    ? { refund: Number(added.lastInsertRowid) }
    : { problem: 'this refund was paid before' };
}
