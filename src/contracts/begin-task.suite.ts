import type { Labels } from '#kernel/label.ts';
import type { Store } from './store.ts';
import type { NewTask } from './task-book.ts';

/** An open task for a test, of an agent of its own unless it is named. */
export function beginTask(
  { tasks }: Pick<Store, 'tasks'>,
  { tenant, ...task }: { readonly tenant: string; readonly id: string } & Partial<NewTask>,
): Promise<void> {
  return tasks.begin({
    tenant,
    tasks: [
      {
        agent: `agent-of-${task.id}`,
        owner: 'ada@example.com',
        kind: task.instance === undefined ? 'implicit-agent' : 'implicit-instance',
        instance: undefined,
        labels: [],
        ...task,
      },
    ],
    sessions: [],
    now: 1,
  });
}

/** Begins the task and raises labels in it: something that is in the store. */
export async function raiseIn(
  store: Pick<Store, 'tasks' | 'labels'>,
  tenant: string,
  id: string,
  labels: Labels,
  source = 'a/b',
): Promise<void> {
  await beginTask(store, { tenant, id });
  await store.labels.raise(tenant, { task: id, session: 's' }, labels, source);
}
