import { isRefusal, type Refusal } from '#kernel/errors.ts';
import type { Loan } from '#planes/credentials/index.ts';
import { Attempt } from '../attempt.ts';
import { mayGoOn, type MayGoOnParts } from '../may-go-on.ts';
import type { Stages } from '../path.ts';
import type { Lent, Step } from '../progress.ts';

type Added = Pick<Lent, 'loan' | 'attempt'>;

/** Which short-lived credential, for this call only? Opened here and nowhere earlier. */
export function lendStage(parts: MayGoOnParts): Stages['lend'] {
  return (walk) => {
    // A stop that came while the intent was being written still stops: nothing has left yet.
    const no = mayGoOn(parts, walk);
    if (no !== undefined) return no;
    const loan = walk.subject.lend(walk);
    return loan instanceof Promise ? loan.then(taken) : taken(loan);
  };
}

function taken(loan: Loan | Refusal): Step<Added> {
  return isRefusal(loan) ? loan : { loan, attempt: new Attempt() };
}
