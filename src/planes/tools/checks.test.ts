import { describe, expect, it } from 'vitest';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { createCheckCache } from './checks.ts';

function pinned(digest: string): PinnedTool {
  const definition = { name: 'x', inputSchema: { type: 'object' } };
  return { tool: 'x', digest, definition, approvedBy: 'ann', approvedAt: 1 };
}

describe('the cache of compiled schemas', () => {
  it('keeps what is used from Snapshot to Snapshot, and forgets what two did not use', () => {
    const cache = createCheckCache();
    const used = cache.get(pinned('a'), false);
    const unused = cache.get(pinned('b'), false);
    cache.turn();
    expect(cache.get(pinned('a'), false)).toBe(used);
    cache.turn();
    expect(cache.get(pinned('a'), false)).toBe(used);
    expect(cache.get(pinned('b'), false)).not.toBe(unused);
  });

  it('tells a tool with open arguments from one without', () => {
    const cache = createCheckCache();
    expect(cache.get(pinned('a'), true)).not.toBe(cache.get(pinned('a'), false));
  });
});
