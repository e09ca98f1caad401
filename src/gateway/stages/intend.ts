import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { callDraft } from '../drafts.ts';
import { withFlow } from '../flow-details.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Stages } from '../path.ts';
import { Exit } from '../progress.ts';
import type { TaskObjects } from '../task-objects.ts';
import { whoseWords } from '../whose-words.ts';

export interface IntendParts {
  readonly recorder: Pick<Recorder, 'record'>;
  readonly objects: Pick<TaskObjects, 'told' | 'begin'>;
}

/** INVARIANT: nothing after this stage starts before the intent is on disk. */
export function intendStage({ recorder, objects }: IntendParts): Stages['intend'] {
  return async (walk) => {
    if (walk.call.signal.aborted) return refusal('gateway/cancelled');
    let intent: string;
    try {
      const draft = callDraft('policy.intent', walk);
      const details = withObjects(withFlow(undefined, walk), objects.told(walk));
      if (details !== undefined) draft.details = details;
      const given = contentOf(walk.call.action)?.argumentBytes;
      const { id } = await recorder.record(draft, given, whoseWords(walk.principal));
      intent = id;
    } catch {
      return refusal('audit/unavailable');
    }
    // INVARIANT: on record, then on what is written, and only then written.
    const marked = objects.begin(walk);
    const no = marked === undefined ? undefined : await marked;
    return no === undefined ? { intent } : new Exit(no, { intent });
  };
}

function withObjects(
  details: JsonObject | undefined,
  objects: JsonObject | undefined,
): JsonObject | undefined {
  return objects === undefined ? details : { ...details, labelled: objects };
}
