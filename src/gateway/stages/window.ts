import { refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import { outcomePartDraft, type Recorder } from '#planes/audit/index.ts';
import { callDraft, type GrowingDraft } from '../drafts.ts';
import { mayGoOn, type MayGoOnParts } from '../may-go-on.ts';
import type { Stages } from '../path.ts';
import { raiseResultLabels, type RaiseParts } from '../result-labels.ts';
import { keptAnswer, whoseWords } from '../whose-words.ts';

export type InspectWindowParts = MayGoOnParts & RaiseParts;

/** While a stream is silent: whoever stops it does not wait for its next word. */
export function goesOnStage(parts: MayGoOnParts): Stages['goes-on'] {
  return (walk) => mayGoOn(parts, walk) ?? {};
}

/** Inspect out, of one window: is it stopped by now, and what does it carry? */
export function inspectWindowStage(parts: InspectWindowParts): Stages['inspect-window'] {
  return (walk) => {
    const stopped = mayGoOn(parts, walk);
    if (stopped !== undefined) return stopped;
    walk.attempt.redactions += walk.window.redactions;
    const raised = raiseResultLabels(parts, walk);
    return raised instanceof Promise ? raised.then((no) => no ?? {}) : (raised ?? {});
  };
}

export interface SettleWindowParts {
  readonly recorder: Pick<Recorder, 'record' | 'commit'>;
}

/** Settle, of one window: INVARIANT: its part of the outcome is durable before it leaves. */
export function settleWindowStage({ recorder }: SettleWindowParts): Stages['settle-window'] {
  return async (walk) => {
    const { attempt, intent, window } = walk;
    const bytes = canonicalBytes(window.events);
    const commitment = recorder.commit(bytes);
    const draft = callDraft('policy.outcome-part', walk);
    try {
      const part: GrowingDraft = outcomePartDraft(draft, intent, attempt.parts, commitment);
      const body = keptAnswer(part, walk, bytes);
      const { id } = await recorder.record(part, body, whoseWords(walk.principal));
      attempt.parts.add(id, { bytes: commitment.bytes, commitment });
      return {};
    } catch {
      return refusal('audit/outcome-unrecorded');
    }
  };
}
