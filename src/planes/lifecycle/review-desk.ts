import {
  actDraft,
  checkReason,
  type DeskRecorder,
  recordThenDo,
  type ReasonedAct,
} from '#contracts/desk.ts';
import type { InstanceBook } from '#contracts/instance-book.ts';
import type { OversightBook } from '#contracts/oversight-book.ts';
import { oweRecompile } from '#contracts/owed.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { holdsRole } from '#kernel/principal.ts';
import type { AgentEntry, Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { reviewDue } from './review-dates.ts';

export interface ReviewDeskParts {
  readonly oversight: Pick<OversightBook, 'putReview'>;
  readonly instances: Pick<InstanceBook, 'list' | 'unbound'>;
  readonly snapshot: () => Snapshot | undefined;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  /** Resolves when the next date is in force. */
  readonly recompile: () => Promise<unknown>;
}

export interface ReviewAct extends ReasonedAct {
  readonly agent: string;
  /** When the next one is due; asked for where the document gives a date, and not a period. */
  readonly next?: number | undefined;
}

/** Looks at agents: by their owner, an operator or an admin, with a reason, on record before it helps. */
export interface ReviewDesk {
  review(act: ReviewAct): Promise<{ readonly agent: string; readonly due: number }>;
}

export function createReviewDesk(parts: ReviewDeskParts): ReviewDesk {
  return { review: (act) => review(parts, act) };
}

async function review(parts: ReviewDeskParts, act: ReviewAct) {
  checkReason(act);
  const { oversight, recorder, clock } = parts;
  const { tenant, name: by } = act.by;
  const of = parts.snapshot()?.tenants[tenant];
  const agent = agentOf(of, act);
  const now = clock.now();
  const next = checkNext(agent, act, now);
  const { nextReview: answers } = agent;
  const done = { tenant, agent: agent.name, at: now, by, next, answers, told: 'nothing' } as const;
  const due = reviewDue(agent, done, now) ?? now;
  const seen = await seenOf(parts, of, agent);
  const draft = actDraft('lifecycle.agent-reviewed', act, { ...seen, next: isoTime(due) });
  return recordThenDo(recorder, draft, async () => {
    await oversight.putReview({ ...done, also: [oweRecompile(tenant, now)] });
    await parts.recompile();
    return { agent: agent.name, due };
  });
}

function agentOf(of: TenantSnapshot | undefined, { by, agent: name }: ReviewAct): AgentEntry {
  const agent = of !== undefined && Object.hasOwn(of.agents, name) ? of.agents[name] : undefined;
  if (agent === undefined) {
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${name}\`` });
  }
  if (holdsRole(by, 'operator') || by.name === agent.owner) return agent;
  throw new BailiwickError('api/forbidden', {
    message: 'an agent is reviewed by its owner, an operator or an admin',
  });
}

/** INVARIANT: no review puts the next one off for longer than a year. */
function checkNext(agent: AgentEntry, { next }: ReviewAct, now: number): number | undefined {
  const invalid = (message: string) => new BailiwickError('api/invalid', { message });
  if (agent.reviewEveryMs !== undefined) {
    if (next === undefined) return undefined;
    throw invalid('its document says how often it is reviewed: leave out when it is next');
  }
  if (agent.nextReview === undefined) throw invalid('its document gives no date of review');
  if (next !== undefined && next > now && next <= now + limits.reviewMs) return next;
  throw invalid('say when it is reviewed next: a day within a year');
}

/** What the reviewer saw, so that it can be told later what they said yes to. */
async function seenOf(
  { instances }: ReviewDeskParts,
  of: TenantSnapshot | undefined,
  { name, owner, manifest }: AgentEntry,
) {
  const tenant = of?.tenant ?? '';
  const enrolled = await instances.list(tenant, name);
  const unbound = (await instances.unbound(tenant)).filter(({ agent }) => agent === name);
  const listed = of?.manifests[manifest];
  return {
    agent: name,
    owner,
    manifest,
    manifestDigest: sha256Hex(canonicalText((listed ?? null) as unknown as Json)),
    targets: listed?.targets.length ?? 0,
    instances: enrolled.filter(({ revokedAt }) => revokedAt === undefined).length,
    unbound: unbound.filter(({ revokedAt }) => revokedAt === undefined).length,
  };
}
