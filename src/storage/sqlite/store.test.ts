import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStore } from '#contracts/store.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { openSqliteStore } from './index.ts';

// In plain it is run over the socket (`../socket/store.test.ts`).
describeStore('SQLite files, sealed under keys of tenants', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-sqlite-'));
  const clock = new ManualClock();
  const wrapper = await new FakeKeyring().wrapper('tenants');
  const tenantKeys = new FakeTenantKeys(() => wrapper);
  const store = await openSqliteStore({ folder, clock, tenantKeys });
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
