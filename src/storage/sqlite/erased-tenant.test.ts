import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequest } from '#contracts/grant-ledger.suite.ts';
import type { Store } from '#contracts/store.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { filesHolding } from '../../../test/e2e/files.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeTenantKeys } from '../../../test/fakes/fake-tenant-keys.ts';
import { openedNames, sealedColumns, sealedParameters } from '../sql/sealed-columns.ts';
import { plainColumns } from '../sql/plain-columns.ts';
import { openSqliteDatabase } from './database.ts';
import { openSqliteStore } from './index.ts';

let root = '';
let tenantKeys: FakeTenantKeys;
const clock = new ManualClock();
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-erased-tenant-'));
  const keyring = new FakeKeyring();
  const [main, other] = [await keyring.wrapper('main'), await keyring.wrapper('other')];
  tenantKeys = new FakeTenantKeys((tenant) => (tenant === 'main' ? main : other));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const canary = 'a-word-that-stands-nowhere-else';
const open = (keys: FakeTenantKeys | undefined = tenantKeys) =>
  openSqliteStore({ folder: root, clock, ...(keys === undefined ? {} : { tenantKeys: keys }) });
const plain = () => openSqliteStore({ folder: root, clock });

async function furnish({ documents, grants, snapshots }: Store): Promise<void> {
  for (const tenant of ['main', 'other']) {
    const put = { tenant, kind: 'Policy', name: 'p', spec: { text: canary }, digest: 'd' };
    await documents.put({ ...put, by: 'ann', reason: canary, now: clock.now() });
    const asked = approvalRequest({ tenant, now: clock.now(), call: 'one' });
    const context = { ...asked.context, argumentsText: canary };
    const { id } = await grants.request({ ...asked, context });
    const said = { id, verdict: 'reject', by: 'ann', reason: canary, now: clock.now() } as const;
    await grants.decide({ tenant, ...said, grantExpiresAt: clock.now() });
  }
  const told = { number: 7, digest: 'd', tenants: { main: of('main'), other: of('other') } };
  await snapshots.publish(told as unknown as Snapshot);
}
const of = (tenant: string) => ({ tenant, policies: [{ text: canary }], manifests: {} });

