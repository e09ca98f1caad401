import { afterAll, describe } from 'vitest';
import { describeStatePort, describeStore } from '#contracts/store.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { startPostgres } from '../../../test/postgres/harness.ts';
import { describeLiftedApprovals } from '../sql/lift-approvals.suite.ts';
import { describeLiftedOverlay } from '../sql/lift-overlay.suite.ts';
import { openPostgresDatabase } from './database.ts';
import { openPostgresStatePort, openPostgresStore } from './index.ts';

const postgres = await startPostgres();
const wrapper = await new FakeKeyring().wrapper('tenants');
const tenantKeys = new FakeTenantKeys(() => wrapper);

afterAll(async () => {
  if (postgres.kind === 'started') await postgres.server.stop();
});

describe.skipIf(postgres.kind === 'unavailable')('on a real server', () => {
  describeStore('PostgreSQL', async () => {
    if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
    const database = await postgres.server.createDatabase();
    const clock = new ManualClock();
    const store = await openPostgresStore({ tenantKeys, ...database, clock });
    return {
      port: store,
      authority: store,
      clock,
      async close() {
        await store.close();
        await database.drop();
      },
    };
  });

  const upgraded = async () => {
    if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
    const made = await postgres.server.createDatabase();
    const clock = new ManualClock();
    return {
      clock,
      openDatabase: async () => Promise.resolve(openPostgresDatabase(made.connection)),
      openStore: () => openPostgresStore({ ...made, clock }),
      drop: () => made.drop(),
    };
  };
  describeLiftedApprovals('PostgreSQL', upgraded);
  describeLiftedOverlay('PostgreSQL', upgraded);

  describeStatePort('PostgreSQL with the role of a gateway', async () => {
    if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
    const database = await postgres.server.createDatabase();
    const clock = new ManualClock();
    const authority = await openPostgresStore({ tenantKeys, ...database, clock });
    const connection = database.gatewayConnection;
    const port = await openPostgresStatePort({ tenantKeys, connection, clock });
    return {
      port,
      authority,
      clock,
      async close() {
        await port.close();
        await authority.close();
        await database.drop();
      },
    };
  });
});
