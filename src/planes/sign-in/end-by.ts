import { checkReason, checkRight } from '#contracts/desk.ts';
import type { SessionGround, SignInBook } from '#contracts/sign-in-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { EndAct, SignIns } from './door.ts';

/** Whoever is signed in may end their own; an admin anybody's. */
export async function endBy(
  { book, clock }: { readonly book: SignInBook; readonly clock: Clock },
  end: SignIns['end'],
  act: EndAct,
): Promise<number> {
  checkReason(act);
  const { by, reason } = act;
  const { tenant } = by;
  const own = act.person ?? (await book.get(tenant, act.id, clock.now()))?.person;
  if (own !== by.name) checkRight(act, 'admin');
  const ended = await end({
    tenant,
    ground: groundOf(act),
    by: { kind: 'human', name: by.name },
    reason,
  });
  if (ended > 0) return ended;
  throw new BailiwickError('api/not-found', { message: 'no such sign-in lasts' });
}

function groundOf(act: EndAct): SessionGround {
  return act.person === undefined
    ? { kind: 'session', id: act.id }
    : { kind: 'person', person: act.person };
}
