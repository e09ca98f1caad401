import type { LabelBook, TaskLabels } from '#contracts/label-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Label, labelCeiling } from '#kernel/label.ts';
import { optionalNumber, optionalText, type SqlDatabase, type SqlTransaction } from './database.ts';
import { lockReach, raiseIfOpen, raiseWhereLacking } from './label-reach.ts';

const ceiling: TaskLabels = { labels: labelCeiling, version: labelCeiling.length };

/** A row a label. INVARIANT: there is no statement here that could take one away. */
export function createLabelBook(database: SqlDatabase): LabelBook {
  return {
    read: (tenant, task) =>
      database.tenant(tenant, async (tx) => (await readLabels(tx, tenant, task)) ?? ceiling),
    raise: (tenant, where, labels, source) =>
      database.tenant(tenant, async (tx) => {
        // One raise after the other, so that a version names one set of labels; and an end of a
        // task comes before it or after it.
        const reached = await lockReach(tx, tenant, where.task);
        await checkOpen(tx, tenant, where.task);
        const { session, task } = where;
        for (const label of labels) {
          await raiseIfOpen(tx, { tenant, task, label, session, source });
          const beside = reached.filter((one) => one !== task);
          await raiseWhereLacking(tx, { tenant, label, session, source }, beside);
        }
        return (await readLabels(tx, tenant, where.task)) ?? ceiling;
      }),
  };
}

async function checkOpen(tx: SqlTransaction, tenant: string, task: string): Promise<void> {
  const rows = await tx.all('SELECT ended_at FROM tasks WHERE tenant = $1 AND id = $2', [
    tenant,
    task,
  ]);
  const row = rows[0];
  if (row === undefined) throw new BailiwickError('identity/no-task');
  if (optionalNumber(row, 'ended_at') !== undefined) {
    throw new BailiwickError('identity/task-ended');
  }
}

/** Undefined for a task that is in no book. */
export async function readLabels(
  tx: SqlTransaction,
  tenant: string,
  task: string,
): Promise<TaskLabels | undefined> {
  const rows = await tx.all(
    `SELECT DISTINCT task_labels.label AS label FROM tasks
      LEFT JOIN task_labels ON task_labels.tenant = tasks.tenant AND task_labels.task = tasks.id
      WHERE tasks.tenant = $1 AND tasks.id = $2`,
    [tenant, task],
  );
  if (rows.length === 0) return undefined;
  // Sorted here: the engines collate differently.
  const labels = rows
    .map((row) => optionalText(row, 'label') as Label | undefined)
    .filter((label) => label !== undefined)
    .sort();
  return { labels, version: labels.length };
}
