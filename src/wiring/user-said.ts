import type { TaskBook } from '#contracts/task-book.ts';
import { unmetStepUps } from '#contracts/step-up.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval } from '#kernel/grant.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { parseTarget } from '#kernel/target.ts';
import type { Clock } from '#kernel/time.ts';
import { type ApprovalDesk, mayUserDecide } from '#planes/approvals/index.ts';
import { flowClass } from '#planes/policy/index.ts';
import type { Reaction } from './reaction.ts';

export interface UserSaidParts {
  readonly approvals: Pick<ApprovalDesk, 'show' | 'userDecided'>;
  readonly tasks: Pick<TaskBook, 'get'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
}

/**
 * A gateway tells what a user replied to it. INVARIANT: it approves nothing: whether this user may decide this is
 * judged here, by the documents in force; what they may not stays open for people who approve.
 */
export function userSaid(parts: UserSaidParts): Reaction {
  return {
    kind: 'user-said',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { approval: id, verdict } = body;
        if (typeof id !== 'string' || (verdict !== 'approve' && verdict !== 'reject')) continue;
        const approval = await parts.approvals.show(tenant, id);
        if (approval?.state !== 'pending' || !isTheirs(parts, approval)) continue;
        const by = await userOf(parts, approval);
        if (by === undefined) continue;
        await parts.approvals.userDecided({ tenant, id, verdict, by }).catch(ifOver);
      }
    },
  };
}

/** Somebody else decided, or its time was over: then there is nothing left to do. */
function ifOver(fault: unknown): void {
  const isOver =
    fault instanceof BailiwickError &&
    ['approvals/not-pending', 'approvals/expired', 'approvals/unknown'].includes(fault.code);
  if (!isOver) throw fault;
}

/** INVARIANT: nobody who replies in a chat has signed in here: where a document asks for that, they decide nothing. */
function isTheirs({ snapshot, clock }: UserSaidParts, approval: Approval): boolean {
  const { binding } = approval;
  const tenant = snapshot()?.tenants[binding.tenant];
  const target = parseTarget(binding.target);
  if (target?.kind !== 'tool' || target.name === undefined) return false;
  const flow = tenant?.servers[target.owner]?.tools[target.name]?.flow;
  if (!mayUserDecide(approval, { flow, valueClass: flowClass })) return false;
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
