import { isRefusal } from '#kernel/errors.ts';
import type { Stages } from '../path.ts';
import { saidAsResult } from '../relearning.ts';
import { raiseResultLabels, type RaiseParts } from '../result-labels.ts';
import { cleanRefusal } from '../told-as.ts';
import type { SignalParts } from '../result-signals.ts';

/** Out to what the call is about: the bytes that were judged, bounded in time and size. */
export function forwardStage(parts: RaiseParts & SignalParts): Stages['forward'] {
  return async (walk) => {
    const { subject, attempt } = walk;
    const taken = await subject.exchange(walk, attempt);
    if (isRefusal(taken)) return taken;
    // Of a stream it is known only at its end.
    if (taken.kind === 'stream') return { answer: taken };
    attempt.effect = taken.kind === 'failed' ? taken.effect : 'done';
    if (taken.kind === 'answer') return { answer: taken };
    // An error is an answer too: it can say whatever a result can.
    if (!taken.heard) return taken.refusal;
    const clean = cleanRefusal(walk, taken.refusal);
    const withheld = await raiseResultLabels(parts, walk, saidAsResult(clean.message));
    parts.signals.note(walk, { message: taken.refusal.message });
    return withheld ?? clean;
  };
}
