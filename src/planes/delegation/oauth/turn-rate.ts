import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';

/** Each turn is a record and a row: refuses one too many of a delegation. */
export type TurnRate = (delegation: string) => void;

const most = limits.refreshesPerMinute;

export function createTurnRate(clock: Clock): TurnRate {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return (delegation) => {
    const at = clock.monotonic();
    // Full again by now: as if it had never been here.
    for (const [id, one] of buckets) {
      if (at - one.at < 60_000) break;
      buckets.delete(id);
    }
    const known = buckets.get(delegation) ?? { left: most, at };
    const left = Math.min(most, known.left + (Math.max(0, at - known.at) * most) / 60_000);
    if (left < 1) throw new BailiwickError('identity/too-many-tokens', { retryAfter: 5 });
    // Behind all others: those in front were not here for longest.
    buckets.delete(delegation);
    buckets.set(delegation, { left: left - 1, at });
  };
}
