import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { callDraft } from '../drafts.ts';
import { withFlow } from '../flow-details.ts';
import type { Stages } from '../path.ts';
import { whoseWords } from '../whose-words.ts';

export interface IntendParts {
  readonly recorder: Pick<Recorder, 'record'>;
}

/** INVARIANT: nothing after this stage starts before the intent is on disk. */
export function intendStage({ recorder }: IntendParts): Stages['intend'] {
  return async (walk) => {
    if (walk.call.signal.aborted) return refusal('gateway/cancelled');
    try {
      const draft = callDraft('policy.intent', walk);
      const details = withFlow(undefined, walk);
      if (details !== undefined) draft.details = details;
      const given = contentOf(walk.call.action)?.argumentBytes;
      const { id } = await recorder.record(draft, given, whoseWords(walk.principal));
      return { intent: id };
    } catch {
      return refusal('audit/unavailable');
    }
  };
}
