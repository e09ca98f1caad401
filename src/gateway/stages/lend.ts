import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Loan } from '#planes/credentials/index.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import { Attempt } from '../attempt.ts';
import type { Stages } from '../path.ts';
import type { Intended, Lent, Step } from '../progress.ts';
import type { GatewayState } from '../state.ts';
import { stoppedAs } from '../stopped-as.ts';

export interface LendParts {
  readonly standing: Standing;
  readonly state: GatewayState;
  readonly clock: Clock;
}

type Added = Pick<Lent, 'loan' | 'attempt'>;

/** Which short-lived credential, for this call only? Opened here and nowhere earlier. */
export function lendStage(parts: LendParts): Stages['lend'] {
  return (walk) => {
    // A stop that came while the intent was being written still stops: nothing has left yet.
    const no = mayStillGo(parts, walk);
    if (no !== undefined) return no;
    const loan = walk.subject.lend(walk);
    return loan instanceof Promise ? loan.then((later) => taken(later)) : taken(loan);
  };
}

function taken(loan: Loan | Refusal): Step<Added> {
  return isRefusal(loan) ? loan : { loan, attempt: new Attempt() };
}

function mayStillGo({ standing, state, clock }: LendParts, walk: Intended): Refusal | undefined {
  const { principal, agent, call, subject } = walk;
  const target = stoppedAs(subject.target);
  const view = state.view(clock.monotonic());
  const stopped =
    principal.kind === 'system'
      ? view.overlay.forbids(principal, target)
      : standing.judge(principal, agent, target, view);
  return stopped ?? (call.signal.aborted ? refusal('gateway/cancelled') : undefined);
}
