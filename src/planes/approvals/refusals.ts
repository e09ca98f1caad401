import type { ConsumeResult } from '#contracts/grant-ledger.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { ApprovalState } from '#kernel/grant.ts';

type ClosedState = Exclude<ApprovalState, 'pending' | 'approved'>;
type UseRefused = Extract<ConsumeResult, { kind: 'refused' }>['why'];

const byState: Readonly<Record<ClosedState, () => Refusal>> = {
  rejected: () => refusal('approvals/rejected'),
  expired: () => refusal('approvals/expired'),
  spent: () => refusal('approvals/spent'),
  withdrawn: () =>
    refusal('approvals/rejected', {
      message: 'the question was withdrawn before anybody said yes',
      suggestedAction: 'ask again if it is still needed',
    }),
  void: () => refusal('approvals/void', { message: 'the approval was made void' }),
};

const byUse: Readonly<Record<UseRefused, () => Refusal>> = {
  unknown: () => refusal('approvals/unknown'),
  mismatch: () => refusal('approvals/mismatch'),
  // It was approved a moment ago, so the ledger contradicts itself: no.
  pending: () => refusal('approvals/unavailable'),
  rejected: byState.rejected,
  expired: byState.expired,
  spent: byState.spent,
  void: byState.void,
};

export function refusalOfState(state: ClosedState): Refusal {
  return byState[state]();
}

export function refusalOfUse(why: UseRefused): Refusal {
  return byUse[why]();
}
