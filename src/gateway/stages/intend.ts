import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { callDraft } from '../drafts.ts';
import type { StageParts } from '../stages.ts';
import type { Stage } from '../walk.ts';

/** INVARIANT: nothing after this stage starts before the intent is on disk. */
export function intendStage({ recorder }: StageParts): Stage {
  return async (walk) => {
    if (walk.call.signal.aborted) return refusal('gateway/cancelled');
    try {
      const draft = callDraft('policy.intent', walk);
      const { id } = await recorder.record(draft, contentOf(walk.call.action)?.argumentBytes);
      walk.intent = id;
      return undefined;
    } catch {
      return refusal('audit/unavailable');
    }
  };
}
