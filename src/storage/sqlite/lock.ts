import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BailiwickError } from '#kernel/errors.ts';
import { inFile, toKnown } from './fault.ts';

export interface FolderLock {
  release(): void;
}

/**
 * The supervisor's own exclusive lock on a data folder: a lock of the operating system, so it dies
 * with its process however that ends.
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'lock.sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    const known = toKnown(cause);
    if (!(known instanceof BailiwickError) || known.code !== 'store/locked') {
      throw inFile(cause, path);
    }
    throw new BailiwickError('store/locked', {
      message: `the data folder \`${folder}\` is in use: an instance runs on it`,
      suggestedAction: 'stop what runs there first (Ctrl-C in its terminal), or use another folder',
      cause,
    });
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
}
