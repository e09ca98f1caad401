import { isRefusal, type Refusal } from '#kernel/errors.ts';
import type { Lender, Loan } from '#planes/credentials/index.ts';
import { Attempt } from '../attempt.ts';
import { mayBeTold, mayGoOn, type MayGoOnParts } from '../may-go-on.ts';
import type { Stages } from '../path.ts';
import { Exit, type Lent, type Step } from '../progress.ts';

export interface LendParts extends MayGoOnParts {
  readonly lender: Lender;
}

type Added = Pick<Lent, 'loan' | 'attempt'>;

/** Which short-lived credential, for this call only? Opened here and nowhere earlier. */
export function lendStage(parts: LendParts): Stages['lend'] {
  return (walk) => {
    // A stop that came while the intent was being written still stops: nothing has left yet.
    const no = mayGoOn(parts, walk);
    if (no !== undefined) return no;
    const { principal, configuration, call, subject } = walk;
    call.onLent?.(() => mayBeTold(parts, walk));
    const loan = parts.lender.lend({
      ...subject.borrows,
      tenant: principal.tenant,
      secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
      whose: { principal, issuer: configuration.snapshot.tokens.issuer },
      about: walk,
      use: 'header',
      signal: call.signal,
    });
    if (!(loan instanceof Promise)) return taken(loan);
    // INVARIANT: a source took its time, so what stops a call is asked again before anything leaves.
    return loan.then((late) => takenIf(late, () => mayGoOn(parts, walk)));
  };
}

function taken(loan: Loan | Refusal): Refusal | Added {
  return isRefusal(loan) ? loan : { loan, attempt: new Attempt() };
}

/** What was lent stands in the exit as well: the terminal ends it. */
function takenIf(loan: Loan | Refusal, stopped: () => Refusal | undefined): Step<Added> {
  const added = taken(loan);
  const no = isRefusal(added) ? undefined : stopped();
  return no === undefined ? added : new Exit(no, added as Added);
}
