import type { GivenOverride } from '#contracts/override-book.ts';
import { contentOf } from '#kernel/call.ts';
import { type Decision, type FlowFacts, leakedLabels } from '#kernel/decision.ts';
import type { Approval } from '#kernel/grant.ts';
import { noLabels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import type {
  DecisionPart,
  FactsPart,
  RecordDraft,
  RecordType,
  TargetPart,
} from '#kernel/record.ts';
import { targetText } from '#kernel/target.ts';
import { traceBegunBy, traceOf } from '#kernel/trace.ts';
import { partsOf } from './principal-parts.ts';
import type { SoFar } from './progress.ts';
import type { Subject } from './subject.ts';

/** A draft that is still being put together: member by member, because spreading is dear. */
export type GrowingDraft = { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] };

/** What every record of a call says: who, in which session, what was asked, under what rules. */
export function callDraft(type: RecordType, walk: SoFar): GrowingDraft {
  const { call, principal, approval, override, argumentsCommitment, configuration } = walk;
  const draft: GrowingDraft = {
    type,
    tenant: principal?.tenant ?? call.tenant,
    actors: principal === undefined ? unknownAt(call.source) : partsOf(principal).actors,
    call: call.id,
    method: call.method,
    source: call.source,
    overlay: walk.overlayNumber ?? 0,
    labels: { in: walk.labelsIn ?? noLabels, out: walk.attempt?.labelsOut ?? noLabels },
  };
  if (principal !== undefined) addPrincipal(draft, principal, walk);
  addWhatWasAsked(draft, walk);
  if (argumentsCommitment !== undefined) draft.arguments = argumentsCommitment;
  if (approval !== undefined) draft.approval = approvalPart(approval);
  if (override !== undefined) draft.approval = overridePart(override, walk);
  if (configuration !== undefined) draft.snapshot = configuration.digest;
  draft.trace = traceOf(call, principal) ?? traceBegunBy(call.id);
  if (call.traceIgnored !== undefined) draft.traceIgnored = call.traceIgnored;
  return draft;
}

export function sessionOf({ session, task, tasks }: Principal) {
  return { session, task, ...(tasks === undefined ? {} : { tasks }) };
}

/** While nobody is known the record says so instead of guessing. */
function unknownAt(source: string): RecordDraft['actors'] {
  return [{ kind: 'agent', name: `unknown@${source}` }];
}

function addPrincipal(draft: GrowingDraft, principal: Principal, walk: SoFar): void {
  const { session, task, tasks } = principal;
  draft.session = session;
  draft.task = task;
  if (tasks !== undefined) draft.tasks = tasks;
  draft.questions = questionsOf(principal, walk);
}

function addWhatWasAsked(draft: GrowingDraft, walk: SoFar): void {
  const { call, subject, decision, wouldHave, pdp, intent } = walk;
  const content = contentOf(call.action);
  const target = targetPart(subject);
  if (content !== undefined) draft.named = content.named;
  if (target !== undefined) draft.target = target;
  if (decision !== undefined) draft.decision = decisionPart(decision);
  // The outcome leads to its intent, which says them.
  const facts = decision === undefined || intent !== undefined ? undefined : factsOf(walk);
  if (facts !== undefined) draft.facts = facts;
  if (wouldHave !== undefined) draft.wouldHave = wouldHave;
  if (pdp !== undefined) draft.pdp = pdp;
}

/** What rules are told of it that stands nowhere else in its record. */
function factsOf({ principal, flow }: SoFar): FactsPart | undefined {
  const standing = principal === undefined ? undefined : partsOf(principal).facts;
  if (flow === undefined) return standing;
  return { ...standing, flow: flowFacts(flow) };
}

function flowFacts({
  verdict,
  intent,
  kinds,
  whys,
  origins,
  leaks,
  bulk,
  scope,
}: FlowFacts): NonNullable<FactsPart['flow']> {
  const told = leaks === undefined ? {} : { leaks: leakedLabels(leaks) };
  const moved = bulk === undefined ? {} : { bulk };
  const left = scope === undefined ? {} : { scope };
  return { verdict, intent, kinds, whys, origins, ...told, ...moved, ...left };
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

/** INVARIANT: whoever reads the record sees that nobody looked at this very call. */
function overridePart({ id, by }: GivenOverride, { decision }: SoFar) {
  const of = decision?.approvalClass;
  return { id, by, ...(of === undefined ? {} : { class: of }), override: true } as const;
}

function questionsOf(principal: Principal, { call, subject, decision }: SoFar) {
  return partsOf(principal).questions({
    method: call.method,
    named: contentOf(call.action)?.named,
    decision,
    manifest: subject?.digest === undefined ? undefined : subject.manifest,
  });
}
