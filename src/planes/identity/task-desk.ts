import { checkReason, type ReasonedAct } from '#contracts/desk.ts';
import type { RaisedLabel } from '#contracts/label-book.ts';
import type { Reservations } from '#contracts/reservations.ts';
import { amountsPeriod } from '#contracts/task-amounts.ts';
import type { Session, Task, TaskFilter } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { labelCeiling, type Labels } from '#kernel/label.ts';
import { holdsRole, type Person } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { createTurns } from '#kernel/turns.ts';
import { beginOnRecord, type BeginRecorder, type TaskBeginning } from './task-begin.ts';
import { endOnRecord, sharedServersOf } from './task-end.ts';
import type { TaskKeeper, TaskKeeperParts } from './task-keeper.ts';
import { type AmountView, amountsOf } from './task-sums.ts';

export interface TaskView {
  readonly task: Task;
  readonly labels: Labels;
  readonly amounts: readonly AmountView[];
}

export interface TaskDetail extends TaskView {
  readonly sessions: readonly Session[];
  /** Which session raised which label, from where. */
  readonly raised: readonly RaisedLabel[];
}

/** Tasks for people. Begin and end are on record, with their reason, before they take effect. */
export interface TaskDesk {
  /** By an operator, or by whoever owns the agent: from then on it may what the task may, and no more. */
  begin(act: TaskBeginning): Promise<TaskView>;
  list(filter: TaskFilter): Promise<readonly TaskView[]>;
  show(tenant: string, id: string): Promise<TaskDetail | undefined>;
  /** By an operator, or by whoever owns the agent: it sheds what the task carries. */
  end(act: ReasonedAct & { readonly id: string }): Promise<TaskView>;
}

export interface TaskDeskParts
  extends Pick<TaskKeeperParts, 'tasks' | 'labels' | 'overlay' | 'clock' | 'instances'> {
  readonly recorder: BeginRecorder;
  readonly keeper: TaskKeeper;
  readonly reservations: Pick<Reservations, 'used'>;
  readonly snapshot: () => Snapshot | undefined;
}

export function createTaskDesk(parts: TaskDeskParts): TaskDesk {
  const turns = createTurns();
  return {
    list: async (filter) => {
      const tasks = await parts.tasks.list(filter);
      return Promise.all(tasks.map((task) => withLabels(parts, task)));
    },
    show: (tenant, id) => show(parts, tenant, id),
    // One after the other: none begins in the middle of an end.
    begin: (act) => turns.take(act.by.tenant, () => begin(parts, act)),
    end: (act) => turns.take(act.by.tenant, () => end(parts, act)),
  };
}

async function withLabels(parts: TaskDeskParts, task: Task): Promise<TaskView> {
  const { labels } = await parts.labels.read(task.tenant, task.id);
  return { task, labels, amounts: await amountsIn(parts, task) };
}

function amountsIn({ reservations }: TaskDeskParts, { tenant, begun }: Task) {
  return amountsOf(begun?.scope, (key) => reservations.used(tenant, key, amountsPeriod));
}

async function show(
  parts: TaskDeskParts,
  tenant: string,
  id: string,
): Promise<TaskDetail | undefined> {
  const task = await parts.tasks.get(tenant, id);
  if (task === undefined) return undefined;
  return {
    ...(await withLabels(parts, task)),
    sessions: await parts.tasks.sessions(tenant, id),
    raised: await parts.tasks.labels(tenant, id),
  };
}

async function end(
  parts: TaskDeskParts,
  { id, by, reason }: Parameters<TaskDesk['end']>[0],
): Promise<TaskView> {
  checkReason({ reason });
  const { tenant } = by;
  const task = await parts.tasks.get(tenant, id);
  if (task === undefined) {
    throw new BailiwickError('api/not-found', { message: `no task is called \`${id}\`` });
  }
  if (!mayEnd(parts, by, task)) {
    throw new BailiwickError('api/forbidden', {
      message: 'a task is ended by an operator or by the owner of its agent',
    });
  }
  if (task.endedAt !== undefined) throw new BailiwickError('identity/task-ended');
  const servers = parts.snapshot()?.tenants[tenant]?.servers ?? {};
  const sharedServers = sharedServersOf(servers);
  const before = (await parts.labels.read(tenant, id).catch(() => undefined))?.labels;
  try {
    const ended = await endOnRecord(
      parts,
      task,
      { by: by.name, reason },
      { sharedServers, done: false },
    );
    const amounts = await amountsIn(parts, ended.task);
    return { task: ended.task, labels: before ?? labelCeiling, amounts };
  } finally {
    // Also when it broke off: what is in force already must be finished.
    parts.keeper.ended(tenant, task.agent);
    await parts.keeper.publish();
  }
}

async function begin(parts: TaskDeskParts, act: TaskBeginning): Promise<TaskView> {
  const task = await parts.keeper.inTurn(() => beginOnRecord(parts, act));
  await parts.keeper.publish();
  return withLabels(parts, task);
}

/** Whoever owns the agent now; of an agent that is gone, whoever owned it when the task began. */
function mayEnd({ snapshot }: TaskDeskParts, by: Person, task: Task): boolean {
  const agent = snapshot()?.tenants[task.tenant]?.agents[task.agent];
  return holdsRole(by, 'operator') || by.name === (agent?.owner ?? task.owner);
}
