import type { NewTask, Task } from '#contracts/task-book.ts';
import type { Labels } from '#kernel/label.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { systemTasks } from './task-heirs.ts';

export interface TaskRecorder {
  recordAll(drafts: readonly RecordDraft[]): Promise<unknown>;
}

export function begunDraft(tenant: string, task: NewTask): RecordDraft {
  const labels = [...new Set(task.labels.map(({ label }) => label))].sort();
  return {
    type: 'task.begun',
    tenant,
    actors: [{ kind: 'system', name: systemTasks }],
    task: task.id,
    ...perInstance(task),
    details: { ...factsOf(task), labels },
  };
}

export interface Ending {
  readonly by: string;
  readonly reason: string;
  /** What is shed, or handed on where the document ended it. */
  readonly labels: Labels;
}

export function endedDraft(task: Task, { by, reason, labels }: Ending): RecordDraft {
  return {
    type: 'task.ended',
    tenant: task.tenant,
    actors: [{ kind: by === systemTasks ? 'system' : 'human', name: by }],
    task: task.id,
    ...perInstance(task),
    details: { ...factsOf(task), labels: [...labels], reason },
  };
}

type Facts = Pick<Task, 'agent' | 'owner' | 'kind' | 'instance'>;

function factsOf({ agent, owner, kind, instance }: Facts) {
  return { agent, owner, kind, ...(instance === undefined ? {} : { instance }) };
}

function perInstance({ kind }: Facts): Pick<RecordDraft, 'tasks'> {
  return kind === 'implicit-instance' ? { tasks: 'perInstance' } : {};
}
