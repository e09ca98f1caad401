import { contentOf } from '#kernel/call.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import type { ApprovalBinding, ApprovalContext } from '#kernel/grant.ts';
import { targetText } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** Does a human have to say yes to exactly this, and is there such a yes? */
export function approveStage(parts: StageParts): Stage {
  return (walk) => {
    if (walk.decision === undefined) return refusal('policy/evaluation-error');
    if (walk.decision.effect === 'allow') return undefined;
    return settleApproval(parts, walk);
  };
}

/**
 * What is approved is what is served: the server is looked at before a yes is asked for or spent.
 * INVARIANT: the look takes time, so what was judged before it is judged again after it, by the
 * newest configuration; only a walk that comes from there asks for a grant or spends one.
 */
async function settleApproval(parts: StageParts, walk: Walk): Promise<StageResult> {
  const { call, principal } = walk;
  const server = contentOf(call.action)?.target?.owner;
  if (principal === undefined || server === undefined) return refusal('approvals/unavailable');
  if (walk.lookedFor === undefined) {
    const unseen = await parts.refresh.recheck(principal.tenant, server);
    return unseen ?? again;
  }
  const settled = await parts.approvals.settle({
    binding: bindingOf(walk),
    context: contextOf(walk),
    handle: call.approvalHandle,
    spender: `${parts.state.writer}/${call.id}`,
  });
  if (isRefusal(settled)) return settled;
  if (settled.kind === 'granted') {
    walk.approval = settled.approval;
    return undefined;
  }
  const { approval, fresh } = settled;
  const held = { handle: approval.handle, approvalId: approval.id, expiresAt: approval.expiresAt };
  walk.held = held;
  if (fresh) await parts.approvalAsked(walk, approval);
  return { kind: 'held', held };
}

const again: StageResult = { kind: 'again' };

function bindingOf(walk: Walk): ApprovalBinding {
  const { principal, tool, decision, argumentsDigest } = walk;
  if (
    principal === undefined ||
    tool === undefined ||
    decision === undefined ||
    argumentsDigest === undefined
  ) {
    throw new TypeError('an approval needs a principal, a tool, a decision and arguments');
  }
  return {
    tenant: principal.tenant,
    agent: principal.agent,
    instance: principal.instance,
    user: principal.user?.subject,
    session: principal.session,
    target: targetText(toolTarget(tool.id)),
    targetDigest: tool.pinned.digest,
    argumentsDigest,
    rules: [...decision.rules].sort(),
    approvalClass: decision.approvalClass ?? 'unspecified',
  };
}

function contextOf(walk: Walk): ApprovalContext {
  const { tool, decision, call } = walk;
  return {
    policyDigest: decision?.policyDigest ?? '',
    labels: walk.labelsIn,
    effectClass: tool?.toolClass.effect ?? 'write',
    reversible: tool?.toolClass.reversible ?? false,
    explanation: decision?.explanation ?? '',
    argumentsText: contentOf(call.action)?.argumentBytes.toString('utf8') ?? '',
    callId: call.id,
  };
}
