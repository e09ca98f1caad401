import type { HeldApproval } from '#kernel/call.ts';
import type { Approval } from '#kernel/grant.ts';
import { targetLabel } from '#kernel/target.ts';
import type { Decided } from './progress.ts';
import { plain } from './user-ask.ts';

/** What its caller gives back begins so: it was sent to the page of an approval, and waits. */
export const pageAskState = 'page.';

/**
 * Where people decide a held call, for a client that can open a page. INVARIANT: the link says which approval and nothing
 * else, and gives nobody a right: whoever opens it signs in and must hold the role. No word of the agent, of its arguments
 * or of a tool server's text stands beside it. Undefined: it is not known by which address people come, or nobody can open it.
 */
export function pageAskOf(
  { call, subject }: Decided,
  { id }: Approval,
  publicConsole: string | undefined,
): HeldApproval['page'] {
  if (publicConsole === undefined || call.talk?.opensPage !== true) return undefined;
  if (call.pageReply !== undefined || call.userReply !== undefined) return undefined;
  return {
    mode: 'url',
    url: `${publicConsole}/console/approvals/${encodeURIComponent(id)}`,
    message: [
      `Bailiwick holds a call of \`${plain(targetLabel(subject.target))}\` until a person approves it (approval ${id}).`,
      `Its page is at ${publicConsole}: whoever signs in there and may approve decides; the link alone gives nobody that right.`,
      'After a yes the call goes on by itself.',
    ].join(' '),
  };
}
