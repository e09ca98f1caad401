import type { Outbox, OutboxDraft, OwedDraft } from '#contracts/outbox.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { number, type SqlDatabase, type SqlRow, type SqlTransaction, text } from './database.ts';
import { fromColumn, toColumn } from './json.ts';

/** What a transaction over the system owes, and what one over a tenant owes: each beside its effect. */
type OutboxTable = 'system_outbox' | 'outbox';

export function createOutbox(database: SqlDatabase, clock: Clock): Outbox {
  return {
    async put(drafts) {
      if (drafts.length === 0) return;
      await database.system((tx) => putDrafts(tx, 'system_outbox', drafts));
      await database.notify('outbox');
    },
    async due(limit) {
      const now = clock.now();
      const found = await database.system((tx) => readDue(tx, 'system_outbox', limit, now));
      for (const tenant of await database.tenants()) {
        found.push(...(await database.tenant(tenant, (tx) => readDue(tx, 'outbox', limit, now))));
      }
      return found
        .sort((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit)
        .map(({ draft }) => draft);
    },
    done: (drafts) =>
      forEach(database, drafts, (table) => ({
        sql: `DELETE FROM ${table} WHERE tenant = $1 AND id = $2`,
        values: [],
      })),
    defer: (drafts, at) =>
      forEach(database, drafts, (table) => ({
        sql: `UPDATE ${table} SET due_at = $3 WHERE tenant = $1 AND id = $2`,
        values: [at],
      })),
    onPut: (listener) =>
      database.onNotify(async (feed) => {
        if (feed === 'outbox') listener();
      }),
  };
}

/** INVARIANT: called inside the transaction of the effect, so that neither is there without the other. */
export async function putDrafts(
  tx: SqlTransaction,
  table: OutboxTable,
  drafts: readonly OutboxDraft[],
): Promise<void> {
  for (const { id, tenant, kind, body, at } of drafts) {
    await tx.run(
      `INSERT INTO ${table} (tenant, id, kind, body, put_at, due_at) VALUES ($1, $2, $3, $4, $5, $5)
        ON CONFLICT (tenant, id) DO NOTHING`,
      [tenant, id, kind, toColumn(body), at],
    );
  }
}

/** Tells whoever drains, once the effect is durable. */
export async function notifyPut(
  database: SqlDatabase,
  drafts: readonly OutboxDraft[],
): Promise<void> {
  if (drafts.length > 0) await database.notify('outbox');
}

/** What a tenant's transaction owes is that tenant's. */
export function ownDrafts(tenant: string, drafts: readonly OutboxDraft[]): readonly OutboxDraft[] {
  if (drafts.every((draft) => draft.tenant === tenant)) return drafts;
  throw new BailiwickError('api/invalid', { message: 'a reaction is owed by another tenant' });
}

interface Due {
  readonly draft: OutboxDraft;
  readonly dueAt: number;
}

async function readDue(
  tx: SqlTransaction,
  table: OutboxTable,
  limit: number,
  now: number,
): Promise<Due[]> {
  const rows = await tx.all(
    `SELECT * FROM ${table} WHERE due_at <= $2 ORDER BY due_at, id LIMIT $1`,
    [limit, now],
  );
  return rows.map((row) => ({ draft: toDraft(row), dueAt: number(row, 'due_at') }));
}

/** Where a draft stands is not asked: the same id is in one of the two. */
async function forEach(
  database: SqlDatabase,
  drafts: readonly OwedDraft[],
  statement: (table: OutboxTable) => { readonly sql: string; readonly values: readonly number[] },
): Promise<void> {
  if (drafts.length === 0) return;
  const run = (table: OutboxTable, some: readonly OwedDraft[]) => async (tx: SqlTransaction) => {
    const { sql, values } = statement(table);
    for (const { tenant, id } of some) await tx.run(sql, [tenant, id, ...values]);
  };
  await database.system(run('system_outbox', drafts));
  const known = new Set(await database.tenants());
  for (const [tenant, some] of Map.groupBy(drafts, (draft) => draft.tenant)) {
    if (known.has(tenant)) await database.tenant(tenant, run('outbox', some));
  }
}

function toDraft(row: SqlRow): OutboxDraft {
  return {
    id: text(row, 'id'),
    tenant: text(row, 'tenant'),
    kind: text(row, 'kind'),
    body: fromColumn(text(row, 'body')) as JsonObject,
    at: number(row, 'put_at'),
  };
}
