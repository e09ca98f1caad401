import {
  checkReason,
  type DeskRecorder,
  noteUnapplied,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import { countedIn } from '#contracts/task-amounts.ts';
import { type NewTask, type Task, unboundInstance } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole } from '#kernel/principal.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { AgentEntry, Snapshot, TaskScope, TenantSnapshot } from '#kernel/snapshot.ts';
import { targetText } from '#kernel/target.ts';
import { summedOf } from './task-sums.ts';
import type { TaskKeeper, TaskKeeperParts } from './task-keeper.ts';
import { ancestorsOf, type Slot } from './task-heirs.ts';
import { isOwnOf, isPerInstance } from './task-plan.ts';
import { begunDraft, sealedWords, type TaskRecorder } from './task-records.ts';

export type BeginRecorder = TaskRecorder & Pick<DeskRecorder, 'owe'>;

type BeginParts = Pick<TaskKeeperParts, 'tasks' | 'clock' | 'instances'> & {
  readonly recorder: BeginRecorder;
  readonly keeper: TaskKeeper;
  readonly snapshot: () => Snapshot | undefined;
};

export interface TaskBeginning extends ReasonedAct {
  readonly agent: string;
  /** Where its instances share nothing: which one, or `unbound`. */
  readonly instance?: string | undefined;
  readonly scope?: TaskScope | undefined;
  /** The words of whoever wants it done. */
  readonly intent?: string | undefined;
  readonly forMs: number;
}

/**
 * Begins a task that a person wants done. INVARIANT: on record, with what it is narrowed to and until when,
 * before anybody works in it; and none begins while answers of the one before can be on their way.
 */
export async function beginOnRecord(parts: BeginParts, act: TaskBeginning): Promise<Task> {
  const { tasks, recorder, clock, keeper } = parts;
  const { tenant, name: subject } = act.by;
  const agent = checkBeginning(parts, act);
  const slot = await slotOf(parts, act, agent);
  const { tasks: open } = await tasks.open(tenant);
  const current = open.find((one) => isOwnOf(agent, one) && one.instance === slot.instance);
  if (current !== undefined) {
    throw new BailiwickError('identity/task-open', {
      message: `\`${agent.name}\` works in the task \`${current.id}\` already`,
    });
  }
  const waitMs = keeper.waitMs(tenant, agent.name);
  if (waitMs > 0) {
    throw new BailiwickError('identity/task-too-soon', { retryAfter: Math.ceil(waitMs / 1_000) });
  }
  const now = clock.now();
  const task = await newTask(parts, act, { agent, slot, now });
  const words = act.intent === undefined ? undefined : Buffer.from(act.intent, 'utf8');
  const draft = begunDraft(tenant, task);
  await recorder.record(draft, words, { subject });
  try {
    await tasks.begin({ tenant, tasks: [task], sessions: [], now });
  } catch (fault) {
    await noteUnapplied(recorder, draft, fault);
    throw fault;
  }
  const begun = await tasks.get(tenant, task.id);
  if (begun === undefined) throw new BailiwickError('gateway/internal');
  return begun;
}

interface Beginning {
  readonly agent: AgentEntry;
  readonly slot: Slot;
  readonly now: number;
}

async function newTask(
  { tasks }: BeginParts,
  { by, reason, intent, scope, forMs }: TaskBeginning,
  { agent, slot, now }: Beginning,
): Promise<NewTask> {
  const { tenant } = by;
  const history = await tasks.list({ tenant, agent: agent.name, limit: mostTasks });
  const inherited = ancestorsOf(slot, history).map(({ id }) => tasks.labels(tenant, id));
  const id = newId(now);
  return {
    id,
    agent: agent.name,
    owner: agent.owner,
    kind: 'begun',
    instance: slot.instance,
    labels: (await Promise.all(inherited)).flat(),
    begun: {
      by: by.name,
      reason,
      intent: intent === undefined ? undefined : sealedWords,
      ...(intent === undefined ? {} : { words: intent }),
      scope: countedIn(scope, id),
      until: now + forMs,
    },
  };
}

const mostTasks = 100_000;

/** Right, reason and bounds; what the manifest does not list is a problem now and not later. */
function checkBeginning({ snapshot }: BeginParts, act: TaskBeginning): AgentEntry {
  checkReason(act);
  const { by, agent: name, forMs, intent, scope } = act;
  const tenant = snapshot()?.tenants[by.tenant];
  const agent =
    tenant !== undefined && Object.hasOwn(tenant.agents, name) ? tenant.agents[name] : undefined;
  if (tenant === undefined || agent === undefined) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${name}\`` });
  }
  if (!holdsRole(by, 'operator') && by.name !== agent.owner) {
    throw new BailiwickError('api/forbidden', {
      message: 'a task is begun by an operator or by the owner of its agent',
    });
  }
  if (!Number.isSafeInteger(forMs) || forMs < 1_000 || forMs > limits.taskMs) {
    throw new BailiwickError('api/invalid', {
      message: `a task lasts from a second to ${limits.taskMs / 86_400_000} days`,
    });
  }
  if (Buffer.byteLength(intent ?? '', 'utf8') > limits.intentBytes) {
    throw new BailiwickError('api/invalid', {
      message: `the intent is longer than ${limits.intentBytes} bytes`,
      suggestedAction: 'say in a few sentences what is wanted',
    });
  }
  checkScope(tenant, agent, scope);
  return agent;
}

function checkScope(tenant: TenantSnapshot, agent: AgentEntry, scope: TaskScope | undefined): void {
  const manifest = tenant.manifests[agent.manifest];
  const stray = [...(scope?.targets ?? []), ...summedOf(scope)].filter(({ target }) => {
    return manifest === undefined || grantsTarget(manifest, target) === undefined;
  });
  if (stray.length === 0) return;
  const names = stray.slice(0, 20).map(({ target }) => targetText(target));
  throw new BailiwickError('api/invalid', {
    message: `the manifest of \`${agent.name}\` does not list what the task is to touch`,
    suggestedAction: 'narrow the task to what the manifest lists, or have the manifest changed',
    details: { problems: names },
  });
}

async function slotOf(
  { instances }: BeginParts,
  { by: { tenant }, instance }: TaskBeginning,
  agent: AgentEntry,
): Promise<Slot> {
  if (!isPerInstance(agent)) {
    if (instance === undefined) return { instance: undefined, enrolledAt: 0 };
    throw new BailiwickError('api/invalid', {
      message: `all instances of \`${agent.name}\` share one task`,
      suggestedAction: 'leave the instance out',
    });
  }
  if (instance === unboundInstance) return { instance, enrolledAt: 0 };
  const live = (await instances.list(tenant)).find((one) => isLive(one, agent, instance));
  if (live !== undefined) return { instance: live.instance, enrolledAt: live.enrolledAt };
  throw new BailiwickError('api/not-found', {
    message: `each instance of \`${agent.name}\` has a task of its own, and this names none of them`,
    suggestedAction: 'name one (`bailiwick agent instances`), or `unbound`',
  });
}

function isLive(one: EnrolledInstance, agent: AgentEntry, instance: string | undefined): boolean {
  return one.agent === agent.name && one.instance === instance && one.revokedAt === undefined;
}
