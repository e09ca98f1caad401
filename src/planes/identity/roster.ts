import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { type Session, type Task, unboundInstance } from '#contracts/task-book.ts';
import type { Roster, RosterEntry, RosterTask } from '#kernel/snapshot.ts';

export interface OpenTasks {
  readonly tasks: readonly Task[];
  readonly sessions: readonly Session[];
}

/** Who is enrolled and in which task each works; made anew from the books, so what ended is not in it. */
export function rosterOf(
  number: number,
  enrolled: readonly EnrolledInstance[],
  open: OpenTasks,
): Roster {
  const tasks = new Map(open.tasks.map((task) => [`${task.tenant} ${task.id}`, task]));
  const current = new Map<string, RosterEntry['current']>();
  for (const { id, tenant, task, instance } of open.sessions) {
    const of = tasks.get(`${tenant} ${task}`);
    if (of !== undefined) current.set(`${tenant} ${instance}`, { ...placeIn(of), session: id });
  }
  return {
    number,
    instances: Object.fromEntries(
      enrolled.map(({ thumbprint, tenant, agent, instance }) => {
        const place = current.get(`${tenant} ${instance}`);
        const entry = { tenant, agent, instance };
        return [thumbprint, place === undefined ? entry : { ...entry, current: place }];
      }),
    ),
    ...scopesOf(open.tasks),
    unbound: Object.fromEntries(
      open.tasks
        .filter(({ instance }) => instance === undefined || instance === unboundInstance)
        .map((task) => [`${task.tenant}/${task.agent}`, placeIn(task)]),
    ),
  };
}

function placeIn({ id, instance, begun }: Task): RosterTask {
  return {
    task: id,
    ...(instance === undefined ? {} : { tasks: 'perInstance' }),
    ...(begun === undefined ? {} : { until: begun.until }),
  };
}

/** A roster without narrowed tasks has no trace of them. */
function scopesOf(tasks: readonly Task[]): Pick<Roster, 'scopes'> {
  const scopes = tasks.flatMap(({ tenant, id, begun }) =>
    begun?.scope === undefined ? [] : [[`${tenant}/${id}`, begun.scope] as const],
  );
  return scopes.length === 0 ? {} : { scopes: Object.fromEntries(scopes) };
}
