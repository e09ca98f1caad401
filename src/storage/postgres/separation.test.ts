import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raiseIn } from '#contracts/begin-task.suite.ts';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { startPostgres, type TestDatabase } from '../../../test/postgres/harness.ts';
import { schemaVersion, systemTables, tenantTables } from '../sql/migrations.ts';
import { openPostgresStore } from './index.ts';

const postgres = await startPostgres();
const clock = new ManualClock();
const now = clock.now();

async function newDatabase(): Promise<TestDatabase> {
  if (postgres.kind === 'unavailable') throw new Error(postgres.reason);
  return postgres.server.createDatabase();
}

/** Runs as whoever the URL names, in the schema of the store, outside of our code. */
async function raw<T>(connection: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: connection,
    options: '-c search_path=bailiwick',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** One row at least in every table that holds a tenant's rows. */
async function fill(store: Store, tenant: string): Promise<void> {
  await store.grants.request(approvalRequest({ tenant, now }));
  await store.leases.open({
    id: 'lease',
    tenant,
    agent: 'bot',
    instance: 'i',
    target: 'tool:s',
    secret: 'x',
    bound: 'process',
    openedAt: now,
  });
  await raiseIn(store, tenant, 'task', ['integrity:untrusted']);
  await store.objects.mark(tenant, {
    objects: [{ kind: 'memory', name: 'k', named: 'k', id: 'o' }],
    labels: ['integrity:untrusted'],
    task: 'task',
    agent: 'bot',
    source: 's/t',
    now,
    open: false,
  });
  const moved = { rows: 1, bytes: 1, calls: 1 };
  await store.outflow.count({ tenant, keys: ['k'], moved, windowMs: 1_000, now });
  const session = { id: 'session', task: 'task', agent: 'bot', instance: 'i' };
  await store.tasks.begin({ tenant, tasks: [], sessions: [session], now });
  await store.tasks.say({
    tenant,
    task: 'task',
    way: 'call',
    words: 'sealed',
    by: 'ada',
    speaker: 'speaker:chat@1',
    record: 'r',
    statement: 'chat j1',
    now,
  });
  await store.reservations.reserve({
    tenant,
    key: 'calls',
    amount: 1,
    period: 'day',
    limit: 5,
    now,
    expiresAt: now + 1_000,
  });
  const document = { kind: 'Agent', name: 'bot', spec: {}, digest: 'd' };
  await store.documents.put({ ...document, tenant, by: 'ann', now });
  await store.documents.put({ ...document, name: 'gone', tenant, by: 'ann', now });
  await store.documents.remove({ tenant, kind: 'Agent', name: 'gone', by: 'ann' });
  await store.catalogue.report({
    tenant,
    server: 's',
    look: `look at ${tenant}`,
    tools: [{ tenant, server: 's', tool: 't', digest: 'd', definition: {}, observedAt: now }],
    shown: ['t'],
    now,
  });
  const secret = { name: 'key', version: 1, wrappedKey: 'w', sealed: 's' };
  const owed = { id: 'owed', tenant, kind: 'recompile', body: {}, at: now };
  await store.secrets.put({ tenant, secret, by: 'ann', now, also: [owed] });
  const key = { handle: `handle of ${tenant}`, wrappedKey: 'w' };
  await store.payloadKeys.keep({ tenant, subject: 'ann', key, now });
  await store.payloadKeys.destroy({ tenant, handle: `other of ${tenant}`, record: 'r', now });
  const asked = { askedBy: 'ann', askedAt: now };
  const agreement = { id: 'a', act: {}, reason: 'law', until: now + 1_000, ...asked };
  await store.agreements.ask(tenant, agreement);
  const repeated = { person: 'ann', key: 'k', request: 'r', until: now + 1_000, most: 9 };
  await store.repeats.begin({ tenant, now, ...repeated });
  const steps = [{ kind: 'Agent', name: 'x', before: undefined, spec: undefined }];
  const review = {
    id: 'r',
    owner: 'api',
    steps,
    reason: 'law',
    until: now,
    state: 'open',
    seal: 's',
  } as const;
  await store.documentReviews.ask(tenant, { ...review, ...asked });
  await store.documentReviews.bootstrap(tenant, now);
  const scope = { kind: 'since', from: 0 } as const;
  const open = { heldBy: undefined, heldAt: undefined, releasedBy: undefined };
  const hold = { id: 'h', scope, matter: 'm', lapsesAt: now, ...open, releasedAt: undefined };
  await store.holds.ask(tenant, { ...hold, ...asked });
  const change = { tenant, expects: 0, now, most: 10 };
  const facts = { userName: 'ann', emails: [], active: true };
  await store.directory.putUser({ ...change, id: 'ann', facts });
  const group = { id: 'group', facts: { displayName: 'g' }, members: ['ann'] };
  await store.directory.putGroup({ ...change, ...group });
  await store.oversight.putOrphan({ tenant, agent: 'bot', owner: 'ann', since: now });
  const unsaid = { by: undefined, next: undefined, answers: undefined };
  await store.oversight.putReview({ tenant, agent: 'bot', at: now, told: 'nothing', ...unsaid });
  await store.people.addPerson({
    person: { tenant, name: 'ann', roles: ['admin'] },
    credentialDigest: `credential of ${tenant}`,
    now,
  });
}

/** The same of those that keep who acts for whom. */
async function fillDelegations(store: Store, tenant: string): Promise<void> {
  const of = { tenant, client: 'cursor', agent: 'bot' };
  await store.delegations.begin({
    ...of,
    id: 'delegation',
    user: { issuer: 'https://idp', subject: 'ann', session: 's' },
    consent: 'consent',
    instance: 'u-delegation',
    hops: [],
    parent: undefined,
    task: 'task',
    effects: ['read'],
    isScoped: false,
    thumbprint: undefined,
    begunAt: now,
    until: now + 1_000,
  });
  const until = now + 1_000;
  await store.delegations.useOnce({ tenant, issuer: 'https://idp', jti: 'j', until, now });
  const redirectUris = ['http://127.0.0.1/callback'];
  const registered = { tenant, id: 'client', document: 'any', name: 'Cursor', redirectUris };
  const times = { registeredAt: now, usedAt: now };
  await store.clients.register({ ...registered, source: '10.0.0.1', ...times }, 9);
  const effects = ['read'] as const;
  const names = { document: 'cursor', effects, until };
  const user = { issuer: 'https://idp', subject: 'ann', person: 'ann@corp' };
  const given = { ...of, ...names, ...user, id: 'given', clientName: 'Cursor', givenAt: now };
  await store.consents.give(given);
  const code = { ...of, ...names, digest: 'd', consent: 'given', isNew: true, session: 's' };
  const asked = { redirectUri: 'http://127.0.0.1/callback', challenge: 'c', resource: undefined };
  await store.codes.put({ ...code, ...asked, expiresAt: until });
  const family = {
    tenant,
    delegation: 'delegation',
    client: 'cursor',
    thumbprint: undefined,
    until,
  };
  await store.codes.begin(family, `refresh of ${tenant}`, now);
}

afterAll(async () => {
  if (postgres.kind === 'started') await postgres.server.stop();
});

describe.skipIf(postgres.kind === 'unavailable')('the separation of tenants in PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await newDatabase();
    store = await openPostgresStore({ ...database, clock });
    await fill(store, 'acme');
    await fill(store, 'globex');
    for (const tenant of ['acme', 'globex']) await fillDelegations(store, tenant);
    // Nobody writes these any more; what stands there is taken over.
    for (const tenant of ['acme', 'globex']) {
      await inScope(tenant, async (client) => {
        await client.query(
          `INSERT INTO session_labels (tenant, session, label, source) VALUES ($1, 's', 'l', 'x')`,
          [tenant],
        );
        await client.query('COMMIT');
      });
    }
  });
  afterAll(() => store.close());

  /** In one transaction, as our code would: the scope is set, then whatever comes. */
  const inScope = <T>(scope: string | undefined, work: (client: Client) => Promise<T>) =>
    raw(database.connection, async (client) => {
      await client.query('BEGIN');
      if (scope !== undefined) {
        await client.query(`SELECT set_config('bailiwick.tenant', $1, true)`, [scope]);
      }
      return work(client);
    });
  const tenantsIn = (client: Client, table: string) =>
    client
      .query<{ tenant: string }>(`SELECT DISTINCT tenant FROM ${table} ORDER BY tenant`)
      .then(({ rows }) => rows.map((row) => row.tenant));

  it('is forced on every table there is, none of which the runtime role owns [DAT-01]', async () => {
    const { rows } = await raw(database.adminConnection, (client) =>
      client.query<{ name: string; enabled: boolean; forced: boolean; owner: string }>(
        `SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
            pg_get_userbyid(c.relowner) AS owner
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'`,
      ),
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...systemTables, ...tenantTables].sort());
    for (const { name, enabled, forced, owner } of rows) {
      expect({ name, enabled, forced, owner }).toEqual({
        name,
        enabled: true,
        forced: true,
        owner: 'bailiwick_owner',
      });
    }
    const { rows: roles } = await raw(database.connection, (client) =>
      client.query('SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user'),
    );
    expect(roles).toEqual([{ rolsuper: false, rolbypassrls: false }]);
  });

  it.each(tenantTables)(
    'shows no row of another tenant in %s, by any SQL [DAT-01]',
    async (table) => {
      const all = await raw(database.adminConnection, (client) => tenantsIn(client, table));
      expect(all).toEqual(['acme', 'globex']);
      for (const tenant of all) {
        expect(await inScope(tenant, (client) => tenantsIn(client, table))).toEqual([tenant]);
      }
      for (const scope of [undefined, '', '*', 'other', 'ACME', "' OR 1=1 --"]) {
        expect(await inScope(scope, (client) => tenantsIn(client, table))).toEqual([]);
      }
    },
  );

  it.each(tenantTables)('takes no row for another tenant in %s [DAT-01]', async (table) => {
    const moved = inScope('acme', (client) =>
      client.query(`INSERT INTO ${table} SELECT (jsonb_populate_record(t,
        '{"tenant":"globex","handle":"x","call_digest":"x","id":"x","name":"x","version":9}')).*
        FROM ${table} t`),
    );
    await expect(moved).rejects.toMatchObject({ code: '42501' });
    const counted = await inScope('acme', async (client) => {
      const tried = await Promise.allSettled([
        client.query(`UPDATE ${table} SET tenant = tenant WHERE tenant = 'globex'`),
      ]);
      return tried[0].status === 'fulfilled' ? tried[0].value.rowCount : 0;
    });
    expect(counted).toBe(0);
    await inScope('acme', async (client) => {
      // Where the role has no right to delete at all, that is as good.
      await client.query(`DELETE FROM ${table}`).catch(() => undefined);
      await client.query('COMMIT');
    });
    const left = await raw(database.adminConnection, (client) => tenantsIn(client, table));
    expect(left).toContain('globex');
  });

  it('hides what belongs to the system from a tenant`s transaction', async () => {
    for (const table of systemTables) {
      const { rows } = await inScope('acme', (client) => client.query(`SELECT * FROM ${table}`));
      expect(rows).toEqual([]);
    }
    const { rows } = await inScope('*', (client) => client.query('SELECT tenant FROM people'));
    expect(rows.length).toBeGreaterThanOrEqual(2);
  });

  it('cannot be lifted by the role that runs', async () => {
    const attempts = [
      'ALTER TABLE approvals DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE approvals NO FORCE ROW LEVEL SECURITY',
      'DROP POLICY scope ON approvals',
      'CREATE POLICY open ON approvals USING (true)',
      'TRUNCATE approvals',
      'DROP TABLE approvals',
      'CREATE TABLE bailiwick.mine (a TEXT)',
      'SET ROLE bailiwick_owner',
      'SET ROLE postgres',
      'ALTER ROLE bailiwick_app BYPASSRLS',
      'SET row_security = off; SELECT * FROM approvals',
      'UPDATE session_labels SET label = label',
      'DELETE FROM session_labels',
      'DELETE FROM document_versions',
      'DELETE FROM document_removals',
    ];
    for (const sql of attempts) {
      const tried = inScope('acme', (client) => client.query(sql));
      await expect(tried, sql).rejects.toMatchObject({ code: expect.stringMatching(/^42/) });
    }
  });
});

