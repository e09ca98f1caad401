import { contentOf } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { Rates } from '#planes/monitoring/index.ts';
import type { OpenCalls } from '../open-calls.ts';
import type { Stages } from '../path.ts';
import { Exit } from '../progress.ts';
import type { GatewayState } from '../state.ts';

export interface AdmitParts {
  readonly state: GatewayState;
  readonly rates: Rates;
  readonly openCalls: OpenCalls;
  readonly clock: Clock;
}

/** Is there room, a configuration, and no stop of everything? The bytes were judged by the front. */
export function admitStage({ state, rates, openCalls, clock }: AdmitParts): Stages['admit'] {
  return ({ call, lookedFor }) => {
    if (state.shuttingDown) return refusal('gateway/shutting-down');
    const { configuration, overlay } = state;
    if (configuration === undefined) return refusal('gateway/not-ready', { retryAfter: 1 });
    const full = openCalls.enter(call);
    if (full !== undefined) return full;
    const admitted = { configuration, overlayNumber: overlay.number };
    const content = contentOf(call.action);
    if (content !== undefined && content.argumentBytes.length > limits.argumentBytes) {
      return new Exit(refusal('admit/too-large'), admitted);
    }
    if (lookedFor !== undefined) return admitted;
    const tooMany = rates.connection(call.connection, clock.monotonic());
    return tooMany === undefined ? admitted : new Exit(tooMany, admitted);
  };
}
