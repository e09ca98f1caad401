import { contentOf } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import type { Approval } from '#kernel/grant.ts';
import { noLabels } from '#kernel/label.ts';
import { actorChain, type Principal } from '#kernel/principal.ts';
import type { DecisionPart, RecordDraft, RecordType, TargetPart } from '#kernel/record.ts';
import { targetText } from '#kernel/target.ts';
import { questionsFor } from '#planes/audit/index.ts';
import type { SoFar } from './progress.ts';
import type { Subject } from './subject.ts';

/** What every record of a call says: who, in which session, what was asked, under what rules. */
export function callDraft(type: RecordType, walk: SoFar): RecordDraft {
  const { call, argumentsCommitment, approval, configuration } = walk;
  return {
    type,
    ...whoAsked(walk),
    call: call.id,
    method: call.method,
    source: call.source,
    ...whatWasAsked(walk),
    ...(argumentsCommitment === undefined ? {} : { arguments: argumentsCommitment }),
    ...(approval === undefined ? {} : { approval: approvalPart(approval) }),
    ...(configuration === undefined ? {} : { snapshot: configuration.digest }),
    ...(call.trace === undefined ? {} : { trace: call.trace }),
    overlay: walk.overlayNumber ?? 0,
    labels: { in: walk.labelsIn ?? noLabels, out: walk.attempt?.labelsOut ?? noLabels },
  };
}

export function sessionOf({ session, task, tasks }: Principal) {
  return { session, task, ...(tasks === undefined ? {} : { tasks }) };
}

/** While nobody is known the record says so instead of guessing. */
function whoAsked(walk: SoFar): Pick<RecordDraft, 'tenant' | 'actors' | 'session' | 'questions'> {
  const { principal, call } = walk;
  if (principal === undefined) {
    return { tenant: call.tenant, actors: [{ kind: 'agent', name: `unknown@${call.source}` }] };
  }
  return {
    tenant: principal.tenant,
    actors: actorChain(principal),
    ...sessionOf(principal),
    questions: questionsOf(principal, walk),
  };
}

function whatWasAsked({ call, subject, decision }: SoFar) {
  const named = contentOf(call.action)?.named;
  const target = targetPart(subject);
  return {
    ...(named === undefined ? {} : { named }),
    ...(target === undefined ? {} : { target }),
    ...(decision === undefined ? {} : { decision: decisionPart(decision) }),
  };
}

/** What the gateway itself asks for was approved by nobody, and has no definition to name. */
function targetPart(subject: Subject | undefined): TargetPart | undefined {
  if (subject?.digest === undefined) return undefined;
  return {
    target: targetText(subject.target),
    digest: subject.digest,
    effectClass: subject.subjectClass.effect,
  };
}

function decisionPart({ effect, rules, policyDigest, questions, errors }: Decision): DecisionPart {
  return { effect, rules, policyDigest, questions, errors };
}

function approvalPart({ id, binding, decidedBy }: Approval) {
  return {
    id,
    class: binding.approvalClass,
    ...(decidedBy === undefined ? {} : { by: decidedBy }),
  };
}

function questionsOf(principal: Principal, { call, subject, decision }: SoFar) {
  return questionsFor({
    principal,
    method: call.method,
    named: contentOf(call.action)?.named,
    decision,
    manifest: subject?.digest === undefined ? undefined : subject.manifest,
  });
}
