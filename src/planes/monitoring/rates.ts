import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Rates } from './door.ts';

interface Bucket {
  tokens: number;
  at: number;
}

export interface RateOptions {
  readonly limits?: { readonly callsPerConnectionPerSecond: number };
}

/** In the memory of one gateway: after a restart every bucket is full again, and that is all. */
export function createRates(options: RateOptions = {}): Rates {
  const perSecond = (options.limits ?? limits).callsPerConnectionPerSecond;
  // INVARIANT: by registered agents only, so its size is the number of documents.
  const buckets = new Map<string, Bucket>();
  return {
    connection(connection, monotonic) {
      if (monotonic - connection.windowStart >= 1_000) {
        connection.windowStart = monotonic;
        connection.callsInWindow = 0;
      }
      connection.callsInWindow += 1;
      return connection.callsInWindow > perSecond
        ? refusal('admit/rate', { retryAfter: 1 })
        : undefined;
    },
    agent(tenant, agent, monotonic) {
      const key = `${tenant}\n${agent.name}`;
      const perMs = agent.ratePerMinute / 60_000;
      let bucket = buckets.get(key);
      if (bucket === undefined) {
        bucket = { tokens: agent.burst, at: monotonic };
        buckets.set(key, bucket);
      }
      const passed = Math.max(0, monotonic - bucket.at);
      bucket.tokens = Math.min(agent.burst, bucket.tokens + passed * perMs);
      bucket.at = monotonic;
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return undefined;
      }
      return refusal('standing/rate', {
        retryAfter: Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1_000)),
      });
    },
  };
}
