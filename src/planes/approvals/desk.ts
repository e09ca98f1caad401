import { checkReason, checkRight, type DeskRecorder, recordOrOwe } from '#contracts/desk.ts';
import type { GrantLedger } from '#contracts/grant-ledger.ts';
import { oweRecord } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Approval, targetPartOf } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import type { Person, Role } from '#kernel/principal.ts';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalDesk } from './door.ts';
import { checkAsAsked, type SealKeys, shownDigestOf } from './seal.ts';
import { countedYes } from './counted-yes.ts';
import type { YesJudge } from './yes-judge.ts';
import { createTurns } from '#kernel/turns.ts';

export interface ApprovalDeskParts {
  readonly ledger: GrantLedger;
  readonly clock: Clock;
  readonly recorder: DeskRecorder;
  readonly keys: SealKeys;
  readonly judge: YesJudge;
}

type Verdict = Parameters<ApprovalDesk['decide']>[0] & {
  /** Set where somebody replied in their own chat: nobody signed in here. */
  readonly through?: 'elicitation';
};

const saidWhereTheyWork = 'asked in their own chat';

const typeOfVerdict = {
  approve: 'approval.approved',
  reject: 'approval.rejected',
  withdraw: 'approval.withdrawn',
} as const satisfies Record<Verdict['verdict'], RecordType>;

const analyst: readonly Role[] = ['analyst'];

const stateOfVerdict = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;

/**
 * Order of a yes: record, then ledger. The ledger's `approved` is what can be spent, so at no
 * moment can a yes be spent that is not on disk in the log. The other order would need the ledger
 * to take a yes back, and a gateway may have spent it before. What this order can leave behind is a
 * recorded yes that never took effect; it is harmless (the approval stays pending and expires), and
 * an `approval.reconciled` record says so. A no only takes away: it takes effect first; its record
 * is owed in the same transaction. One verdict at a time per approval, so that two people who press
 * at once do not both go on record.
 */
export function createApprovalDesk(parts: ApprovalDeskParts): ApprovalDesk {
  const { ledger, clock } = parts;
  const turns = createTurns();
  const expireNow = createExpiry(parts);
  return {
    list: (filter) => ledger.list(filter),
    held: (...of) => ledger.held(...of),
    show: (tenant, id) => ledger.byId(tenant, id),
    async asked(approval) {
      const asked = await parts.judge.asked(approval);
      return { asked, counting: await parts.judge.counting(approval, asked) };
    },
    async decide(verdict) {
      // To withdraw takes away and decides nothing.
      checkRight(verdict, 'approver', ...(verdict.verdict === 'withdraw' ? analyst : []));
      checkReason(verdict);
      return turns.take(`${verdict.by.tenant} ${verdict.id}`, async () => {
        const approval = await decidable(parts, verdict);
        return verdict.verdict === 'approve'
          ? approve(parts, verdict, approval)
          : refuse(parts, verdict, approval);
      });
    },
    userDecided: ({ tenant, id, verdict, by: name }) =>
      turns.take(`${tenant} ${id}`, async () => {
        const by: Person = { tenant, name: `user/${name}`, roles: [] };
        const said = {
          by,
          id,
          verdict,
          reason: saidWhereTheyWork,
          through: 'elicitation',
        } as const;
        const approval = await decidable(parts, said);
        return verdict === 'approve'
          ? approve(parts, said, approval)
          : refuse(parts, said, approval);
      }),
    expire: () => turns.take('expire', () => expireNow(clock.now())),
  };
}

async function decidable({ ledger, clock }: ApprovalDeskParts, verdict: Verdict) {
  const approval = await ledger.byId(verdict.by.tenant, verdict.id);
  if (approval === undefined) throw new BailiwickError('approvals/unknown');
  if (approval.state !== 'pending') throw new BailiwickError('approvals/not-pending');
  if (clock.now() >= approval.expiresAt) throw new BailiwickError('approvals/expired');
  return approval;
}

/**
 * INVARIANT: a yes is to what the gateway asked and to what its giver was shown, which are the same. Whom the gateway
 * asked where they work it showed its own question.
 */
function checkShown(
  { keys }: ApprovalDeskParts,
  { shown, through }: Verdict,
  approval: Approval,
): void {
  checkAsAsked(keys, approval);
  if (shown === shownDigestOf(approval) || through === 'elicitation') return;
  if (shown !== undefined) throw new BailiwickError('approvals/changed');
  throw new BailiwickError('approvals/changed', {
    message: 'a yes names what was shown: `shown`, as `GET /v1/approvals/ID` tells it',
  });
}

