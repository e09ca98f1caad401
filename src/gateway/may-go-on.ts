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
  const view = parts.state.view(parts.clock.monotonic());
  const stopped =
    principal.kind === 'system'
      ? view.overlay.forbids(principal, subject.target)
      : parts.standing.judge(principal, agent, subject.target, view);
  return stopped ?? (call.signal.aborted ? refusal('gateway/cancelled') : undefined);
}

/**
 * What came back whole may be told only to whoever may still be told anything. INVARIANT: a stop, a
 * suspension, a revocation and the end of a task hold for what was on its way as well; what was done
 * stays done, and its record says so.
 */
export function mayBeTold(
  { state, clock }: Pick<MayGoOnParts, 'state' | 'clock'>,
  { principal, subject }: Intended,
): Refusal | undefined {
  // What the gateway itself asks is told to nobody.
  if (principal.kind === 'system') return undefined;
  return state.view(clock.monotonic()).overlay.forbids(principal, subject.target);
}
