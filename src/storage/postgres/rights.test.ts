import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import { quarantine } from '#contracts/overlay-feed.suite.ts';
import type { Store } from '#contracts/store.ts';
import { ManualClock } from '#kernel/time.ts';
import { startPostgres, type TestDatabase } from '../../../test/postgres/harness.ts';
import { openPostgresStatePort, openPostgresStore } from './index.ts';

const postgres = await startPostgres();
const clock = new ManualClock();
const now = clock.now();
let database: TestDatabase;
let store: Store;
let approval = '';

beforeAll(async () => {
  if (postgres.kind === 'unavailable') return;
  database = await postgres.server.createDatabase();
  store = await openPostgresStore({ ...database, clock });
  approval = (await store.grants.request(approvalRequest({ tenant: 'main', now }))).id;
  await store.overlay.add({
    id: 'stop',
    target: { kind: 'all' },
    why: 'stop',
    by: 'ann',
    reason: 'now',
    at: 1,
  });
  const tools = [
    { tenant: 'main', server: 's', tool: 't', digest: 'd', definition: {}, observedAt: now },
  ];
  await store.catalogue.report({
    tenant: 'main',
    server: 's',
    look: 'l',
    tools,
    shown: ['t'],
    now,
  });
});

afterAll(async () => {
  await store?.close();
  if (postgres.kind === 'started') await postgres.server.stop();
});

/** As a gateway that was taken over would: any SQL, with its own role. */
async function asGateway(scope: string, sql: string): Promise<number> {
  const client = new Client({
    connectionString: database.gatewayConnection,
    options: '-c search_path=bailiwick',
  });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('bailiwick.tenant', $1, true)`, [scope]);
    const { rowCount } = await client.query(sql);
    await client.query('COMMIT');
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}

describe.skipIf(postgres.kind === 'unavailable')('the role of a gateway', () => {
  it.each([
    ['approve', 'main', `UPDATE approvals SET state = 'approved'`],
    ['decide', 'main', `UPDATE approvals SET decided_by = 'ann', decided_at = 1`],
    ['prolong a grant', 'main', 'UPDATE approvals SET grant_expires_at = 9999999999999'],
    ['rebind a grant', 'main', `UPDATE approvals SET call_digest = 'x', binding = '{}'`],
    [
      'insert a grant',
      'main',
      `INSERT INTO approvals (tenant, id, handle, state, agent, call_digest, binding, context,
        requested_at, expires_at, epoch)
        VALUES ('main', 'x', 'x', 'approved', 'a', 'x', '{}', '{}', 1, 9, 1)`,
    ],
    ['forget an approval', 'main', 'DELETE FROM approvals'],
    ['pin', 'main', `UPDATE catalogue SET pinned = observed`],
    ['forget a tool', 'main', 'DELETE FROM catalogue'],
    ['write a document', 'main', `UPDATE documents SET spec = '{}'`],
    ['read secrets', 'main', 'SELECT * FROM secrets'],
    ['lower a label', 'main', 'DELETE FROM task_labels'],
    ['end a task', 'main', 'UPDATE tasks SET ended_at = 1'],
    ['owe another reaction', 'main', insertOwed('record')],
    ['release', '*', 'DELETE FROM overlay_entries'],
    ['stop', '*', insertEntry('stop')],
    ['number the overlay down', '*', `UPDATE meta SET value = '1' WHERE name = 'overlay'`],
    ['publish', '*', `UPDATE published SET body = '{}'`],
    ['read by which sign-in', 'main', 'SELECT session FROM delegations'],
    ['read people', '*', 'SELECT * FROM people'],
    ['enrol', '*', 'SELECT * FROM instances'],
    ['owe of the system', '*', 'SELECT * FROM system_outbox'],
  ])('has no right to %s [APR-02]', async (_, scope, sql) => {
    await expect(asGateway(scope, sql)).rejects.toMatchObject({
      code: expect.stringMatching(/^42/),
    });
  });

  it('changes no row that takes privilege away, and no epoch', async () => {
    const changed = `UPDATE overlay_entries SET reason = 'x' WHERE why = 'stop'`;
    expect(await asGateway('*', changed)).toBe(0);
    expect(await asGateway('*', `UPDATE meta SET value = '9' WHERE name = 'epoch'`)).toBe(0);
    expect((await store.overlay.current()).entries).toMatchObject([{ id: 'stop', reason: 'now' }]);
    expect((await store.grants.byId('main', approval))?.state).toBe('pending');
  });

  it('quarantines a tool, and that is heard as a newer overlay', async () => {
    const port = await openPostgresStatePort({ connection: database.gatewayConnection, clock });
    const before = await port.overlay.current();
    const after = await port.overlay.add(quarantine('main', 'pay'));
    expect(after.number).toBeGreaterThan(before.number);
    await port.close();
  });

  it('is refused when it could do what only control may', async () => {
    const { connection } = database;
    await expect(openPostgresStatePort({ connection, clock })).rejects.toMatchObject({
      code: 'store/unavailable',
      message: expect.stringContaining('only control'),
    });
  });
});

function insertOwed(kind: string): string {
  return `INSERT INTO outbox (tenant, id, kind, body, put_at, due_at)
    VALUES ('main', 'mine', '${kind}', '{}', 1, 1)`;
}

function insertEntry(why: string): string {
  return `INSERT INTO overlay_entries (id, target, why, set_by, reason, set_at, position)
    VALUES ('mine', '{"kind":"all"}', '${why}', 'me', 'x', 1, 1)`;
}
