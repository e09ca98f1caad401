import { Pool } from 'undici';
import { limits } from '#kernel/limits.ts';

/** What every pool of ours is like: one generation a connection, and no redirect is followed. */
export const poolOptions = {
  connections: limits.openCallsPerServer,
  pipelining: 1,
  allowH2: false,
  connectTimeout: limits.upstreamConnectMs,
  // The patience of each generation bounds it.
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: limits.headerBytes,
} as const;

export function openPool(origin: string): Pool {
  return new Pool(origin, poolOptions);
}
