import type { GatewayGrants } from '#contracts/grant-ledger.ts';
import { BailiwickError, type Refusal, isRefusal, refusal } from '#kernel/errors.ts';
import { type Approval, callDigestOf } from '#kernel/grant.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { fitOf } from './binding.ts';
import type { ApprovalAsk, ApprovalGate, Settled } from './door.ts';
import { refusalOfState, refusalOfUse } from './refusals.ts';
import { sealedContext, type SealKeys } from './seal.ts';

export interface ApprovalGateParts {
  readonly ledger: GatewayGrants;
  readonly clock: Clock;
  readonly keys: SealKeys;
}

export function createApprovalGate(parts: ApprovalGateParts): ApprovalGate {
  return {
    async settle(ask) {
      try {
        return ask.handle === undefined
          ? await settleByDigest(parts, ask)
          : await settleByHandle(parts, ask, ask.handle);
      } catch (fault) {
        return faultRefusal(fault);
      }
    },
    async overridden({ binding, context: { effectClass } }) {
      const { tenant, agent, target, approvalClass } = binding;
      try {
        return await parts.ledger.overrideFor({
          tenant,
          agent,
          target,
          approvalClass,
          effectClass,
          callDigest: callDigestOf(binding),
        });
      } catch (fault) {
        return faultRefusal(fault);
      }
    },
    userSaid: ({ binding: { tenant }, id }, verdict) =>
      parts.ledger.userSaid({ tenant, id, verdict, now: parts.clock.now() }),
    async isPending(tenant, handle) {
      const found = await parts.ledger.byHandle(tenant, handle);
      return found?.state === 'pending' && parts.clock.now() < found.expiresAt;
    },
    noteUse(approval, outcome) {
      const { tenant } = approval.binding;
      return parts.ledger.noteUse({ tenant, id: approval.id, outcome });
    },
    digestOf: callDigestOf,
  };
}

/** A handle names one approval and nothing else: it never falls through to a new question. */
async function settleByHandle(
  parts: ApprovalGateParts,
  ask: ApprovalAsk,
  handle: string,
): Promise<Settled | Refusal> {
  const found = await parts.ledger.byHandle(ask.binding.tenant, handle);
  if (found === undefined) return refusal('approvals/unknown');
  const settled = await settleFound(parts, ask, found);
  if (isRefusal(settled) || settled.kind === 'granted') return settled;
  return { ...settled, fresh: false };
}

/** Without a handle an identical call finds its own open approval, or opens one. */
async function settleByDigest(
  parts: ApprovalGateParts,
  ask: ApprovalAsk,
): Promise<Settled | Refusal> {
  const { ledger, clock, keys } = parts;
  const callDigest = callDigestOf(ask.binding);
  const open = await ledger.openFor(ask.binding.tenant, callDigest);
  if (open !== undefined) return settleFound(parts, ask, open);
  const now = clock.now();
  const asked = await ledger.request({
    binding: ask.binding,
    callDigest,
    context: sealedContext(keys, ask.binding, ask.context),
    now,
    expiresAt: now + limits.approvalMs,
    pendingLimit: limits.approvalsPendingPerAgent,
  });
  return settleFound(parts, ask, asked);
}

async function settleFound(
  parts: ApprovalGateParts,
  ask: ApprovalAsk,
  approval: Approval,
): Promise<Settled | Refusal> {
  const fit = fitOf(approval.binding, ask.binding);
  if (fit === 'another-call') return refusal('approvals/mismatch');
  if (fit === 'another-question') return refusal('approvals/void');
  if (approval.state === 'approved') return spend(parts, ask, approval);
  if (approval.state !== 'pending') return refusalOfState(approval.state);
  if (parts.clock.now() >= approval.expiresAt) return refusal('approvals/expired');
  // Two identical calls may ask at once; only the one that opened the approval records it.
  const fresh = approval.context.callId === ask.context.callId;
  return { kind: 'held', approval, fresh };
}

/** INVARIANT: every way to `granted` leads through `consume`, which grants once. */
async function spend(
  { ledger, clock }: ApprovalGateParts,
  ask: ApprovalAsk,
  approval: Approval,
): Promise<Settled | Refusal> {
  const callDigest = callDigestOf(ask.binding);
  const result = await ledger.consume({
    tenant: ask.binding.tenant,
    id: approval.id,
    callDigest,
    by: ask.spender,
    now: clock.now(),
  });
  if (result.kind === 'refused') return refusalOfUse(result.why);
  if (result.approval.callDigest !== callDigest) return refusal('approvals/unavailable');
  return { kind: 'granted', approval: result.approval };
}

/** A ledger that says no is believed; one that does not answer means no. */
function faultRefusal(fault: unknown): Refusal {
  if (fault instanceof BailiwickError && fault.code.startsWith('approvals/')) {
    return fault.toRefusal();
  }
  return refusal('approvals/unavailable');
}
