import type { AgentReview, OversightBook } from '#contracts/oversight-book.ts';
import { oweRecord } from '#contracts/owed.ts';
import type { AgentEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import { reviewDue, reviewState } from './review-dates.ts';

export interface ReviewKeeperParts {
  readonly oversight: Pick<OversightBook, 'reviews' | 'putReview'>;
  readonly snapshot: () => Promise<Snapshot | undefined>;
  readonly clock: Clock;
  /** Sees to it that `look` is called after so many milliseconds; a process that ends forgets it. */
  readonly later: (ms: number) => void;
}

export interface ReviewKeeper {
  /**
   * Remembers since when agents are there, and puts on record when a review is overdue. What that takes away
   * the gateways find by their own clocks: it holds while control is away.
   */
  look(): Promise<void>;
}

const mostSleepMs = 3_600_000;

export function createReviewKeeper(parts: ReviewKeeperParts): ReviewKeeper {
  const turns = createTurns();
  const lookNow = async (): Promise<void> => {
    const waits: number[] = [];
    for (const tenant of Object.values((await parts.snapshot())?.tenants ?? {})) {
      waits.push(...(await lookAt(parts, tenant)));
    }
    if (waits.length > 0) parts.later(Math.min(...waits, mostSleepMs));
  };
  return { look: () => turns.take('', lookNow) };
}

/** Answers after how long something is due. */
async function lookAt(parts: ReviewKeeperParts, of: TenantSnapshot): Promise<readonly number[]> {
  const { oversight, clock } = parts;
  const { tenant } = of;
  const now = clock.now();
  const known = new Map((await oversight.reviews(tenant)).map((one) => [one.agent, one]));
  const waits: number[] = [];
  for (const agent of Object.values(of.agents)) {
    const last = known.get(agent.name);
    const due = reviewDue(agent, last, now);
    if (due === undefined) continue;
    const review = last ?? firstSeen(tenant, agent.name, now);
    if (last === undefined) await oversight.putReview(review);
    const state = reviewState(of, due, now);
    if (state === 'due') waits.push(due - now);
    else await tell(parts, { agent, review, due, state });
  }
  return waits;
}

function firstSeen(tenant: string, agent: string, at: number): AgentReview {
  return { tenant, agent, at, by: undefined, next: undefined, answers: undefined, told: 'nothing' };
}

/** Once for each: it is in force whether it is told or not. */
async function tell(
  { oversight, clock }: ReviewKeeperParts,
  overdue: {
    readonly agent: AgentEntry;
    readonly review: AgentReview;
    readonly due: number;
    readonly state: 'reads' | 'suspended';
  },
): Promise<void> {
  const { agent, review, due, state } = overdue;
  const told = state === 'reads' ? 'overdue' : 'suspended';
  if (review.told === told) return;
  const draft = {
    type: 'lifecycle.agent-review-overdue',
    tenant: review.tenant,
    actors: [{ kind: 'system', name: 'system/reviews' }],
    details: { agent: agent.name, owner: agent.owner, due: isoTime(due), state },
  } as const;
  await oversight.putReview({ ...review, told, also: [oweRecord(draft, clock.now())] });
}
