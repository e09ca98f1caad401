import { contentOf } from '#kernel/call.ts';
import { type Actor, actorChain, type Principal } from '#kernel/principal.ts';
import type {
  DecisionPart,
  FourQuestions,
  RecordDraft,
  RecordType,
  TargetPart,
} from '#kernel/record.ts';
import { targetText } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import { questionsFor } from '#planes/audit/index.ts';
import type { Walk } from './walk.ts';

/** What every record of a call says: who, in which session, what was asked, under what rules. */
export function callDraft(type: RecordType, walk: Walk): RecordDraft {
  const { call, principal } = walk;
  const named = contentOf(call.action)?.named;
  return {
    type,
    tenant: principal?.tenant ?? call.tenant,
    actors: principal === undefined ? unknownActor(walk) : actorChain(principal),
    call: call.id,
    method: call.method,
    source: call.source,
    ...(principal === undefined ? {} : sessionOf(principal)),
    ...(named === undefined ? {} : { named }),
    ...(walk.tool === undefined ? {} : { target: targetPart(walk.tool) }),
    ...(walk.decision === undefined ? {} : { decision: decisionPart(walk) }),
    ...(principal === undefined ? {} : { questions: questionsOf(principal, walk) }),
    ...(walk.argumentsCommitment === undefined ? {} : { arguments: walk.argumentsCommitment }),
    ...(walk.approval === undefined ? {} : { approval: approvalPart(walk) }),
    ...(walk.configuration === undefined ? {} : { snapshot: walk.configuration.digest }),
    ...(call.trace === undefined ? {} : { trace: call.trace }),
    overlay: walk.overlayNumber,
    labels: { in: walk.labelsIn, out: walk.labelsOut },
  };
}

export function sessionOf({ session, task, tasks }: Principal) {
  return { session, task, ...(tasks === undefined ? {} : { tasks }) };
}

/** Nobody is known yet: the record says so instead of guessing. */
function unknownActor(walk: Walk): readonly Actor[] {
  return [{ kind: 'agent', name: `unknown@${walk.call.source}` }];
}

function targetPart({ id, pinned, toolClass }: NonNullable<Walk['tool']>): TargetPart {
  return {
    target: targetText(toolTarget(id)),
    digest: pinned.digest,
    effectClass: toolClass.effect,
  };
}

function decisionPart(walk: Walk): DecisionPart {
  const decision = walk.decision;
  if (decision === undefined) throw new TypeError('no decision was taken');
  return {
    effect: decision.effect,
    rules: decision.rules,
    policyDigest: decision.policyDigest,
    questions: decision.questions,
    errors: decision.errors,
  };
}

function approvalPart(walk: Walk): { id: string; by?: string; class?: string } {
  const approval = walk.approval;
  if (approval === undefined) return { id: '' };
  return {
    id: approval.id,
    class: approval.binding.approvalClass,
    ...(approval.decidedBy === undefined ? {} : { by: approval.decidedBy }),
  };
}

function questionsOf(principal: Principal, { call, tool, decision }: Walk): FourQuestions {
  return questionsFor({
    principal,
    method: call.method,
    named: contentOf(call.action)?.named,
    decision,
    manifest: tool?.manifest.name,
  });
}
