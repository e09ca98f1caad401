import { rulesFor } from '#contracts/approval-rules.ts';
import type { GrantLedger } from '#contracts/grant-ledger.ts';
import {
  type GivenOverride,
  isOpen,
  type OverrideAsk,
  type OverrideBook,
} from '#contracts/override-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import { type Approval, targetPartOf } from '#kernel/grant.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { YesJudge } from './yes-judge.ts';

export interface OverrideJudgeParts {
  readonly overrides: Pick<OverrideBook, 'list'>;
  readonly judge: Pick<YesJudge, 'approverNow'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
  readonly ledger: Pick<GrantLedger, 'openFor' | 'makeVoid'>;
}

/**
 * The override under which a call goes on. INVARIANT: of this very agent and target, in its time, of somebody who may
 * still approve; and nothing that an `ApprovalRule` is about: there as many people say yes as it says.
 */
export async function overrideFor(
  parts: OverrideJudgeParts,
  ask: OverrideAsk,
): Promise<GivenOverride | undefined> {
  const given = await givenFor(parts, ask);
  if (given !== undefined) await closeQuestion(parts, ask, given);
  return given;
}

/** INVARIANT: before the call goes on: a yes that comes later, or came before, is to nothing and does it no second time. */
async function closeQuestion(
  { ledger, clock }: OverrideJudgeParts,
  { tenant, callDigest }: OverrideAsk,
  given: GivenOverride,
): Promise<void> {
  const open = await ledger.openFor(tenant, callDigest);
  if (open === undefined) return;
  const also = [oweRecord(closedDraft(open, given), clock.now())];
  await ledger.makeVoid({ tenant, id: open.id, also });
}

function closedDraft(approval: Approval, given: GivenOverride): RecordDraft {
  const { binding, context, id } = approval;
  return {
    type: 'approval.reconciled',
    tenant: binding.tenant,
    session: binding.session,
    call: context.callId,
    target: targetPartOf(approval),
    actors: [{ kind: 'system', name: 'system/approvals' }],
    approval: { id, class: binding.approvalClass },
    details: { applied: 'no', state: 'void', why: 'overridden', override: given.id, by: given.by },
  };
}

async function givenFor(
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
