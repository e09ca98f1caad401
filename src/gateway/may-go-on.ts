import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import type { Intended } from './progress.ts';
import type { GatewayState } from './state.ts';

export interface MayGoOnParts {
  readonly standing: Standing;
  readonly state: GatewayState;
  readonly clock: Clock;
}

/** A stop that came since the call began still stops it, and so does a caller who left. */
export function mayGoOn(parts: MayGoOnParts, walk: Intended): Refusal | undefined {
  const { principal, agent, call, subject } = walk;
  const target = subject.target;
  const view = parts.state.view(parts.clock.monotonic());
  const stopped =
    principal.kind === 'system'
      ? view.overlay.forbids(principal, target)
      : parts.standing.judge(principal, agent, target, view);
  return stopped ?? (call.signal.aborted ? refusal('gateway/cancelled') : undefined);
}
