import type { LabelBook } from '#contracts/label-book.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import { oweDelegatedTaskEnded } from '#contracts/owed.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import type { EndedTask, Task, TaskBook } from '#contracts/task-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Approval, targetPartOf } from '#kernel/grant.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { endedDraft, type TaskRecorder } from './task-records.ts';

interface EndParts {
  readonly tasks: TaskBook;
  readonly labels: LabelBook;
  readonly overlay: OverlayFeed;
  readonly recorder: TaskRecorder;
  readonly clock: Clock;
}

interface EndOptions {
  readonly sharedServers: readonly string[];
  /** True when it is on record and in force, and only the books are behind. */
  readonly done: boolean;
}

/** Labels only rise, and there are four: a task cannot change more often while it is being ended. */
const mostTries = 5;

/**
 * Order of an end: record, overlay, books. It sheds labels, so it is on record before it helps
 * anybody; from the overlay on nobody works in the task, and after the books nothing is raised in it.
 * A label that came in the meantime is put on record before it is shed.
 */
export async function endOnRecord(
  parts: EndParts,
  task: Task,
  { by, reason }: { readonly by: string; readonly reason: string },
  { sharedServers, done }: EndOptions,
): Promise<EndedTask> {
  const { tenant, id } = task;
  for (let tries = 1; ; tries += 1) {
    const { labels } = await parts.labels.read(tenant, id);
    if (!done || tries > 1) {
      await parts.recorder.recordAll([endedDraft(task, { by, reason, labels })]);
    }
    const now = parts.clock.now();
    if (!done && tries === 1) await stopTask(parts, task, { by, reason, now });
    try {
      const ending = { tenant, id, by, reason, now, labels, sharedServers };
      return await parts.tasks.end(ending, ({ voided }) => [
        ...voided.map((approval) => owedWithdrawal(approval, { task: id, by, now })),
        // Whoever acts for somebody in it has no other one to act in.
        ...(task.kind === 'delegated' ? [oweDelegatedTaskEnded(tenant, id, now)] : []),
      ]);
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || fault.code !== 'store/conflict') throw fault;
      if (tries === mostTries) throw fault;
    }
  }
}

async function stopTask(
  { overlay }: EndParts,
  { tenant, id }: Task,
  { by, reason, now }: { readonly by: string; readonly reason: string; readonly now: number },
): Promise<void> {
  const target = { kind: 'task', tenant, task: id } as const;
  await overlay.add({ id: `ended-${id}`, target, why: 'ended', by, reason, at: now });
}

function owedWithdrawal(
  approval: Approval,
  { task, by, now }: { readonly task: string; readonly by: string; readonly now: number },
): OutboxDraft {
  const { id, binding, context } = approval;
  const draft: RecordDraft = {
    type: 'approval.withdrawn',
    tenant: binding.tenant,
    actors: [{ kind: 'system', name: 'system/tasks' }],
    session: binding.session,
    task,
    call: context.callId,
    approval: { id, class: binding.approvalClass },
    target: targetPartOf(approval),
    details: { agent: binding.agent, instance: binding.instance, taskEndedBy: by },
  };
  const body = draft as unknown as JsonObject;
  return { id: `withdrawn-${id}`, tenant: binding.tenant, kind: 'record', body, at: now };
}

/** Servers of which one process serves everybody: the end of one task does not end it. */
export function sharedServersOf(servers: Readonly<Record<string, ServerEntry>>): readonly string[] {
  return Object.values(servers)
    .filter(({ shared }) => shared)
    .map(({ name }) => name);
}
