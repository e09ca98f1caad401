import type { Role } from '#kernel/principal.ts';
import type { EffectClass } from '#kernel/tool.ts';

/** No override lasts longer, whoever gives it. */
export const longestOverrideMs = 8 * 3_600_000;
/** Until then somebody other than its giver has looked at it, or readiness is red. */
export const overrideReviewMs = 24 * 3_600_000;
/** So many of a tenant may wait for a look; more is `overrides/too-many`. */
export const mostUnreviewed = 50;
/** So long one that was looked at is told. */
export const overrideKeptMs = 30 * 24 * 3_600_000;

interface SaidOfIt {
  readonly by: string;
  readonly at: number;
  readonly reason: string;
}

/** A yes that somebody gave beforehand: to whatever one agent asks of one target, for some hours. */
export interface Override {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** `targetText`, with a name: never a whole server. */
  readonly target: string;
  readonly by: string;
  /** What they held then, where a provider alone says who they are. */
  readonly heldByProvider?: readonly Role[] | undefined;
  readonly reason: string;
  readonly at: number;
  readonly until: number;
  /** Before its time. */
  readonly ended?: SaidOfIt | undefined;
  /** By somebody other than its giver. */
  readonly reviewed?: SaidOfIt | undefined;
}

/** What a gateway is told of the one under which a call goes on. */
export interface GivenOverride {
  readonly id: string;
  readonly by: string;
}

export interface OverrideAsk {
  readonly tenant: string;
  readonly agent: string;
  readonly target: string;
  readonly approvalClass: string;
  readonly effectClass: EffectClass;
  /** Of the call that would go on: what was asked about it before is closed. */
  readonly callDigest: string;
}

/**
 * What people gave, kept where whoever edits the store cannot write. INVARIANT: what is said here stands on disk when it
 * returns; one that nobody has looked at is never forgotten.
 */
export interface OverrideBook {
  /** Newest first. */
  list(tenant: string): readonly Override[];
  get(tenant: string, id: string): Override | undefined;
  put(override: Override): void;
}

export function isOpen({ at, until, ended }: Override, now: number): boolean {
  return ended === undefined && at <= now && now < until;
}

export function isUnreviewedTooLong({ at, reviewed }: Override, now: number): boolean {
  return reviewed === undefined && at + overrideReviewMs <= now;
}