async function approve(
  parts: ApprovalDeskParts,
  verdict: Verdict,
  approval: Approval,
): Promise<Approval> {
  const { ledger, recorder } = parts;
  checkShown(parts, verdict, approval);
  const { yes, type, details } = await countedYes(parts, verdict, approval);
  const draft = verdictDraft(verdict, approval);
  await recorder.record({ ...draft, type, details: { ...draft.details, ...details } });
  try {
    // From when it was said, not from when that was on disk.
    const grantExpiresAt = yes.said.at + limits.grantMs;
    return await ledger.decide({ ...said(parts, verdict), grantExpiresAt, yes });
  } catch (fault) {
    // A lost answer is not a lost verdict: the ledger is asked what is true.
    const after = await ledger.byId(verdict.by.tenant, verdict.id).catch(() => undefined);
    if (after?.yeses.some(({ seal }) => seal === yes.said.seal) === true) return after;
    // The fault below is what the caller must hear.
    await recordOrOwe(recorder, notAppliedDraft(verdict, approval, after));
    throw fault;
  }
}

async function refuse(
  parts: ApprovalDeskParts,
  verdict: Verdict,
  approval: Approval,
): Promise<Approval> {
  const asked = said(parts, verdict);
  const also = [oweRecord(verdictDraft(verdict, approval), asked.now)];
  try {
    return await parts.ledger.decide({ ...asked, also });
  } catch (fault) {
    const after = await parts.ledger.byId(verdict.by.tenant, verdict.id).catch(() => undefined);
    if (after !== undefined && tookEffect(after, verdict)) return after;
    throw fault;
  }
}

function said({ clock }: ApprovalDeskParts, { by, id, verdict, reason }: Verdict) {
  const now = clock.now();
  const who = { tenant: by.tenant, by: by.name };
  return { ...who, id, verdict, reason, now, grantExpiresAt: now + limits.grantMs };
}

function tookEffect(after: Approval, { verdict, by, reason }: Verdict): boolean {
  return (
    after.state === stateOfVerdict[verdict] &&
    after.decidedBy === by.name &&
    after.reason === reason
  );
}

/** Expiries that could not be recorded are kept and recorded with the next ones. */
function createExpiry({ ledger, recorder }: ApprovalDeskParts) {
  let unrecorded: readonly Approval[] = [];
  return async (now: number): Promise<number> => {
    // Time alone ends an approval, so the ledger goes first: nothing waits for the log to close it.
    const expired = await ledger.expire(now);
    unrecorded = [...unrecorded, ...expired];
    while (unrecorded[0] !== undefined) {
      await recorder.record(expiryDraft(unrecorded[0]));
      unrecorded = unrecorded.slice(1);
    }
    return expired.length;
  };
}

function draftOf(type: RecordType, approval: Approval): Omit<RecordDraft, 'actors'> {
  const { binding, context } = approval;
  return {
    type,
    tenant: binding.tenant,
    session: binding.session,
    call: context.callId,
    target: targetPartOf(approval),
  };
}

function verdictDraft(verdict: Verdict, approval: Approval): RecordDraft {
  const { binding } = approval;
  return {
    ...draftOf(typeOfVerdict[verdict.verdict], approval),
    actors: [{ kind: 'human', name: verdict.by.name }],
    approval: { id: approval.id, by: verdict.by.name, class: binding.approvalClass },
    details: {
      reason: verdict.reason,
      agent: binding.agent,
      instance: binding.instance,
      callDigest: approval.callDigest,
      argumentsDigest: binding.argumentsDigest,
      rules: [...binding.rules],
      policyDigest: approval.context.policyDigest,
      requestedAt: approval.requestedAt,
      ...(verdict.through === undefined ? {} : { through: verdict.through }),
      ...(verdict.shown === undefined ? {} : { shown: verdict.shown }),
    },
  };
}

function notAppliedDraft(
  verdict: Verdict,
  approval: Approval,
  after: Approval | undefined,
): RecordDraft {
  return {
    ...draftOf('approval.reconciled', approval),
    actors: [{ kind: 'system', name: 'system/approvals' }],
    approval: { id: approval.id, by: verdict.by.name, class: approval.binding.approvalClass },
    details: {
      verdict: verdict.verdict,
      // A ledger that cannot be read may still have taken the verdict.
      applied: after === undefined ? 'unknown' : 'no',
      state: after?.state ?? 'unknown',
    },
  };
}

function expiryDraft(approval: Approval): RecordDraft {
  return {
    ...draftOf('approval.expired', approval),
    actors: [{ kind: 'system', name: 'system/approvals' }],
    approval: { id: approval.id, class: approval.binding.approvalClass },
    details: { agent: approval.binding.agent, callDigest: approval.callDigest },
  };
}
