import type { ApprovalBinding, ApprovalContext } from '#kernel/grant.ts';
import type { ToolFlow } from '#kernel/tool.ts';

/** What a document lets a user decide by themselves, and as what it is asked. */
export interface UsersOwn {
  readonly flow: Pick<ToolFlow, 'yes'> | undefined;
  /** The class of a question that is about values alone. */
  readonly valueClass: string;
}

const mostAsked = 8;

/**
 * Whether it is about nothing but values of which a document says that the user may say yes to them. INVARIANT: not
 * where a rule asks for more, where the user said no before, or where more is doubtful than is named to them.
 */
export function mayUserDecide(
  { binding, context }: { readonly binding: ApprovalBinding; readonly context: ApprovalContext },
  { flow, valueClass }: UsersOwn,
): boolean {
  const { doubts = [] } = context;
  const kinds = flow?.yes?.byUser ?? [];
  if (binding.approvalClass !== valueClass || doubts.length === 0) return false;
  if (doubts.length > mostAsked) return false;
  return doubts.every(
    ({ kind, argument, value, why }) =>
      kind !== undefined &&
      kinds.includes(kind) &&
      argument !== undefined &&
      value !== undefined &&
      why !== 'unwanted',
  );
}
