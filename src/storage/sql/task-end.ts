import type { Lease } from '#contracts/lease-book.ts';
import { isOf, type Task, type TaskEnding } from '#contracts/task-book.ts';
import type { Approval } from '#kernel/grant.ts';
import { targetText } from '#kernel/target.ts';
import type { SqlTransaction } from './database.ts';
import { isOver, toApproval } from './grant-ledger.ts';
import { toLease } from './lease-book.ts';

/** What was asked or granted in a task that is over, in its transaction. */
export async function voidOpenApprovals(
  tx: SqlTransaction,
  task: Task,
  now: number,
): Promise<Approval[]> {
  const rows = await tx.all(
    `SELECT * FROM approvals WHERE tenant = $1 AND agent = $2 AND state IN ('pending', 'approved')`,
    [task.tenant, task.agent],
  );
  const own = rows
    .map(toApproval)
    .filter((approval) => isOf(task, approval.binding.instance) && !isOver(approval, now));
  for (const { id } of own) {
    await tx.run(`UPDATE approvals SET state = 'void' WHERE tenant = $1 AND id = $2`, [
      task.tenant,
      id,
    ]);
  }
  return own.map((approval) => ({ ...approval, state: 'void' }));
}

/** The leases of a task that is over, in its transaction. */
export async function endOpenLeases(
  tx: SqlTransaction,
  task: Task,
  { now, sharedServers }: Pick<TaskEnding, 'now' | 'sharedServers'>,
): Promise<Lease[]> {
  const rows = await tx.all(
    'SELECT * FROM leases WHERE tenant = $1 AND agent = $2 AND ended_at IS NULL',
    [task.tenant, task.agent],
  );
  const shared = new Set(
    sharedServers.map((owner) => targetText({ kind: 'tool', owner, name: undefined })),
  );
  const own = rows
    .map(toLease)
    .filter((lease) => isOf(task, lease.instance) && !shared.has(lease.target));
  const endedBy = `task ${task.id}`;
  for (const { id } of own) {
    await tx.run('UPDATE leases SET ended_at = $3, ended_by = $4 WHERE tenant = $1 AND id = $2', [
      task.tenant,
      id,
      now,
      endedBy,
    ]);
  }
  return own.map((lease) => ({ ...lease, endedAt: now, endedBy }));
}