describe.skipIf(postgres.kind === 'unavailable')('opening PostgreSQL', () => {
  it('migrates once, also when several start at the same time', async () => {
    const database = await newDatabase();
    const open = () => openPostgresStore({ ...database, clock });
    const stores = await Promise.all([open(), open(), open()]);
    for (const [at, store] of stores.entries())
      await raiseIn(store, 'main', `s${at}`, ['integrity:untrusted']);
    for (const store of stores) await store.close();
    const again = await openPostgresStore({ connection: database.connection, clock });
    expect((await again.labels.read('main', 's2')).labels).toEqual(['integrity:untrusted']);
    await again.close();
  });

  it('refuses a role that could look past the separation', async () => {
    const database = await newDatabase();
    await (await openPostgresStore({ ...database, clock })).close();
    for (const connection of [database.migrationConnection, database.adminConnection]) {
      await expect(openPostgresStore({ connection, clock })).rejects.toMatchObject({
        code: 'store/unavailable',
        message: expect.stringContaining('look past'),
      });
    }
  });

  it('refuses a table whose policies are off, until the owner has put them back', async () => {
    const database = await newDatabase();
    await (await openPostgresStore({ ...database, clock })).close();
    await raw(database.migrationConnection, (client) =>
      client.query('ALTER TABLE leases NO FORCE ROW LEVEL SECURITY'),
    );
    const { connection } = database;
    await expect(openPostgresStore({ connection, clock })).rejects.toMatchObject({
      message: expect.stringContaining('leases'),
    });
    await (await openPostgresStore({ ...database, clock })).close();
  });

  it('refuses a schema that is not there, and one of a newer version', async () => {
    const database = await newDatabase();
    const { connection } = database;
    await expect(openPostgresStore({ connection, clock })).rejects.toMatchObject({
      code: 'store/older-version',
    });
    await (await openPostgresStore({ ...database, clock })).close();
    await raw(database.adminConnection, (client) =>
      client.query(`UPDATE meta SET value = $1 WHERE name = 'schema'`, [String(schemaVersion + 1)]),
    );
    const newer = { code: 'store/newer-version' };
    await expect(openPostgresStore({ connection, clock })).rejects.toMatchObject(newer);
    await expect(openPostgresStore({ ...database, clock })).rejects.toMatchObject(newer);
  });

  it('says that the server cannot be reached', async () => {
    const connection = 'postgres://nobody:wrong@127.0.0.1:1/none';
    await expect(openPostgresStore({ connection, clock })).rejects.toMatchObject({
      code: 'store/unavailable',
    });
  });
});
