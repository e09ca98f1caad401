import type { InstanceBook } from '#contracts/instance-book.ts';
import type { LabelBook } from '#contracts/label-book.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { SnapshotFeed } from '#contracts/snapshot-feed.ts';
import type { Session, Task, TaskBook } from '#contracts/task-book.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { AgentEntry, Roster, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { type OpenTasks, rosterOf } from './roster.ts';
import { endOnRecord, sharedServersOf } from './task-end.ts';
import { systemStanding, systemTasks, systemTime } from './task-heirs.ts';
import { isPerInstance, leaseLeft, type Plan, planAgent } from './task-plan.ts';
import { begunDraft, type TaskRecorder } from './task-records.ts';

/** What this half needs of the recorder: resolves when the records are durable, and not before. */
export interface TaskKeeperParts {
  readonly tasks: TaskBook;
  readonly labels: LabelBook;
  readonly instances: InstanceBook;
  readonly snapshots: SnapshotFeed;
  readonly overlay: OverlayFeed;
  readonly recorder: TaskRecorder;
  readonly clock: Clock;
  /** Sees to it that `publish` is called after so many milliseconds; a process that ends forgets it. */
  readonly later: (ms: number) => void;
}

export interface TaskKeeper {
  /**
   * Begins the task that an agent has not, ends what its document has no more, and publishes who is
   * enrolled in which task. One after the other; `next` is a Snapshot that is about to be in force.
   */
  publish(next?: Snapshot): Promise<void>;
  /** A task of the agent was ended just now: its next one begins after the stop lease. */
  ended(tenant: string, agent: string): void;
  /** While nothing begins or ends by itself. */
  inTurn<T>(run: () => Promise<T>): Promise<T>;
  /** How long until a task of this agent may begin; 0 when nothing of an old one can be on its way. */
  waitMs(tenant: string, agent: string): number;
}

interface Keeping extends TaskKeeperParts {
  /** Monotonic times; before it was started anything may have ended. */
  readonly startedAt: number;
  readonly endedAt: Map<string, number>;
  /** When it is woken next for the end of a task; in the past when it is not. */
  wakesAt: number;
}

export function createTaskKeeper(parts: TaskKeeperParts): TaskKeeper {
  const room: Keeping = {
    ...parts,
    startedAt: parts.clock.monotonic(),
    endedAt: new Map(),
    wakesAt: 0,
  };
  let snapshot: Snapshot | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const publishNow = async (next: Snapshot | undefined): Promise<void> => {
    snapshot = next ?? snapshot ?? (await parts.snapshots.current()).snapshot;
    const waitMs = await settleAll(room, Object.values(snapshot?.tenants ?? {}));
    await publishRoster(parts, Object.keys(snapshot?.tenants ?? {}));
    if (waitMs > 0) parts.later(waitMs);
  };
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run);
    last = turn.catch(() => undefined);
    return turn;
  };
  return {
    publish: (next) => inTurn(() => publishNow(next)),
    inTurn,
    waitMs: (tenant, agent) => leaseLeft(room, tenant, agent),
    ended(tenant, agent) {
      room.endedAt.set(`${tenant}/${agent}`, parts.clock.monotonic());
      parts.later(limits.stopLeaseMs);
    },
  };
}

/** Answers after how long something that waits can begin; 0 when nothing waits. */
async function settleAll(room: Keeping, tenants: readonly TenantSnapshot[]): Promise<number> {
  let waitMs = 0;
  for (const tenant of tenants) waitMs = Math.max(waitMs, await settleTenant(room, tenant));
  await forgetEnded(room);
  return waitMs;
}

async function settleTenant(room: Keeping, of: TenantSnapshot): Promise<number> {
  const { tenant, agents } = of;
  const enrolled = await room.instances.list(tenant);
  const open = await endMisfits(room, of);
  wakeFor(room, open);
  const known = await room.tasks.list({ tenant, limit: 1 });
  const first = known.length === 0;
  const plan: Plan = { tasks: [], sessions: [], waitMs: 0 };
  // Looked through once, not once for each of ten thousand agents.
  const tasksOf = Map.groupBy(open.tasks, (task) => task.agent);
  const liveOf = Map.groupBy(
    enrolled.filter(({ revokedAt }) => !revokedAt),
    (one) => one.agent,
  );
  const inSession = new Set(open.sessions.map(({ instance }) => instance));
  for (const agent of Object.values(agents)) {
    const own = { tasks: tasksOf.get(agent.name) ?? [], live: liveOf.get(agent.name) ?? [] };
    await planAgent(room, { tenant, agent, ...own, inSession, enrolled, first }, plan);
  }
  const { tasks, sessions, waitMs } = plan;
  // On record first: a task without labels is a privilege.
  if (tasks.length > 0) {
    await room.recorder.recordAll(tasks.map((task) => begunDraft(tenant, task)));
  }
  if (tasks.length > 0 || sessions.length > 0) {
    await room.tasks.begin({ tenant, tasks, sessions, now: room.clock.now() });
  }
  return waitMs;
}

