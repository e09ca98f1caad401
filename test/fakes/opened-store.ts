import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';

/** The true store in a folder of its own, gone with the scope. */
export async function openedStore(
  clock: Clock,
): Promise<AsyncDisposable & { readonly store: Store }> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-store-'));
  const store = await openSqliteStore({ folder, clock });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
