import type { TaskBook } from '#contracts/task-book.ts';
import { unmetStepUps } from '#contracts/step-up.ts';
import type { OutboxDraft } from '#contracts/outbox.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Approval, targetPartOf } from '#kernel/grant.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { parseTarget } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import { type ApprovalDesk, isRuled, mayUserDecide } from '#planes/approvals/index.ts';
import { flowClass } from '#planes/policy/index.ts';
import type { Reaction } from './reaction.ts';
import type { OwedRecorder } from './record-owed.ts';

export interface UserSaidParts {
  readonly approvals: Pick<ApprovalDesk, 'show' | 'userDecided'>;
  readonly tasks: Pick<TaskBook, 'get'>;
  readonly records: OwedRecorder;
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
}

interface Reply {
  readonly tenant: string;
  readonly id: string;
  readonly verdict: 'approve' | 'reject';
}

/** A reply that decided nothing, and why. */
interface Dropped {
  readonly why: string;
  readonly approval: Approval | undefined;
  readonly by?: string;
}

/**
 * A gateway tells what a user replied to it. INVARIANT: it approves nothing: whether this user may decide this is
 * judged here, by the documents in force; what they may not stays open for people who approve, and their reply is on record.
 */
export function userSaid(parts: UserSaidParts): Reaction {
  return {
    kind: 'user-said',
    async react(drafts) {
      for (const draft of drafts) {
        const reply = replyIn(draft);
        if (reply === undefined) continue;
        const dropped = await heard(parts, reply);
        if (dropped === undefined) continue;
        const owed = { name: draft.id, at: draft.at, draft: droppedDraft(reply, dropped) };
        await parts.records.record([owed]);
      }
    },
  };
}

/** Undefined: no gateway writes such a one. */
function replyIn({ tenant, body: { approval: id, verdict } }: OutboxDraft): Reply | undefined {
  if (typeof id !== 'string' || (verdict !== 'approve' && verdict !== 'reject')) return undefined;
  return { tenant, id, verdict };
}

/** Undefined: it decided. */
async function heard(parts: UserSaidParts, reply: Reply): Promise<Dropped | undefined> {
  const approval = await parts.approvals.show(reply.tenant, reply.id);
  if (approval === undefined) return { why: 'approvals/unknown', approval };
  const by = await userOf(parts, approval);
  if (by === undefined) return { why: 'user-unknown', approval };
  // It is told at least once: this one was heard before.
  if (approval.decidedBy === userName(by)) return undefined;
  if (approval.state !== 'pending') return { why: 'approvals/not-pending', approval, by };
  if (!isTheirs(parts, approval)) return { why: 'not-theirs', approval, by };
  try {
    await parts.approvals.userDecided({ ...reply, by });
    return undefined;
  } catch (fault) {
    return { why: ifOver(fault), approval, by };
  }
}

const over: readonly ErrorCode[] = [
  'approvals/not-pending',
  'approvals/expired',
  'approvals/unknown',
  'approvals/changed',
  'approvals/not-yours',
];

/** Somebody else decided, its time was over, or it is not what was asked: then there is nothing left to do. */
function ifOver(fault: unknown): ErrorCode {
  if (fault instanceof BailiwickError && over.includes(fault.code)) return fault.code;
  throw fault;
}

const longestId = 64;

function droppedDraft({ tenant, id, verdict }: Reply, { why, approval, by }: Dropped): RecordDraft {
  const said = by === undefined ? {} : { by: userName(by) };
  const details = { verdict, applied: 'no', through: 'elicitation', why };
  const base = { type: 'approval.reconciled', tenant, actors: [system] } as const;
  // Nobody knows what it was, so it is told as a gateway wrote it, and no longer than an id is.
  if (approval === undefined) {
    const part = { id: id.slice(0, longestId), ...said };
    return { ...base, approval: part, details: { ...details, state: 'unknown' } };
  }
  const { binding, context, state } = approval;
  return {
    ...base,
    session: binding.session,
    call: context.callId,
    target: targetPartOf(approval),
    approval: { id, class: binding.approvalClass, ...said },
    details: { ...details, state },
  };
}

const system = { kind: 'system', name: 'system/approvals' } as const;

/** As the desk names who replied in a chat. */
function userName(by: string): string {
  return `user/${by}`;
}

/** INVARIANT: nobody who replies in a chat has signed in here: where a document asks for that, they decide nothing. */
function isTheirs({ snapshot, clock }: UserSaidParts, approval: Approval): boolean {
  const { binding } = approval;
  const tenant = snapshot()?.tenants[binding.tenant];
  const target = parseTarget(binding.target);
  if (target?.kind !== 'tool' || target.name === undefined) return false;
  const flow = tenant?.servers[target.owner]?.tools[target.name]?.flow;
  if (!mayUserDecide(approval, { flow, valueClass: flowClass })) return false;
  if (isRuled(tenant, approval)) return false;
  const asked = { act: 'approve', approvalClass: binding.approvalClass } as const;
  return unmetStepUps(tenant, asked, {}, clock.now()).length === 0;
}

/** For whom the agent acts, or else who began the task with their words. */
async function userOf(
  { tasks }: UserSaidParts,
  { binding, context }: Approval,
): Promise<string | undefined> {
  if (binding.user !== undefined) return binding.user;
  if (context.task === undefined) return undefined;
  return (await tasks.get(binding.tenant, context.task))?.begun?.by;
}
