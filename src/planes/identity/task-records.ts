import type { BegunBy, NewTask, Task } from '#contracts/task-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Labels } from '#kernel/label.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { targetText } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { systemTasks } from './task-heirs.ts';

export interface TaskRecorder {
  /** With what is sealed beside it, under the key of whose words it is. */
  record(
    draft: RecordDraft,
    payload?: Uint8Array,
    options?: { readonly subject: string },
  ): Promise<unknown>;
  recordAll(drafts: readonly RecordDraft[]): Promise<unknown>;
}

/** What is said of words instead of a digest: the record names the sealed body, and its digest. */
export const sealedWords = 'sealed';

export function begunDraft(tenant: string, task: NewTask): RecordDraft {
  const labels = [...new Set(task.labels.map(({ label }) => label))].sort();
  return {
    type: 'task.begun',
    tenant,
    actors: [actorOf(task.begun?.by ?? systemTasks)],
    task: task.id,
    ...perInstance(task),
    details: {
      ...factsOf(task),
      ...(task.begun === undefined ? {} : begunFacts(task.begun)),
      labels,
    },
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
    actors: [actorOf(by)],
    task: task.id,
    ...perInstance(task),
    details: { ...factsOf(task), labels: [...labels], reason },
  };
}

function actorOf(name: string): Actor {
  if (name.startsWith('agent:')) return { kind: 'agent', name: name.slice('agent:'.length) };
  return { kind: name.startsWith('system/') ? 'system' : 'human', name };
}

function begunFacts({ reason, intent, scope, until }: BegunBy): JsonObject {
  return {
    reason,
    until: isoTime(until),
    ...(intent === undefined ? {} : { intent }),
    ...(scope === undefined ? {} : { scope: scopeText(scope) }),
  };
}

/** By name; the whole of it, bounds too, is what the book keeps. */
function scopeText({ targets, effects, amounts }: TaskScope): JsonObject {
  return {
    ...(amounts === undefined ? {} : { amounts: amounts as unknown as Json }),
    ...(effects === undefined ? {} : { effects: [...effects] }),
    ...(targets === undefined
      ? {}
      : {
          targets: targets.map(({ target, prefix }) => `${targetText(target)}${prefix ? '*' : ''}`),
          digest: sha256Hex(canonicalText(targets as unknown as Json)),
        }),
  };
}

type Facts = Pick<Task, 'agent' | 'owner' | 'kind' | 'instance'>;

function factsOf({ agent, owner, kind, instance }: Facts) {
  return { agent, owner, kind, ...(instance === undefined ? {} : { instance }) };
}

function perInstance({ instance }: Facts): Pick<RecordDraft, 'tasks'> {
  return instance === undefined ? {} : { tasks: 'perInstance' };
}
