import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { type Session, type Task, unboundInstance } from '#contracts/task-book.ts';
import type { Roster, RosterBegun, RosterEntry, RosterTask } from '#kernel/snapshot.ts';

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
    ...begunOf(open.tasks),
    unbound: Object.fromEntries(
      open.tasks
        .filter(({ instance }) => instance === undefined || instance === unboundInstance)
        .map((task) => [`${task.tenant}/${task.agent}`, placeIn(task)]),
    ),
  };
}

function placeIn({ id, instance }: Task): RosterTask {
  return instance === undefined ? { task: id } : { task: id, tasks: 'perInstance' };
}

/** A roster without begun tasks has no trace of them. */
function begunOf(tasks: readonly Task[]): Pick<Roster, 'begun'> {
  const found = tasks.flatMap(({ tenant, id, kind, begun }) => {
    // Of what is delegated, the tokens say until when.
    if (begun === undefined || (kind === 'delegated' && begun.scope === undefined)) return [];
    const { until, scope } = begun;
    return [[`${tenant}/${id}`, { until, ...(scope === undefined ? {} : { scope }) }] as const];
  });
  return found.length === 0 ? {} : { begun: Object.fromEntries(found) };
}

/** What is known of the task that somebody works in; undefined of one that nobody began. */
export function begunIn(
  { begun = {} }: Pick<Roster, 'begun'>,
  tenant: string,
  task: string,
): RosterBegun | undefined {
  const name = `${tenant}/${task}`;
  return Object.hasOwn(begun, name) ? begun[name] : undefined;
}
