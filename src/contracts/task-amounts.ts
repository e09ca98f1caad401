import type { TaskAmounts, TaskScope } from '#kernel/snapshot.ts';

/** One thing that is counted, under one name for all gateways. */
export interface Counted {
  readonly key: string;
  /** For people: what is counted. */
  readonly what: string;
  readonly task: string;
  readonly atMost: number;
  /** Of which target and which of its arguments; undefined: every call counts as one. */
  readonly sum: { readonly target: string; readonly argument: string } | undefined;
}

/** Amounts have no days: they last as long as their task. */
export const amountsPeriod = 'task';

/** From here on the task that begins counts what nobody counts yet; what a task before counts, it goes on counting. */
export function countedIn(scope: TaskScope | undefined, task: string): TaskScope | undefined {
  if (scope?.amounts === undefined) return scope;
  const amounts = scope.amounts.map((one) => (one.task === undefined ? { ...one, task } : one));
  return { ...scope, amounts };
}

/**
 * The bounds of both, each once. INVARIANT: amounts of a task that something was narrowed or handed on from stay
 * that task's: whatever is made of it counts there too.
 */
export function bothAmounts(
  one: Pick<TaskScope, 'amounts'>,
  other: Pick<TaskScope, 'amounts'>,
): Pick<TaskScope, 'amounts'> {
  const all = [...(one.amounts ?? []), ...(other.amounts ?? [])];
  const each = new Map(all.map((amounts) => [textOf(amounts), amounts]));
  return each.size === 0 ? {} : { amounts: [...each.values()] };
}

function textOf({ task, calls, sums }: TaskAmounts): string {
  const of = (sums ?? []).map(({ target, argument, atMost }) => [target, argument, atMost]);
  return JSON.stringify([task ?? '', calls ?? '', of]);
}

/** Everything that is counted of it; what no task counts yet is not. */
export function countersOf({ amounts = [] }: Pick<TaskScope, 'amounts'>): readonly Counted[] {
  return amounts.flatMap(({ task, calls, sums = [] }) => {
    if (task === undefined) return [];
    const all: Counted[] = sums.map(({ target, argument, atMost }) => ({
      key: `task/${task}/sum/${target} ${argument}`,
      what: `${target} ${argument}`,
      task,
      atMost,
      sum: { target, argument },
    }));
    if (calls !== undefined) {
      const key = `task/${task}/calls`;
      all.unshift({ key, what: 'calls', task, atMost: calls, sum: undefined });
    }
    return all;
  });
}
