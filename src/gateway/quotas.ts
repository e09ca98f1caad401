import type { GatewayReservations } from '#contracts/reservations.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import type { Clock } from '#kernel/time.ts';

const dayMs = 86_400_000;

/** Calls a day of one agent over all its instances and gateways. What was asked counts. */
export interface Quotas {
  take(principal: Principal, agent: AgentEntry): Promise<Refusal | undefined> | undefined;
}

export function createQuotas(reservations: GatewayReservations, clock: Clock): Quotas {
  return {
    take({ tenant }, agent) {
      const limit = agent.callsPerDay;
      if (limit === undefined) return undefined;
      return takeOne(reservations, { tenant, agent, limit }, clock.now());
    },
  };
}

async function takeOne(
  reservations: GatewayReservations,
  ask: { readonly tenant: string; readonly agent: AgentEntry; readonly limit: number },
  now: number,
): Promise<Refusal | undefined> {
  const period = isoTime(now).slice(0, 10);
  const taken = await reservations.reserve({
    tenant: ask.tenant,
    key: `calls/${ask.agent.name}`,
    amount: 1,
    period,
    limit: ask.limit,
    now,
    expiresAt: now + dayMs,
  });
  if (taken !== undefined) return undefined;
  return refusal('standing/quota', { retryAfter: Math.ceil((dayMs - (now % dayMs)) / 1000) });
}
