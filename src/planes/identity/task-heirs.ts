import type { RaisedLabel } from '#contracts/label-book.ts';
import { type Task, unboundInstance } from '#contracts/task-book.ts';
import { sha256Hex } from '#kernel/digest.ts';

/** Who ends a task because its agent's document says so; what it carried goes on to its heirs. */
export const systemTasks = 'system/tasks';

/** Ends a standing task because its agent's document gives it none any more; what it carried goes on too. */
export const systemStanding = 'system/standing';

/** Ends a task when its time is over: whoever began it said when, so nothing of it goes on. */
export const systemTime = 'system/task-time';

/** What one open task is for: a whole agent, one instance of it, or its unbound bearers. */
export interface Slot {
  /** Undefined: the whole agent. */
  readonly instance: string | undefined;
  readonly enrolledAt: number;
}

/** Every task of one agent, over or not, newest first. */
export type History = readonly Task[];

/**
 * Tasks whose labels the next task of the slot takes over: those that ended because the document
 * changed, between one task and one for each instance or to none. INVARIANT: what a person has ended hands on
 * nothing, and nothing else ends a task for good.
 */
export function ancestorsOf(slot: Slot, history: History): readonly Task[] {
  const last = lastOf(slot, history);
  const since = last?.endedAt ?? Number.NEGATIVE_INFINITY;
  const isKeyed = slot.instance !== undefined && slot.instance !== unboundInstance;
  const others = history.filter(
    ({ kind, instance, endedAt, endedBy }) =>
      kind !== 'delegated' &&
      endedAt !== undefined &&
      (endedBy === systemTasks || endedBy === systemStanding) &&
      endedAt >= since &&
      (instance === undefined) !== (slot.instance === undefined) &&
      (!isKeyed || slot.enrolledAt <= endedAt),
  );
  return last?.endedBy === systemStanding ? [last, ...others] : others;
}

export function lastOf(slot: Slot, history: History): Task | undefined {
  return history.find(({ kind, instance }) => kind !== 'delegated' && instance === slot.instance);
}

/** An instance that was enrolled before there were tasks, for the labels of its old session. */
export interface KnownInstance {
  readonly agent: string;
  readonly instance: string;
}

export interface Heir extends Pick<Slot, 'instance'> {
  readonly tenant: string;
  readonly agent: string;
  /** Whether it takes over what is of nobody that is known: only who was there at that time does. */
  readonly strangers: boolean;
}

/**
 * Labels from before there were tasks, for the first task of an agent: those of its instances, and
 * those of sessions that nobody knows the agent of (unbound bearers of that time).
 */
export function legacyLabelsOf(
  { tenant, agent, instance, strangers }: Heir,
  legacy: readonly RaisedLabel[],
  instances: readonly KnownInstance[],
): readonly RaisedLabel[] {
  const holders = new Map(
    instances.map((one) => [legacySession(tenant, one.instance), one] as const),
  );
  return legacy.filter(({ session }) => {
    const holder = holders.get(session);
    if (holder === undefined) return strangers;
    return holder.agent === agent && (instance === undefined || holder.instance === instance);
  });
}

/** How sessions were called when they were made from the instance. */
export function legacySession(tenant: string, instance: string): string {
  return `s-${sha256Hex(`${tenant}\n${instance}`).slice(0, 32)}`;
}