const changedReason = 'the document of the agent shares tasks in another way now';
const standingReason = 'the document of the agent gives it no standing task any more';
const timeReason = 'its time is over';

/** Ends open tasks that were being ended when control died, and those of the other way to share. */
async function endMisfits(
  room: Keeping,
  { tenant, agents, servers }: TenantSnapshot,
): Promise<OpenTasks> {
  const open = await room.tasks.open(tenant);
  const { entries } = await room.overlay.current();
  let anyEnded = false;
  for (const task of open.tasks) {
    const entry = entries.find(
      ({ target }) => target.kind === 'task' && target.tenant === tenant && target.task === task.id,
    );
    const agent = agents[task.agent];
    const why = entry ?? endOf(task, agent, room.clock.now());
    if (why === undefined) continue;
    anyEnded = true;
    noteEnd(room, task);
    // What is in the overlay is on record and in force already: only the books are behind.
    const done = entry !== undefined;
    await endOnRecord(room, task, why, { sharedServers: sharedServersOf(servers), done });
    noteEnd(room, task);
  }
  return anyEnded ? room.tasks.open(tenant) : open;
}

/** What follows it waits for the answers of this one; nothing follows what was delegated. */
function noteEnd(room: Keeping, { tenant, agent, kind }: Task): void {
  if (kind !== 'delegated') room.endedAt.set(`${tenant}/${agent}`, room.clock.monotonic());
}

/** Why an open task has to end by itself; undefined while it goes on. */
function endOf(
  task: Task,
  agent: AgentEntry | undefined,
  now: number,
): { readonly by: string; readonly reason: string } | undefined {
  if (task.begun !== undefined && task.begun.until <= now) {
    return { by: systemTime, reason: timeReason };
  }
  if (agent === undefined || task.kind === 'delegated') return undefined;
  if (isPerInstance(agent) !== (task.instance !== undefined)) {
    return { by: systemTasks, reason: changedReason };
  }
  const mayStand = agent.standing !== 'none' || task.kind === 'begun';
  return mayStand ? undefined : { by: systemStanding, reason: standingReason };
}

/** When the next task ends by itself: then its books are closed, whoever asks for nothing. */
function wakeFor(room: Keeping, { tasks }: OpenTasks): void {
  const { later, clock } = room;
  const ends = tasks.flatMap(({ begun }) => (begun === undefined ? [] : [begun.until]));
  if (ends.length === 0) return;
  const ms = Math.min(Math.max(0, Math.min(...ends) - clock.now()) + 1, mostSleepMs);
  const now = clock.monotonic();
  // One that comes sooner is on its way already, and looks again.
  if (room.wakesAt > now && room.wakesAt <= now + ms) return;
  room.wakesAt = now + ms;
  later(ms);
}

const mostSleepMs = 3_600_000;

/** The roster has not named them for long: nothing of them can be on its way any more. */
async function forgetEnded({ overlay, clock }: Keeping): Promise<void> {
  const over = clock.now() - limits.endedTaskMs;
  const { entries } = await overlay.current();
  const old = entries.filter(({ target, at }) => target.kind === 'task' && at <= over);
  if (old.length > 0) await overlay.release(old.map(({ id }) => id));
}

async function publishRoster(
  { instances, tasks, snapshots }: TaskKeeperParts,
  configured: readonly string[],
): Promise<void> {
  const enrolled = (await instances.listAll()).filter(({ revokedAt }) => revokedAt === undefined);
  const { roster } = await snapshots.current();
  const open: { tasks: Task[]; sessions: Session[] } = { tasks: [], sessions: [] };
  for (const tenant of new Set([...configured, ...enrolled.map((one) => one.tenant)])) {
    const found = await tasks.open(tenant);
    open.tasks.push(...found.tasks);
    open.sessions.push(...found.sessions);
  }
  const next = rosterOf(roster.number + 1, enrolled, open);
  if (contentOf(next) !== contentOf(roster)) await snapshots.publishRoster(next);
}

function contentOf({ instances, unbound = {}, begun = {} }: Roster): string {
  return canonicalText({
    begun: begun as unknown as JsonObject,
    instances: Object.fromEntries(
      Object.entries(instances).map(([key, { current, ...entry }]) => [
        key,
        { ...entry, current: current === undefined ? null : { ...current } },
      ]),
    ),
    unbound: Object.fromEntries(Object.entries(unbound).map(([name, task]) => [name, { ...task }])),
  });
}
