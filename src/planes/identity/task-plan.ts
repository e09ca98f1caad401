import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { RaisedLabel } from '#contracts/label-book.ts';
import {
  type NewSession,
  type NewTask,
  type TaskBook,
  unboundInstance,
} from '#contracts/task-book.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { OpenTasks } from './roster.ts';
import { ancestorsOf, type History, lastOf, legacyLabelsOf, type Slot } from './task-heirs.ts';

export interface Room {
  readonly tasks: TaskBook;
  readonly clock: Clock;
  /** Monotonic times; before it was started anything may have ended. */
  readonly startedAt: number;
  readonly endedAt: ReadonlyMap<string, number>;
}

const mostTasks = 100_000;

export function isPerInstance({ tasks }: AgentEntry): boolean {
  return tasks === 'perInstance';
}

/** What is to be begun for the agents of a tenant, and after how long something more can be. */
export interface Plan {
  readonly tasks: NewTask[];
  readonly sessions: NewSession[];
  waitMs: number;
}

export interface AgentRound {
  readonly tenant: string;
  readonly agent: AgentEntry;
  /** Of this agent, which are open. */
  readonly tasks: OpenTasks['tasks'];
  /** Of this agent, which are not revoked. */
  readonly live: readonly EnrolledInstance[];
  /** Instances of the tenant that have a session. */
  readonly inSession: ReadonlySet<string>;
  readonly enrolled: readonly EnrolledInstance[];
  /** No task was ever begun in this tenant: what is from before there were any is asked for. */
  readonly first: boolean;
}

/** Every agent has a task, or one for each instance, and every enrolled instance a session in it. */
export async function planAgent(room: Room, round: AgentRound, plan: Plan): Promise<void> {
  const { tenant, agent, live, inSession } = round;
  const tasks = new Map(
    round.tasks.filter((one) => isOwnOf(agent, one)).map((one) => [one.instance, one.id]),
  );
  // Without a task that somebody began for it, such an agent has none.
  const slots = agent.standing === 'none' ? [] : slotsOf(agent, live);
  const missing = slots.filter(({ instance }) => !tasks.has(instance));
  const history =
    missing.length === 0
      ? []
      : await room.tasks.list({ tenant, agent: agent.name, limit: mostTasks });
  const waitMs = missing.length === 0 ? 0 : leaseLeft(room, tenant, agent.name);
  for (const slot of missing) {
    if (waitMs > 0 && follows(slot, history)) {
      plan.waitMs = Math.max(plan.waitMs, waitMs);
      continue;
    }
    const task = await newTask(room, round, slot, history);
    plan.tasks.push(task);
    tasks.set(slot.instance, task.id);
  }
  for (const { instance } of live) {
    const task = tasks.get(isPerInstance(agent) ? instance : undefined);
    if (task === undefined || inSession.has(instance)) continue;
    const id = newId(room.clock.now());
    plan.sessions.push({ id, task, agent: agent.name, instance });
  }
}

/** What is delegated to it is beside the tasks that it has anyway. */
export function isOwnOf(
  { name }: Pick<AgentEntry, 'name'>,
  { agent, kind }: Pick<NewTask, 'agent' | 'kind'>,
): boolean {
  return agent === name && kind !== 'delegated';
}

function slotsOf(agent: AgentEntry, live: readonly EnrolledInstance[]): readonly Slot[] {
  if (!isPerInstance(agent)) return [{ instance: undefined, enrolledAt: 0 }];
  return [...live, { instance: unboundInstance, enrolledAt: 0 }];
}

function follows(slot: Slot, history: History): boolean {
  return lastOf(slot, history) !== undefined || ancestorsOf(slot, history).length > 0;
}

/**
 * INVARIANT: until every gateway surely knows of the end, or denies everything, no task follows: a
 * result of the old one could still be told to whoever works in the new one already.
 */
export function leaseLeft(
  room: Pick<Room, 'endedAt' | 'startedAt' | 'clock'>,
  tenant: string,
  agent: string,
): number {
  const endedAt = room.endedAt.get(`${tenant}/${agent}`) ?? room.startedAt;
  return Math.max(0, endedAt + limits.stopLeaseMs - room.clock.monotonic());
}

async function newTask(
  room: Room,
  { tenant, agent, enrolled, first }: AgentRound,
  { instance, ...slot }: Slot,
  history: History,
): Promise<NewTask> {
  const labels: RaisedLabel[] = [];
  if (history.length === 0) {
    const legacy = await room.tasks.legacyLabels(tenant);
    const heir = { tenant, agent: agent.name, instance, strangers: first };
    labels.push(...legacyLabelsOf(heir, legacy, enrolled));
  }
  for (const { id } of ancestorsOf({ instance, ...slot }, history)) {
    labels.push(...(await room.tasks.labels(tenant, id)));
  }
  return {
    id: newId(room.clock.now()),
    agent: agent.name,
    owner: agent.owner,
    kind: instance === undefined ? 'implicit-agent' : 'implicit-instance',
    instance,
    labels,
  };
}
