import { afterAll, describe, expect, it } from 'vitest';
import { describeStatePort, describeStore } from '#contracts/store.suite.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { startPostgres } from '../../../test/postgres/harness.ts';
import { describeLiftedApprovals } from '../sql/lift-approvals.suite.ts';
import { describeLiftedOverlay } from '../sql/lift-overlay.suite.ts';
import { onlyAddedTo } from '../sql/migrations.ts';
import { sealedColumns } from '../sql/sealed-columns.ts';
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
  it('seals at the next start what an earlier version wrote, with the rights that it has [DAT-02]', async () => {
    if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
    const made = await postgres.server.createDatabase();
    const clock = new ManualClock();
    const earlier = await openPostgresStore({ ...made, clock });
    const names = Array.from({ length: 120 }, (_, at) => `p${at}`);
    for (const name of names) {
      const put = { tenant: 'main', kind: 'Policy', name, spec: { name }, digest: name, by: 'ann' };
      await earlier.documents.put({ ...put, now: 1 });
    }
    await earlier.close();
    const store = await openPostgresStore({ ...made, clock, tenantKeys });
    expect((await store.documents.list('main')).map(({ spec }) => spec['name'])).toEqual(
      names.toSorted(),
    );
    await store.close();
    const database = openPostgresDatabase(made.connection);
    await database.tenant('main', async (tx) => {
      const plain = `SELECT name FROM documents WHERE substr(spec, 1, 5) <> 'bwk1:'`;
      expect(await tx.all(plain, [])).toEqual([]);
      // Whoever may not is told so without a row, too.
      for (const [table, columns] of Object.entries(sealedColumns))
        for (const column of onlyAddedTo.includes(table) ? [] : columns)
          await tx.run(`UPDATE ${table} SET ${column} = ${column} WHERE tenant = 'none'`, []);
    });
    await database.close();
    await made.drop();
  });
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
