import { alone, type Fellows, type Greeting, type LoanOfPlaces } from '#contracts/fellows.ts';
import type { Call } from '#kernel/call.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { createFairPool, type FairPool } from './fair-pool.ts';
import { createPlaces, type Places } from './places.ts';

/**
 * Calls that are on their way now, bounded as a whole, by agent and by what they go to; the last two
 * over all gateways of a listener. INVARIANT: what one call took is given back once, at its exit,
 * whatever the exit; taking again for the same call (it walks twice when a human decides) counts
 * nothing.
 */
export interface OpenCalls {
  /** At admit. What the gateway asks by itself is not counted: it must also look when all are busy. */
  enter(call: Call): Refusal | undefined;
  /** As soon as it is known whose call it is. */
  byAgent(call: Call, principal: Principal): MayEnter;
  /** As soon as it is known where it goes: what shares connections is one lane. */
  toLane(call: Call, lane: string | undefined): MayEnter;
  leave(call: Call): void;
  /** What the other gateways ask of it. */
  readonly shared: SharedBounds;
}

/** Waits only where the share of this gateway is full, and another one may have room. */
type MayEnter = Refusal | undefined | Promise<Refusal | undefined>;

export interface SharedBounds {
  lend(ask: LoanOfPlaces): number;
  takeBack(back: LoanOfPlaces): void;
  holdsOf(fellow: number): Greeting['holds'];
  greeted(fellow: number, holds: Greeting['holds']): void;
}

export type OpenCallLimits = Pick<
  typeof limits,
  'openCalls' | 'openCallsPerAgent' | 'openCallsPerServer'
>;

interface Taken {
  agent?: string;
  lane?: string;
}

export interface OpenCallParts {
  readonly fellows: Fellows;
  readonly monotonic: () => number;
}

const onItsOwn: OpenCallParts = { fellows: alone, monotonic: () => 0 };

export function createOpenCalls(
  bounds: { readonly [key in keyof OpenCallLimits]: number } = limits,
  parts: OpenCallParts = onItsOwn,
): OpenCalls {
  // Weak, and counted: a Map would keep calls that are over; see `contracts/short-lived.ts`.
  const open = new WeakMap<Call, Taken>();
  let count = 0;
  const agents = createAgentBound(bounds.openCallsPerAgent, parts);
  const lanes = createLaneBound(bounds.openCallsPerServer, parts);
  return {
    enter(call) {
      if (call.front === 'internal' || open.has(call)) return undefined;
      if (count >= bounds.openCalls) return refusal('admit/overloaded', { retryAfter: 1 });
      open.set(call, {});
      count += 1;
      return undefined;
    },
    byAgent(call, principal) {
      const taken = open.get(call);
      if (taken === undefined || taken.agent !== undefined) return undefined;
      const agent = agentKey(principal);
      const take = (): boolean => {
        const got = agents.take(agent);
        if (got) taken.agent = agent;
        return got;
      };
      const lacksRoom = () => true;
      return enter({
        places: agents.places,
        key: agent,
        take,
        lacksRoom,
        code: 'standing/open-calls',
      });
    },
    toLane(call, lane) {
      const taken = open.get(call);
      if (lane === undefined || taken?.agent === undefined || taken.lane !== undefined) {
        return undefined;
      }
      const { agent } = taken;
      const take = (): boolean => {
        const got = lanes.take(lane, agent);
        if (got) taken.lane = lane;
        return got;
      };
      const lacksRoom = () => lanes.lacksRoom(lane, agent);
      return enter({ places: lanes.places, key: lane, take, lacksRoom, code: 'tools/server-busy' });
    },
    leave(call) {
      const taken = open.get(call);
      if (taken === undefined) return;
      open.delete(call);
      count -= 1;
      if (taken.agent === undefined) return;
      agents.give(taken.agent);
      if (taken.lane !== undefined) lanes.give(taken.lane, taken.agent);
    },
    shared: shareBounds(agents, lanes),
  };
}

/** One bound over all gateways, and what of it is taken here. */
interface Bound {
  readonly places: Places;
  readonly taken: (key: string) => number;
}

function createAgentBound(bound: number, parts: OpenCallParts) {
  const counts = new Map<string, number>();
  const places = createPlaces({ ...parts, kind: 'agent', bound });
  const taken = (agent: string): number => counts.get(agent) ?? 0;
  return {
    places,
    taken,
    take(agent: string): boolean {
      if (taken(agent) >= places.size(agent)) return false;
      counts.set(agent, taken(agent) + 1);
      return true;
    },
    give(agent: string): void {
      if (taken(agent) > 1) return void counts.set(agent, taken(agent) - 1);
      counts.delete(agent);
      places.idle(agent);
    },
  };
}

function createLaneBound(bound: number, parts: OpenCallParts) {
  const pools = new Map<string, FairPool>();
  const places = createPlaces({ ...parts, kind: 'lane', bound });
  const poolOf = (lane: string): FairPool =>
    pools.get(lane) ?? createFairPool(() => places.size(lane), places.share);
  return {
    places,
    taken: (lane: string) => pools.get(lane)?.taken ?? 0,
    take(lane: string, agent: string): boolean {
      const pool = poolOf(lane);
      if (!pool.take(agent)) return false;
      pools.set(lane, pool);
      return true;
    },
    lacksRoom: (lane: string, agent: string) => poolOf(lane).lacksRoom(agent),
    give(lane: string, agent: string): void {
      const pool = pools.get(lane);
      pool?.give(agent);
      if (pool?.isEmpty !== true) return;
      pools.delete(lane);
      places.idle(lane);
    },
  };
}

interface Entering {
  readonly places: Places;
  readonly key: string;
  readonly take: () => boolean;
  /** More places would help: who has its fair share borrows nothing. */
  readonly lacksRoom: () => boolean;
  readonly code: ErrorCode;
}

function enter(entering: Entering): MayEnter {
  const { places, key, take, lacksRoom, code } = entering;
  if (take()) return undefined;
  const more = lacksRoom() ? places.more(key) : undefined;
  return more === undefined ? refusal(code, { retryAfter: 1 }) : enterWhenMore(entering, more);
}

async function enterWhenMore(
  { places, key, take, lacksRoom, code }: Entering,
  first: Promise<boolean>,
): Promise<Refusal | undefined> {
  for (let more: typeof first | undefined = first; more !== undefined; more = places.more(key)) {
    const found = await more;
    // Who waits with it may have been quicker; a place may also have become free meanwhile.
    if (take()) return undefined;
    if (!found || !lacksRoom()) break;
  }
  return refusal(code, { retryAfter: 1 });
}

function shareBounds(agent: Bound, lane: Bound): SharedBounds {
  const of = { agent, lane } as const;
  return {
    lend(ask) {
      if (ask.kind === 'rate') return 0;
      const { places, taken } = of[ask.kind];
      return places.lend(ask, taken(ask.key));
    },
    takeBack(back) {
      if (back.kind !== 'rate') of[back.kind].places.takeBack(back);
    },
    holdsOf: (fellow) => [...agent.places.holdsOf(fellow), ...lane.places.holdsOf(fellow)],
    greeted(fellow, holds) {
      agent.places.greeted(fellow, holds);
      lane.places.greeted(fellow, holds);
    },
  };
}

function agentKey({ tenant, agent }: Principal): string {
  return `${tenant}\n${agent}`;
}
