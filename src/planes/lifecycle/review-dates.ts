import { directoryRules } from '#contracts/directory-rules.ts';
import type { AgentReview } from '#contracts/oversight-book.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';

type Dates = Pick<AgentEntry, 'reviewEveryMs' | 'nextReview'>;

/**
 * When somebody has to look at an agent again. INVARIANT: it is never put off but by a review: an agent whose
 * document is taken out and put again has the date that it had.
 */
export function reviewDue(
  { reviewEveryMs, nextReview }: Dates,
  last: AgentReview | undefined,
  now: number,
): number | undefined {
  if (nextReview !== undefined) {
    // What a reviewer said holds as long as the document says what they saw.
    return last?.answers === nextReview ? (last.next ?? nextReview) : nextReview;
  }
  return reviewEveryMs === undefined ? undefined : (last?.at ?? now) + reviewEveryMs;
}

/** Whether its document lets nobody wait longer than so for a look at it; a day that it names counts as far as it is away. */
export function isReviewedWithin(
  { reviewEveryMs, nextReview }: Dates,
  ms: number,
  now: number,
): boolean {
  if (nextReview !== undefined) return nextReview <= now + ms;
  return reviewEveryMs !== undefined && reviewEveryMs <= ms;
}

/** `reads`: what was due is overdue; `suspended`: and its grace is over. */
export type ReviewState = 'due' | 'reads' | 'suspended';

export function reviewState(tenant: TenantSnapshot, due: number, now: number): ReviewState {
  if (now < due) return 'due';
  return now < due + directoryRules(tenant).reviewGraceMs ? 'reads' : 'suspended';
}

/**
 * What an overdue review leaves of a right: a factor of it, for the agent and each that it came through.
 * Undefined: nothing is taken away.
 */
export function reviewBound(
  tenant: TenantSnapshot | undefined,
  { agent, hops }: Pick<Principal, 'agent' | 'hops'>,
  now: number,
): 'reads' | 'suspended' | undefined {
  if (tenant === undefined) return undefined;
  let bound = boundOf(tenant, agent, now);
  for (const hop of hops) {
    const other = boundOf(tenant, hop.agent, now);
    if (other !== undefined && bound !== 'suspended') bound = other;
  }
  return bound;
}

function boundOf(
  tenant: TenantSnapshot,
  agent: string,
  now: number,
): 'reads' | 'suspended' | undefined {
  const due = Object.hasOwn(tenant.agents, agent) ? tenant.agents[agent]?.reviewDue : undefined;
  if (due === undefined || now < due) return undefined;
  return reviewState(tenant, due, now) === 'suspended' ? 'suspended' : 'reads';
}
