import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { IndexRefusal, RecordIndexes } from '#contracts/record-index.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { IndexFile, openDatabase } from './index-file.ts';

export interface RecordIndexOptions {
  /** `DATA/index`. */
  readonly folder: string;
  /** By which the logs are signed: the index of logs of another key is not theirs. */
  readonly publicKey: Uint8Array;
  /** Which terms records are posted by: an index of others is not asked. */
  readonly termsVersion: number;
}

/** Whose file it is, and in which form; what is of another form is made anew. */
const applicationId = 0x42616978;
const form = 5;

const tables = `
  CREATE TABLE meta (
    tenant TEXT NOT NULL, key TEXT NOT NULL, terms INTEGER NOT NULL, salt BLOB NOT NULL
  ) STRICT;
  CREATE TABLE log (
    number INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL, proved INTEGER NOT NULL, edge BLOB NOT NULL,
    begins INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE posting (
    term INTEGER NOT NULL, at INTEGER NOT NULL, ref INTEGER NOT NULL, PRIMARY KEY (term, at, ref)
  ) WITHOUT ROWID, STRICT;
  CREATE TABLE hint (
    log INTEGER NOT NULL, bundle INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (log, bundle)
  ) STRICT;`;

/** A file for each tenant, so that tenants share no page. */
export function openRecordIndexes({
  folder,
  publicKey,
  termsVersion: terms,
}: RecordIndexOptions): RecordIndexes {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = sha256Hex(publicKey);
  const remove = (tenant: string) => {
    for (const end of ['', '-wal', '-shm', '-journal']) {
      rmSync(`${pathOf(folder, tenant)}${end}`, { force: true });
    }
  };
  return {
    remove,
    open(tenant, onRefused) {
      const path = pathOf(folder, tenant);
      const whose = { tenant, key, terms };
      const found = existsSync(path) ? openThere(path, whose) : undefined;
      if (typeof found === 'object') return found;
      if (found !== undefined) onRefused(found);
      remove(tenant);
      return begin(path, whose);
    },
  };
}

function pathOf(folder: string, tenant: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(tenant)) {
    throw new BailiwickError('api/invalid', { message: 'no tenant is called so' });
  }
  return join(folder, `${tenant}.sqlite`);
}

interface Whose {
  readonly tenant: string;
  readonly key: string;
  readonly terms: number;
}

function begin(path: string, { tenant, key, terms }: Whose): IndexFile {
  const database = openDatabase(path);
  const salt = randomBytes(16);
  database.exec('BEGIN IMMEDIATE');
  database.exec(tables);
  database
    .prepare('INSERT INTO meta (tenant, key, terms, salt) VALUES (?, ?, ?, ?)')
    .run(tenant, key, terms, salt);
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${form}`);
  database.exec('COMMIT');
  return new IndexFile(database, salt);
}

/** INVARIANT: what is there is used only if it is whole at its head, of this form, tenant and key. */
function openThere(path: string, whose: Whose): IndexFile | IndexRefusal {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(path);
    const refused = refusalOf(database, whose);
    if (refused !== undefined) {
      database.close();
      return refused;
    }
    const salt = database.prepare('SELECT salt FROM meta').get()?.['salt'];
    if (salt instanceof Uint8Array) return new IndexFile(database, salt);
  } catch {
    // Not a database, cut off, or with other tables in it: there is nothing in it to be saved.
  }
  if (database?.isOpen === true) database.close();
  return 'torn';
}

function refusalOf(
  database: DatabaseSync,
  { tenant, key, terms }: Whose,
): IndexRefusal | undefined {
  const number = (name: string) => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  if (number('application_id') !== applicationId) return 'torn';
  if (number('user_version') !== form) return 'of another version';
  const meta = database.prepare('SELECT tenant, key, terms FROM meta').get();
  if (meta?.['terms'] !== terms) return 'of another version';
  return meta['tenant'] === tenant && meta['key'] === key ? undefined : 'of another log';
}

/** A damaged page that was met on the way: SQLite's `corrupt` and `not a database`. */
export function isTorn(fault: unknown): boolean {
  if (!(fault instanceof Error) || !('errcode' in fault)) return false;
  return typeof fault.errcode === 'number' && [11, 26].includes(fault.errcode & 0xff);
}
