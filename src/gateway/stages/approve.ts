import { contentOf } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import type { Approval, ApprovalBinding, ApprovalContext, OldValue } from '#kernel/grant.ts';
import { emptyObject } from '#kernel/json/index.ts';
import { targetText } from '#kernel/target.ts';
import type { ApprovalAsk, ApprovalGate, Settled } from '#planes/approvals/index.ts';
import type { Recorder } from '#planes/audit/index.ts';
import { acts, provedArguments } from '#planes/flow/index.ts';
import { isOfStrangers } from '#planes/policy/index.ts';
import { callDraft } from '../drafts.ts';
import type { KeyedDigest } from '../keyed-digest.ts';
import type { Stages } from '../path.ts';
import { softened } from '../phase.ts';
import { type Decided, Exit, type Approved, type Step } from '../progress.ts';
import type { GatewayState } from '../state.ts';
import type { TaskAmountsKeeper } from '../task-amounts.ts';
import type { TaskFlow } from '../task-flow.ts';
import { pageAskOf } from '../page-ask.ts';
import { userAskOf, userVerdict } from '../user-ask.ts';
import { UserWaits } from '../user-waits.ts';
import { withValues } from '../value-yeses.ts';

export interface ApproveParts {
  readonly approvals: Pick<ApprovalGate, 'settle' | 'userSaid' | 'isPending' | 'overridden'>;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly state: Pick<GatewayState, 'writer'>;
  readonly amounts: TaskAmountsKeeper;
  readonly keyed: KeyedDigest;
  readonly flow: Pick<TaskFlow, 'stood'>;
  /** Where people approve, as they meet it from elsewhere: an origin. */
  readonly publicConsole?: string | undefined;
}

type Parts = ApproveParts & { readonly waits: UserWaits };

type Added = Pick<Approved, 'approval' | 'override' | 'wouldHave'>;

const noneAsked: Added = { approval: undefined };

/**
 * Does a human have to say yes to exactly this, and is there such a yes? INVARIANT: what its task counts is taken
 * first: nobody is asked about, and no yes is spent on, what there is no room for.
 */
export function approveStage(parts: ApproveParts): Stages['approve'] {
  const approved = approvedBy(parts);
  return (walk) => {
    const no = parts.amounts.take(walk);
    if (no === undefined) return approved(walk);
    return no instanceof Promise ? no.then((late) => late ?? approved(walk)) : no;
  };
}

function approvedBy(given: ApproveParts): Stages['approve'] {
  const parts = { ...given, waits: new UserWaits() };
  return (walk) => {
    const { decision, subject, wouldHave } = walk;
    if (decision.effect === 'allow') return noneAsked;
    // Nobody is asked about what goes on in any case, and no yes is spent on it.
    if (decision.effect === 'deny') return wouldHave === undefined ? unjudged : noneAsked;
    const soft = softened(subject, wouldHave, 'approvals/pending');
    return soft === undefined ? settleApproval(parts, walk) : { ...noneAsked, wouldHave: soft };
  };
}

/** INVARIANT: no human lifts a deny; without its phase it has ended before. */
const unjudged = refusal('gateway/internal');

/**
 * What is approved is what is served: it is looked at before a yes is asked for or spent.
 * INVARIANT: the look takes time, so what was judged before it is judged again after it, by the
 * newest configuration; only a walk that comes from there asks for a grant or spends one.
 */
async function settleApproval(parts: Parts, walk: Decided): Promise<Step<Added>> {
  const { call, subject, lookedFor } = walk;
  if (subject.looksAt !== undefined && lookedFor === undefined) {
    return new Exit({ kind: 'look-first', server: subject.looksAt });
  }
  const ask = {
    binding: bindingOf(parts, walk),
    context: contextOf(parts, walk),
    handle: call.approvalHandle,
    spender: `${parts.state.writer}/${call.id}`,
  };
  // Whoever comes back with a yes spends that.
  const before = ask.handle === undefined ? await overridden(parts, walk, ask) : undefined;
  if (before !== undefined) return before;
  const settled = await settledWithUser(parts, walk, ask);
  if (isRefusal(settled)) return settled;
  if (settled.kind === 'granted') return { approval: settled.approval };
  const meanwhile = ask.handle === undefined ? undefined : await overridden(parts, walk, ask);
  if (meanwhile !== undefined) return meanwhile;
  const { approval, fresh } = settled;
  const { handle, id: approvalId, expiresAt } = approval;
  // Whoever has replied is not asked the same again.
  const userAsk = call.userReply === undefined ? userAskOf(walk, approval) : undefined;
  const page = userAsk === undefined ? pageAskOf(walk, approval, parts.publicConsole) : undefined;
  const held = {
    handle,
    approvalId,
    expiresAt,
    ...(userAsk === undefined ? {} : { ask: userAsk }),
    ...(page === undefined ? {} : { page }),
  };
  const exit = new Exit({ kind: 'held', held }, { held });
  if (!fresh) return exit;
  try {
    await parts.recorder.record(askedDraft(walk, approval));
    return exit;
  } catch {
    return new Exit(refusal('audit/unavailable'), { held });
  }
}

