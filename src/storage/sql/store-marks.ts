import type { StoreMarks } from '#contracts/store-mark.ts';
import { number, optionalText, type SqlDatabase, type SqlTransaction, text } from './database.ts';
import { currentEpoch } from './epoch.ts';

const idName = 'ratchet';

export function createStoreMarks(database: SqlDatabase): StoreMarks {
  return {
    async current() {
      const spent: Record<string, number> = {};
      for (const tenant of await database.tenants())
        spent[tenant] = await spentIn(database, tenant);
      const epoch = await currentEpoch(database);
      return database.system(async (tx) => {
        const overlay = Number((await valueOf(tx, 'overlay')) ?? 0);
        return { id: await valueOf(tx, idName), epoch, overlay, spent };
      });
    },
    async openLabels() {
      const found: Record<string, Record<string, string[]>> = {};
      for (const tenant of await database.tenants())
        found[tenant] = await labelsIn(database, tenant);
      return found;
    },
    async keep(id) {
      await database.system((tx) =>
        tx.run('INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING', [
          idName,
          id,
        ]),
      );
    },
    async lift({ epoch, overlay }) {
      await database.system(async (tx) => {
        await liftOne(tx, 'epoch', epoch);
        await liftOne(tx, 'overlay', overlay);
      });
    },
  };
}

/** INVARIANT: only rows that are never taken out are counted, so that the sum never shrinks. */
async function spentIn(database: SqlDatabase, tenant: string): Promise<number> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT CAST((SELECT COUNT(*) FROM approvals WHERE tenant = $1 AND spent_at IS NOT NULL)
        + (SELECT COUNT(*) FROM task_labels WHERE tenant = $1)
        + (SELECT COUNT(*) FROM document_versions WHERE tenant = $1) AS BIGINT) AS n`,
      [tenant],
    ),
  );
  return rows[0] === undefined ? 0 : number(rows[0], 'n');
}

async function labelsIn(database: SqlDatabase, tenant: string): Promise<Record<string, string[]>> {
  const rows = await database.tenant(tenant, (tx) =>
    tx.all(
      `SELECT DISTINCT tasks.id AS task, task_labels.label AS label FROM tasks
        LEFT JOIN task_labels ON task_labels.tenant = tasks.tenant AND task_labels.task = tasks.id
        WHERE tasks.tenant = $1 AND tasks.ended_at IS NULL`,
      [tenant],
    ),
  );
  const byTask = new Map<string, string[]>();
  for (const row of rows) {
    const task = text(row, 'task');
    const label = optionalText(row, 'label');
    byTask.set(task, [...(byTask.get(task) ?? []), ...(label === undefined ? [] : [label])].sort());
  }
  return Object.fromEntries(byTask);
}

async function valueOf(tx: SqlTransaction, name: string): Promise<string | undefined> {
  const rows = await tx.all('SELECT value FROM meta WHERE name = $1', [name]);
  return rows[0] === undefined ? undefined : optionalText(rows[0], 'value');
}

async function liftOne(tx: SqlTransaction, name: string, above: number): Promise<void> {
  await tx.run(
    `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2
      WHERE CAST(meta.value AS BIGINT) < CAST($2 AS BIGINT)`,
    [name, String(above)],
  );
}
