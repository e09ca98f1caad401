import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '#contracts/store.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from './index.ts';

describeStore('SQLite files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-sqlite-'));
  const clock = new ManualClock();
  const store = await openSqliteStore({ folder, clock });
  return {
    port: store,
    authority: store,
    clock,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
