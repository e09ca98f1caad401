import type { DelegatedTask, DelegatedTasks } from '#contracts/delegated-task.ts';
import { noteUnapplied } from '#contracts/desk.ts';
import { countedIn } from '#contracts/task-amounts.ts';
import type { NewTask } from '#contracts/task-book.ts';
import { newId } from '#kernel/ids.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { BeginRecorder } from './task-begin.ts';
import { endOnRecord, sharedServersOf } from './task-end.ts';
import type { TaskKeeper, TaskKeeperParts } from './task-keeper.ts';
import { begunDraft, sealedWords } from './task-records.ts';
import { checkSums } from './task-sums.ts';

export interface DelegatedTasksParts
  extends Pick<TaskKeeperParts, 'tasks' | 'labels' | 'overlay' | 'clock'> {
  readonly recorder: BeginRecorder;
  readonly keeper: Pick<TaskKeeper, 'publish'>;
  readonly snapshot: () => Snapshot | undefined;
}

/**
 * Tasks of delegations: as many at once as there are users. INVARIANT: on record before it is in the books,
 * like every task; what it is narrowed to is with the gateways before its id is told.
 */
export function createDelegatedTasks(parts: DelegatedTasksParts): DelegatedTasks {
  return {
    begin: (task) => begin(parts, task),
    async isOpen(tenant, id) {
      const task = await parts.tasks.get(tenant, id);
      return task !== undefined && task.endedAt === undefined;
    },
    async end({ tenant, id, by, reason }) {
      const task = await parts.tasks.get(tenant, id);
      if (task === undefined || task.endedAt !== undefined) return;
      const servers = parts.snapshot()?.tenants[tenant]?.servers ?? {};
      const sharedServers = sharedServersOf(servers);
      await endOnRecord(parts, task, { by, reason }, { sharedServers, done: false });
      if (task.begun?.scope !== undefined) await parts.keeper.publish();
    },
  };
}

async function begin(parts: DelegatedTasksParts, of: DelegatedTask): Promise<string> {
  const { tasks, recorder, clock, keeper } = parts;
  const { tenant, agent, instance, owner, scope, intent, labels, reason, until } = of;
  checkSums(parts.snapshot()?.tenants[tenant], agent, scope);
  const now = clock.now();
  const id = newId(now);
  const task: NewTask = {
    id,
    agent,
    owner,
    kind: 'delegated',
    instance,
    labels,
    wordsOf: of.wordsOf,
    begun: {
      by: owner,
      reason,
      intent: intent === undefined ? undefined : sealedWords,
      scope: countedIn(scope, id),
      until,
    },
  };
  const draft = begunDraft(tenant, task);
  const words = intent === undefined ? undefined : Buffer.from(intent, 'utf8');
  await recorder.record(draft, words, { subject: owner });
  try {
    await tasks.begin({ tenant, tasks: [task], sessions: [], now });
  } catch (fault) {
    await noteUnapplied(recorder, draft, fault);
    throw fault;
  }
  if (scope !== undefined) await keeper.publish();
  return task.id;
}
