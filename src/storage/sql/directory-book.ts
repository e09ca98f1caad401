import type { DirectoryBook } from '#contracts/directory-book.ts';
import type { SqlDatabase } from './database.ts';
import { createDirectoryGroups } from './directory-groups.ts';
import { createDirectoryTokens } from './directory-tokens.ts';
import { createDirectoryUsers } from './directory-users.ts';

export function createDirectoryBook(database: SqlDatabase): DirectoryBook {
  return {
    ...createDirectoryTokens(database),
    ...createDirectoryUsers(database),
    ...createDirectoryGroups(database),
  };
}
