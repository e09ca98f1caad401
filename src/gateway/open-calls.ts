import type { Call } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { createFairPool, type FairPool } from './fair-pool.ts';

/**
 * Calls that are on their way now, bounded as a whole, by agent and by what they go to. INVARIANT:
 * what one call took is given back once, at its exit, whatever the exit; taking again for the same
 * call (it walks twice when a human decides) counts nothing.
 */
export interface OpenCalls {
  /** At admit. What the gateway asks by itself is not counted: it must also look when all are busy. */
  enter(call: Call): Refusal | undefined;
  /** As soon as it is known whose call it is. */
  byAgent(call: Call, principal: Principal): Refusal | undefined;
  /** As soon as it is known where it goes: what shares connections is one lane. */
  toLane(call: Call, lane: string | undefined): Refusal | undefined;
  leave(call: Call): void;
}

export type OpenCallLimits = Pick<
  typeof limits,
  'openCalls' | 'openCallsPerAgent' | 'openCallsPerServer'
>;

interface Taken {
  agent?: string;
  lane?: string;
}

export function createOpenCalls(
  bounds: { readonly [key in keyof OpenCallLimits]: number } = limits,
): OpenCalls {
  const open = new Map<Call, Taken>();
  const agents = new Map<string, number>();
  const lanes = new Map<string, FairPool>();
  return {
    enter(call) {
      if (call.front === 'internal' || open.has(call)) return undefined;
      if (open.size >= bounds.openCalls) return refusal('admit/overloaded', { retryAfter: 1 });
      open.set(call, {});
      return undefined;
    },
    byAgent(call, principal) {
      const taken = open.get(call);
      if (taken === undefined || taken.agent !== undefined) return undefined;
      const agent = agentKey(principal);
      const count = agents.get(agent) ?? 0;
      if (count >= bounds.openCallsPerAgent) {
        return refusal('standing/open-calls', { retryAfter: 1 });
      }
      agents.set(agent, count + 1);
      taken.agent = agent;
      return undefined;
    },
    toLane(call, lane) {
      const taken = open.get(call);
      if (lane === undefined || taken?.agent === undefined || taken.lane !== undefined) {
        return undefined;
      }
      const pool = lanes.get(lane) ?? createFairPool(bounds.openCallsPerServer);
      if (!pool.take(taken.agent)) return refusal('tools/server-busy', { retryAfter: 1 });
      lanes.set(lane, pool);
      taken.lane = lane;
      return undefined;
    },
    leave(call) {
      const taken = open.get(call);
      if (taken === undefined) return;
      open.delete(call);
      if (taken.agent === undefined) return;
      const count = (agents.get(taken.agent) ?? 1) - 1;
      if (count === 0) agents.delete(taken.agent);
      else agents.set(taken.agent, count);
      if (taken.lane === undefined) return;
      const pool = lanes.get(taken.lane);
      pool?.give(taken.agent);
      if (pool?.isEmpty === true) lanes.delete(taken.lane);
    },
  };
}

function agentKey({ tenant, agent }: Principal): string {
  return `${tenant}\n${agent}`;
}
