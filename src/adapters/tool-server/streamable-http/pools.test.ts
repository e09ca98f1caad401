import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { poolOptions } from './pools.ts';

describe('a pool of connections to a tool server', () => {
  it('waits for a connection as long as the table of limits says, and sends one call at a time', () => {
    expect(poolOptions).toMatchObject({
      connectTimeout: limits.upstreamConnectMs,
      maxHeaderSize: limits.headerBytes,
      pipelining: 1,
    });
  });
});
