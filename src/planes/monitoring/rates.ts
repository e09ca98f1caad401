import { alone, type Fellows } from '#contracts/fellows.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { AgentEntry } from '#kernel/snapshot.ts';
import type { Rates } from './door.ts';

type Rate = Pick<AgentEntry, 'ratePerMinute' | 'burst'>;

interface Bucket {
  tokens: number;
  at: number;
  /** Nobody had any a moment ago: nobody is asked again before. */
  dryUntil: number;
  asking: Promise<boolean> | undefined;
}

export interface RateOptions {
  readonly limits?: { readonly callsPerConnectionPerSecond: number };
  readonly fellows?: Fellows;
  /** Of an agent that has not called here yet, but elsewhere. */
  readonly rateOf?: (tenant: string, agent: string) => Rate | undefined;
}

/** How long nobody is asked again after nobody had anything. */
const dryMs = 20;

/**
 * In the memory of gateways: after a restart its bucket is full again, and that is all. Where several
 * share a listener, each has its share of every bucket and borrows of the others when it is empty, so
 * that one connection gets the whole rate and all together get no more.
 */
export function createRates(options: RateOptions = {}): Rates {
  const perSecond = (options.limits ?? limits).callsPerConnectionPerSecond;
  const fellows = options.fellows ?? alone;
  // INVARIANT: by registered agents only, so its size is the number of documents.
  const buckets = new Map<string, Bucket>();
  const filled = (key: string, rate: Rate, monotonic: number): Bucket => {
    const most = rate.burst / fellows.count;
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: most, at: monotonic, dryUntil: 0, asking: undefined };
      buckets.set(key, bucket);
    }
    const passed = Math.max(0, monotonic - bucket.at);
    bucket.tokens = Math.min(most, bucket.tokens + passed * perMsOf(rate, fellows));
    bucket.at = monotonic;
    return bucket;
  };
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
      const bucket = filled(key, agent, monotonic);
      if (take(bucket)) return undefined;
      const no = () => tooFast(bucket, perMsOf(agent, fellows));
      if (fellows.count === 1 || bucket.dryUntil > monotonic) return no();
      const wanted = { key, burst: agent.burst, at: monotonic };
      bucket.asking ??= borrow(fellows, bucket, wanted).finally(() => {
        bucket.asking = undefined;
      });
      return bucket.asking.then(() => (take(bucket) ? undefined : no()));
    },
    lend({ key, places }, monotonic) {
      const [tenant = '', agent = ''] = key.split('\n');
      const rate = options.rateOf?.(tenant, agent);
      if (rate === undefined) return 0;
      const bucket = filled(key, rate, monotonic);
      const given = Math.min(places, bucket.tokens);
      bucket.tokens -= given;
      return given;
    },
  };
}

function perMsOf({ ratePerMinute }: Rate, { count }: Fellows): number {
  return ratePerMinute / 60_000 / count;
}

function take(bucket: Bucket): boolean {
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

function tooFast({ tokens }: Bucket, perMs: number): Refusal {
  const retryAfter = Math.max(1, Math.ceil((1 - tokens) / perMs / 1_000));
  return refusal('standing/rate', { retryAfter });
}

/** A few at a time, so that the others keep what their own callers need next. */
async function borrow(
  { index, others }: Fellows,
  bucket: Bucket,
  { key, burst, at }: { readonly key: string; readonly burst: number; readonly at: number },
): Promise<boolean> {
  const places = Math.max(1 - bucket.tokens, burst / 16);
  for (const other of others.filter(({ connected }) => connected)) {
    const ask = { of: index, kind: 'rate', key, places } as const;
    bucket.tokens += await other.ask.lend(ask).catch(() => 0);
    if (bucket.tokens >= 1) return true;
  }
  bucket.dryUntil = at + dryMs;
  return false;
}
