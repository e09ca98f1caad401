import { createRequire } from 'node:module';
import type { Pool } from 'undici';
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

/**
 * Of the whole package this one file, and only once a pool is opened: a program starts without it.
 * Its version is pinned, and what the package exports by its name is this same class.
 */
const read = createRequire(import.meta.url);

export function openPool(origin: string): Pool {
  const ReadPool = read('undici/lib/dispatcher/pool.js') as typeof Pool;
  return new ReadPool(origin, poolOptions);
}
