import { rulesFor } from '#contracts/approval-rules.ts';
import {
  type GivenOverride,
  isOpen,
  type OverrideAsk,
  type OverrideBook,
} from '#contracts/override-book.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { YesJudge } from './yes-judge.ts';

export interface OverrideJudgeParts {
  readonly overrides: Pick<OverrideBook, 'list'>;
  readonly judge: Pick<YesJudge, 'approverNow'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
}

/**
 * The override under which a call goes on. INVARIANT: of this very agent and target, in its time, of somebody who may
 * still approve; and nothing that an `ApprovalRule` is about: there as many people say yes as it says.
 */
export async function overrideFor(
  { overrides, judge, snapshot, clock }: OverrideJudgeParts,
  { tenant, agent, target, approvalClass, effectClass }: OverrideAsk,
): Promise<GivenOverride | undefined> {
  const now = clock.now();
  const open = overrides
    .list(tenant)
    .filter((one) => one.agent === agent && one.target === target && isOpen(one, now));
  const of = snapshot()?.tenants[tenant];
  if (open.length === 0 || of === undefined) return undefined;
  if (rulesFor(of, { approvalClass, effectClass }).length > 0) return undefined;
  for (const one of open) {
    if ((await judge.approverNow(tenant, one)) !== undefined) return { id: one.id, by: one.by };
  }
  return undefined;
}
