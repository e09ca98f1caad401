import { describe, expect, it } from 'vitest';
import type { Reservations } from '#contracts/reservations.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createQuotas } from './quotas.ts';
import type { Principal } from '#kernel/principal.ts';

const principal = { tenant: 'main' } as Principal;

/** Counts by key and period, as the store does. */
function reservations(): Pick<Reservations, 'reserve'> {
  const used = new Map<string, number>();
  return {
    reserve({ tenant, key, period, amount, limit }) {
      const name = `${tenant} ${key} ${period}`;
      const sum = (used.get(name) ?? 0) + amount;
      if (sum > limit) return Promise.resolve(undefined);
      used.set(name, sum);
      return Promise.resolve({ id: `${sum}`, tenant, key, period, amount });
    },
  };
}

describe('the calls of a day', () => {
  it('are as many as the document says, the next is `standing/quota`, and tomorrow begins anew', async () => {
    const clock = new ManualClock();
    const quotas = createQuotas(reservations() as Reservations, clock);
    const agent = { name: 'support', callsPerDay: 2 } as AgentEntry;
    const other = { name: 'other', callsPerDay: 1 } as AgentEntry;
    expect(await quotas.take(principal, agent)).toBeUndefined();
    expect(await quotas.take(principal, agent)).toBeUndefined();
    const no = await quotas.take(principal, agent);
    expect(no?.code).toBe('standing/quota');
    expect(no?.retryAfter).toBeGreaterThan(0);
    expect(await quotas.take(principal, other)).toBeUndefined();
    clock.advance((no?.retryAfter ?? 0) * 1_000);
    expect(await quotas.take(principal, agent)).toBeUndefined();
  });

  it('are without number where the document names none', () => {
    const quotas = createQuotas(reservations() as Reservations, new ManualClock());
    const agent = { name: 'support', callsPerDay: undefined } as AgentEntry;
    expect(quotas.take(principal, agent)).toBeUndefined();
  });
});
