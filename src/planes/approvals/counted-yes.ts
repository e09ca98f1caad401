import { mostYeses } from '#contracts/approval-rules.ts';
import type { CountedYes } from '#contracts/grant-ledger.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalYes } from '#kernel/grant.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { isByProvider, isSamePerson, type Person } from '#kernel/principal.ts';
import type { RecordType } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import { type AskedOfYes, type WhyNot, whyNotTheirs, type YesJudge } from './yes-judge.ts';

interface Said extends Pick<ApprovalYes, 'reason' | 'shown' | 'through'> {
  readonly by: Person;
}

interface Counted {
  readonly yes: CountedYes;
  readonly type: Extract<RecordType, 'approval.agreed' | 'approval.approved'>;
  readonly details: JsonObject;
}

/**
 * One more yes, and what its record says. Throws where it is not theirs to give. INVARIANT: nobody says yes twice, and
 * the one that is enough is found by who may still give theirs, not by how many there are.
 */
export async function countedYes(
  { judge, clock }: { readonly judge: YesJudge; readonly clock: Clock },
  { by, reason, shown, through }: Said,
  approval: Approval,
): Promise<Counted> {
  const asked = await judge.asked(approval);
  checkTheirs(asked, { by, through });
  const counting = await judge.counting(approval, asked);
  if (counting.some((yes) => isSamePerson(yes.by, by.name)))
    throw new BailiwickError('approvals/agreed');
  // More than can be asked for, none of which counts any more.
  if (approval.yeses.length >= 2 * mostYeses) throw new BailiwickError('approvals/changed');
  const said = judge.sealed(approval, {
    by: by.name,
    at: clock.now(),
    reason,
    ...(shown === undefined ? {} : { shown }),
    ...(through === undefined ? {} : { through }),
    ...(isByProvider(by) ? { heldByProvider: by.roles } : {}),
  });
  const isLast = counting.length + 1 >= asked.quorum;
  return {
    yes: { said, before: approval.yeses.length, isLast },
    type: isLast ? 'approval.approved' : 'approval.agreed',
    details: {
      ...(asked.quorum === 1 ? {} : { yes: counting.length + 1, quorum: asked.quorum }),
      ...(isLast ? { grantMs: limits.grantMs } : {}),
    },
  };
}

const whyNotWords: Readonly<Record<WhyNot, string>> = {
  requester: 'you began the task that it is part of',
  user: 'the agent acts for you',
  owner: 'you own the agent',
  newer: 'you were added after it was asked: have the agent ask anew',
  role: 'it asks for a role that you do not have',
  people: 'a document names who may, and not you',
};

function checkTheirs(asked: AskedOfYes, { by, through }: Pick<Said, 'by' | 'through'>): void {
  // Where they work nobody signed in: no document that asks for more is satisfied by that.
  const unsigned = asked.rules.length > 0 ? ('people' as const) : undefined;
  const why = through === undefined ? whyNotTheirs(asked, by) : unsigned;
  if (why === undefined) return;
  const rules = asked.rules.map(({ name }) => name);
  throw new BailiwickError('approvals/not-yours', {
    message: `a yes to this is not yours to give: ${whyNotWords[why]} (${rules.join(', ')})`,
    details: { why, rules },
  });
}
