import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStatePort } from '#contracts/store.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { openSqliteStore } from '../sqlite/index.ts';
import { connectStatePort, serveStatePort } from './index.ts';

describeStatePort('the state port over a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-port-'));
  const clock = new ManualClock();
  const authority = await openSqliteStore({ folder, clock });
  const path = join(folder, 'run', 'state.sock');
  const server = await serveStatePort({ path, store: authority, clock });
  const port = connectStatePort({ path, name: 'gateway-1', clock });
  return {
    port,
    authority,
    clock,
    async close() {
      await port.close();
      await server.close();
      await authority.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