/** INVARIANT: an override is a yes to what people decided to ask, and to nothing that strangers brought into the task. */
async function overridden(
  { approvals }: Parts,
  { decision }: Decided,
  ask: ApprovalAsk,
): Promise<Added | Refusal | undefined> {
  if (decision.approvalClass === undefined || isOfStrangers(decision.approvalClass))
    return undefined;
  const override = await approvals.overridden(ask);
  if (override === undefined || isRefusal(override)) return override;
  return { approval: undefined, override };
}

/** What the user replied is told to whoever may decide whether that counts; then it is asked again what holds. */
async function settledWithUser(
  { approvals, waits }: Parts,
  walk: Decided,
  ask: ApprovalAsk,
): Promise<Settled | Refusal> {
  const settled = await approvals.settle(ask);
  const verdict = userVerdict(walk.call.userReply);
  if (isRefusal(settled) || settled.kind !== 'held' || verdict === undefined) return settled;
  const { approval } = settled;
  if (userAskOf(walk, approval) === undefined) return settled;
  const again = { ...ask, handle: approval.handle };
  try {
    const decided = await waits.until({
      key: `${approval.binding.tenant} ${approval.id}`,
      signal: walk.call.signal,
      begin: () => approvals.userSaid(approval, verdict),
      look: async () => {
        const now = await approvals.settle(again);
        return isRefusal(now) || now.kind !== 'held' ? now : undefined;
      },
    });
    return decided ?? settled;
  } catch {
    return refusal('approvals/unavailable');
  }
}

function askedDraft(walk: Decided, approval: Approval) {
  return {
    ...callDraft('approval.requested', walk),
    approval: { id: approval.id, class: approval.binding.approvalClass },
    details: { explanation: approval.context.explanation },
  };
}

function bindingOf({ keyed }: ApproveParts, walk: Decided): ApprovalBinding {
  const { principal, subject, decision, argumentsDigest } = walk;
  return {
    tenant: principal.tenant,
    agent: principal.agent,
    instance: principal.instance,
    user: principal.user?.subject,
    session: principal.session,
    target: targetText(subject.target),
    targetDigest: subject.digest ?? '',
    // INVARIANT: a yes stands in books and records without what its arguments could be guessed by.
    argumentsDigest: keyed(principal.tenant, argumentsDigest),
    rules: [...decision.rules, ...countedBy(walk)].sort(),
    approvalClass: decision.approvalClass ?? 'unspecified',
  };
}

/**
 * INVARIANT: a yes to a read of so many rows is none to a read of more, at whichever gateway: how many it was is not in the arguments of a
 * read, as it is in those of a call that acts.
 */
function countedBy({ flow, subject }: Decided): readonly string[] {
  const bulk = flow?.bulk;
  if (bulk === undefined || acts(subject.subjectClass)) return [];
  return [`rows ${bulk.rows}, bytes ${bulk.bytes}`];
}

function contextOf({ keyed, flow }: ApproveParts, walk: Decided): ApprovalContext {
  const { principal, subject, decision, call, labelsIn } = walk;
  const { user, task } = principal;
  return {
    policyDigest: decision.policyDigest,
    labels: labelsIn,
    effectClass: subject.subjectClass.effect,
    reversible: subject.subjectClass.reversible,
    explanation: decision.explanation,
    argumentsText: contentOf(call.action)?.argumentBytes.toString('utf8') ?? '',
    callId: call.id,
    ...(user?.name === undefined ? {} : { person: user.name }),
    task,
    ...beforeOf(flow.stood(walk)),
    ...flowContext(keyed, walk),
  };
}

function beforeOf(stood: readonly OldValue[]): Pick<ApprovalContext, 'beforeText'> {
  return stood.length === 0 ? {} : { beforeText: JSON.stringify(stood) };
}

/** Which of its values are doubtful, and which are not. */
function flowContext(
  keyed: KeyedDigest,
  walk: Decided,
): Pick<ApprovalContext, 'doubts' | 'proved' | 'yesRepeats'> {
  const { flow, subject, call } = walk;
  const declared = subject.subjectClass.flow;
  if (flow === undefined || flow.reasons.length === 0 || declared === undefined) return {};
  const given = contentOf(call.action)?.arguments ?? emptyObject();
  const proved = provedArguments(given, declared, flow);
  const doubts = withValues(keyed, walk, flow.reasons);
  const repeats = declared.yes?.repeats === true && doubts.some(({ value }) => value !== undefined);
  return {
    doubts,
    ...(proved === undefined ? {} : { proved: withValues(keyed, walk, proved) }),
    ...(repeats ? { yesRepeats: true } : {}),
  };
}
