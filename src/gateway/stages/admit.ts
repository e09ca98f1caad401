import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { StageParts } from '../stages.ts';
import type { Stage } from '../walk.ts';

/** Is there room, a configuration, and no stop of everything? The bytes were judged by the front. */
export function admitStage({ state, rates, openCalls, clock }: StageParts): Stage {
  return (walk) => {
    if (state.shuttingDown) return refusal('gateway/shutting-down');
    const { configuration } = state;
    if (configuration === undefined) return refusal('gateway/not-ready', { retryAfter: 1 });
    const full = openCalls.enter(walk.call);
    if (full !== undefined) return full;
    walk.configuration = configuration;
    walk.overlayNumber = state.overlay.number;
    const content = contentOf(walk.call.action);
    if (content !== undefined && content.argumentBytes.length > limits.argumentBytes)
      return refusal('admit/too-large');
    if (walk.lookedFor !== undefined) return undefined;
    return rates.connection(walk.call.connection, clock.monotonic());
  };
}
