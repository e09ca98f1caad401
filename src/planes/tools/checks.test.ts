import { describe, expect, it } from 'vitest';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { createCheckCache } from './checks.ts';

function pinned(digest: string): PinnedTool {
  const definition = { name: 'x', inputSchema: { type: 'object' } };
  return { tool: 'x', digest, definition, approvedBy: 'ann', approvedAt: 1 };
}

describe('the cache of compiled schemas', () => {
  it('keeps what is used from Snapshot to Snapshot, and forgets what two did not use', () => {
    const first = createCheckCache();
    const used = first.get(pinned('a'), false);
    const unused = first.get(pinned('b'), false);
    const second = createCheckCache(first);
    expect(second.get(pinned('a'), false)).toBe(used);
    const third = createCheckCache(second);
    expect(third.get(pinned('a'), false)).toBe(used);
    expect(third.get(pinned('b'), false)).not.toBe(unused);
    // Whoever still holds the first one finds there what it always found.
    expect(first.get(pinned('b'), false)).toBe(unused);
  });

  it('tells a tool with open arguments from one without', () => {
    const cache = createCheckCache();
    expect(cache.get(pinned('a'), true)).not.toBe(cache.get(pinned('a'), false));
  });
});
