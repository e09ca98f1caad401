import type { GrantLedger } from '#contracts/grant-ledger.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { Approval } from '#kernel/grant.ts';
import { targetPartOf } from '#kernel/grant.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { YesJudge } from './yes-judge.ts';

/**
 * A ledger in which a yes is spent only where enough people who may give it have given it and still may. INVARIANT: whoever
 * asks, over whichever front: what the store alone says is no yes.
 */
export function judgeYeses(
  ledger: GrantLedger,
  judge: Pick<YesJudge, 'problem'>,
  overrideFor: GrantLedger['overrideFor'] = (ask) => ledger.overrideFor(ask),
): GrantLedger {
  return {
    ...ledger,
    overrideFor,
    async consume(spend) {
      const { tenant, id, callDigest, now } = spend;
      const approval = await ledger.byId(tenant, id);
      if (approval?.state !== 'approved' || approval.callDigest !== callDigest) {
        // INVARIANT: what was not judged is not spent, also where it is approved in this very moment: no grant lasts so long.
        return ledger.consume({ ...spend, now: Number.MAX_SAFE_INTEGER });
      }
      const why = await judge.problem(approval);
      if (why === undefined) return ledger.consume(spend);
      await ledger.makeVoid({ tenant, id, also: [oweRecord(voidDraft(approval, why), now)] });
      return { kind: 'refused', why: 'void', approval };
    },
    async valueYeses(tenant, agent) {
      const given = await ledger.valueYeses(tenant, agent);
      const still = await Promise.all(
        given.map(async (yes) => {
          if (yes.values.length === 0) return true;
          const approval = await ledger.byId(tenant, yes.approval);
          return approval !== undefined && (await judge.problem(approval)) === undefined;
        }),
      );
      return given.filter((_, at) => still[at]);
    },
  };
}

function voidDraft(approval: Approval, why: string): RecordDraft {
  const { binding, context, id, yeses } = approval;
  return {
    type: 'approval.reconciled',
    tenant: binding.tenant,
    session: binding.session,
    call: context.callId,
    target: targetPartOf(approval),
    actors: [{ kind: 'system', name: 'system/approvals' }],
    approval: { id, class: binding.approvalClass },
    details: {
      verdict: 'approve',
      applied: 'no',
      state: 'void',
      why,
      by: yeses.map((one) => one.by),
    },
  };
}
