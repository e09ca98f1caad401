import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { customers } from './data/customers.ts';
import { tickets } from './data/tickets.ts';
import { openBillingBook } from './servers/billing-book.ts';

/** Makes the company's databases. What is there already stays as it is; the token is set anew. */
export function seedEstate(folder: string, crmToken: string): void {
  openBillingBook(join(folder, 'billing.sqlite')).close();
  seedCrm(join(folder, 'crm.sqlite'), crmToken);
  seedTickets(join(folder, 'tickets.sqlite'));
}

function seedCrm(file: string, token: string): void {
  inOneStep(file, (db) => {
    db.exec(`
      CREATE TABLE IF NOT EXISTS customers (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
        city TEXT NOT NULL, vessel TEXT NOT NULL, since TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    `);
    const add = db.prepare('INSERT OR IGNORE INTO customers VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const { id, name, email, phone, city, vessel, since } of customers) {
      add.run(id, name, email, phone, city, vessel, since);
    }
    const digest = createHash('sha256').update(token).digest('hex');
    db.prepare("INSERT OR REPLACE INTO settings VALUES ('token-sha256', ?)").run(digest);
  });
}

function seedTickets(file: string): void {
  inOneStep(file, (db) => {
    db.exec(`
      CREATE TABLE IF NOT EXISTS tickets (
        number INTEGER PRIMARY KEY, customer TEXT NOT NULL, opened TEXT NOT NULL,
        state TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL REFERENCES tickets (number),
        at TEXT NOT NULL, note TEXT NOT NULL
      ) STRICT;
    `);
    const add = db.prepare('INSERT OR IGNORE INTO tickets VALUES (?, ?, ?, ?, ?, ?)');
    for (const { number, from, opened, state, subject, text } of tickets) {
      add.run(number, from, opened, state, subject, text);
    }
  });
}

/** A start that was cut leaves nothing half made. */
function inOneStep(file: string, make: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE;');
    make(db);
    db.exec('COMMIT');
  } finally {
    db.close();
  }
}