describe('what the store holds of a tenant', () => {
  it('is in no file in plain, and opens nowhere once its key is destroyed; that of others does [DAT-02]', async () => {
    const store = await open();
    await furnish(store);
    expect(await store.documents.list('main')).toMatchObject([{ spec: { text: canary } }]);
    expect(await store.documents.history('main', 'Policy', 'p')).toMatchObject([
      { reason: canary },
    ]);
    expect((await store.snapshots.current()).snapshot?.tenants).toMatchObject({
      main: of('main'),
      other: of('other'),
    });
    expect(filesHolding(root, [canary])).toEqual([]);
    await store.close();
    tenantKeys.destroy({ tenant: 'main', record: 'r', at: 1 });
    const after = await open();
    expect(await after.documents.list('main')).toEqual([]);
    expect(await after.documents.history('main', 'Policy', 'p')).toEqual([]);
    expect(await after.grants.list({ tenant: 'main', limit: 10 })).toEqual([]);
    expect(Object.keys((await after.snapshots.current()).snapshot?.tenants ?? {})).toEqual([
      'other',
    ]);
    expect(await after.documents.list('other')).toMatchObject([{ spec: { text: canary } }]);
    await expect(furnish(after)).rejects.toMatchObject({ code: 'audit/erased' });
    await after.close();
  });

  it('is sealed at the next start where an earlier version wrote it, also after one that was cut off [DAT-02]', async () => {
    const earlier = await plain();
    await furnish(earlier);
    await earlier.close();
    expect(filesHolding(root, [canary])).not.toEqual([]);
    let left = 3;
    const failing = new FakeTenantKeys((tenant) => {
      left -= 1;
      if (left < 0) throw new Error('the power went');
      return tenantKeys.wrapper(tenant);
    });
    await open(failing).then(
      (store) => store.close(),
      () => undefined,
    );
    const store = await open();
    expect(await store.documents.list('main')).toMatchObject([{ spec: { text: canary } }]);
    expect(await store.documents.list('other')).toMatchObject([{ spec: { text: canary } }]);
    expect((await store.snapshots.current()).snapshot?.tenants).toMatchObject({ main: of('main') });
    await store.close();
    expect(filesHolding(root, [canary])).toEqual([]);
  });

  it('goes at the next start where an earlier version left it in plain of a tenant whose key was destroyed [DAT-02]', async () => {
    const earlier = await plain();
    await furnish(earlier);
    await earlier.close();
    tenantKeys.destroy({ tenant: 'main', record: 'r', at: 1 });
    const store = await open();
    expect(await store.documents.list('main')).toEqual([]);
    expect(await store.documents.list('other')).toMatchObject([{ spec: { text: canary } }]);
    await store.close();
    const database = await openSqliteDatabase({ folder: root });
    for (const [table, columns] of Object.entries(sealedColumns)) {
      const rows = await database.tenant('main', (tx) => tx.all(`SELECT * FROM ${table}`, []));
      for (const row of rows)
        for (const column of columns) expect(row[column] ?? null).toBeOneOf([null, 'bwk1:']);
    }
    await database.close();
  });

  it('is sealed of every tool that a look shows, not of the first alone [DAT-02]', async () => {
    const store = await open();
    const whose = { tenant: 'main', server: 'crm' };
    const definition = { description: canary };
    const shown = ['a', 'b', 'c'];
    const tools = shown.map((tool) => ({
      ...whose,
      tool,
      digest: tool,
      definition,
      observedAt: 0,
    }));
    await store.catalogue.report({ ...whose, look: 'one', tools, shown, now: 0 });
    await store.close();
    expect(filesHolding(root, [canary])).toEqual([]);
  });

  it('is sealed column by column, or stands on the list with the reason why not [DAT-02]', async () => {
    const database = await openSqliteDatabase({ folder: root });
    await database.tenant('main', async () => undefined);
    const columns = `SELECT m.name AS t, p.name AS c FROM sqlite_schema m, pragma_table_info(m.name) p
      WHERE m.type = 'table' AND p.type = 'TEXT' AND p.name <> 'tenant'`;
    const found = [
      ...(await database.tenant('main', (tx) => tx.all(columns, []))),
      ...(await database.system((tx) => tx.all(columns, []))),
    ].map(({ t, c }) => `${String(t)}.${String(c)}`);
    await database.close();
    expect(found.length).toBeGreaterThan(100);
    const sealed = Object.entries(sealedColumns).flatMap(([table, names]) =>
      names.map((name) => `${table}.${name}`),
    );
    const named = Object.values(plainColumns).flat();
    expect([...sealed, ...named].toSorted()).toEqual(found.toSorted());
  });
});

describe('a column of the same name that is plain', () => {
  it('is given back as it was written, whatever it begins with', () => {
    expect([...openedNames('SELECT reason FROM tasks WHERE tenant = $1')]).toEqual([]);
    expect(openedNames('SELECT * FROM approvals').has('reason')).toBe(true);
    expect(openedNames('SELECT 1 FROM x JOIN document_removals r').has('removed_why')).toBe(true);
  });
});

describe('a statement that writes a sealed column', () => {
  it('is sealed by its parameter, and refused where it writes one by anything else', () => {
    const insert = `INSERT INTO documents (tenant, kind, spec) VALUES ($1, $2, $3)
      ON CONFLICT (tenant, kind) DO UPDATE SET spec = $3, kind = $2`;
    expect([...sealedParameters(insert)]).toEqual([3]);
    expect([
      ...sealedParameters('UPDATE approvals SET state = $3, reason = $4 WHERE id = $1'),
    ]).toEqual([4]);
    expect([...sealedParameters('UPDATE catalogue SET observed = NULL, tool = $2')]).toEqual([]);
    expect([
      ...sealedParameters('INSERT INTO outbox (tenant, body) VALUES ($1, $2), ($3, $4), ($5, $6)'),
    ]).toEqual([2, 4, 6]);
    expect([...sealedParameters('SELECT spec FROM documents WHERE spec = $1')]).toEqual([]);
    for (const sql of [
      'UPDATE catalogue SET pinned = observed WHERE tenant = $1',
      'WITH one AS (SELECT 1) INSERT INTO documents (tenant, spec) VALUES ($1, $2)',
      'INSERT OR REPLACE INTO documents (tenant, spec) VALUES ($1, $2)',
      'INSERT INTO documents (tenant, spec) VALUES ($1, $2), ($3, lower($4))',
      'INSERT INTO documents VALUES ($1, $2)',
      'INSERT INTO documents (tenant, spec) SELECT $1, $2',
      `INSERT INTO documents (tenant, spec) VALUES ($1, 'in plain')`,
    ]) {
      expect(() => sealedParameters(sql), sql).toThrow(TypeError);
    }
  });
});
