import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BailiwickError } from '#kernel/errors.ts';

export interface FolderLock {
  release(): void;
}

/**
 * The supervisor's own exclusive lock on a data folder: a lock of the operating system, so it dies
 * with its process however that ends.
 */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = DELETE');
    database.exec('BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (cause) {
    database.close();
    throw new BailiwickError('store/locked', {
      message: `the data folder \`${folder}\` is in use by another instance`,
      cause,
    });
  }
}
