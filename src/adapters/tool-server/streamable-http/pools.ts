import { createRequire } from 'node:module';
import type { Pool } from 'undici';
import { limits } from '#kernel/limits.ts';

/** Every open call has one, and lists, streams that are listened to and late answers have theirs. */
const connections = limits.openCallsPerServer + limits.aloneUpstreamsPerOrigin + 64;

export interface Pools {
  take(origin: string): Pool;
  /** The last one who gives it back closes it. */
  giveBack(origin: string): Promise<void>;
}

/** One pool an origin, shared by all its connections. */
export function createPools(): Pools {
  const open = new Map<string, { readonly pool: Pool; users: number }>();
  return {
    take(origin) {
      let one = open.get(origin);
      if (one === undefined) {
        one = { pool: newPool(origin), users: 0 };
        open.set(origin, one);
      }
      one.users += 1;
      return one.pool;
    },
    async giveBack(origin) {
      const one = open.get(origin);
      if (one === undefined) return;
      one.users -= 1;
      if (one.users > 0) return;
      open.delete(origin);
      await one.pool.destroy();
    },
  };
}

/** What every pool of ours is like. */
export const poolOptions = {
  connections,
  // One call a connection: what was handed over to whom stays certain.
  pipelining: 1,
  allowH2: false,
  connectTimeout: limits.upstreamConnectMs,
  // The caller's own time bounds every exchange.
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: limits.headerBytes,
} as const;

/**
 * Of the whole package this one file, and only once a pool is opened: a program starts without it.
 * Its version is pinned, and what the package exports by its name is this same class.
 */
const read = createRequire(import.meta.url);

function newPool(origin: string): Pool {
  const ReadPool = read('undici/lib/dispatcher/pool.js') as typeof Pool;
  return new ReadPool(origin, poolOptions);
}
