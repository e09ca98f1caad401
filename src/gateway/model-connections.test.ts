import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { providerEntry } from '#contracts/model-provider.suite.ts';
import type { ModelConnection, ModelProvider } from '#contracts/model-provider.ts';
import { createModelConnections } from './model-connections.ts';

describe('connections to model providers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are one for each provider of each tenant, and one anew for a changed document', () => {
    const closed: string[] = [];
    const provider: ModelProvider = {
      open: ({ digest }): ModelConnection => ({
        generate: () => Promise.reject(new Error('nobody asks')),
        close: async () => void closed.push(digest),
      }),
    };
    const connections = createModelConnections(provider);
    const entry = providerEntry('http://127.0.0.1/v1', { digest: 'a', timeoutMs: 1_000 });
    const first = connections.open('main', entry);
    expect(connections.open('main', { ...entry })).toBe(first);
    expect(connections.open('other', entry)).not.toBe(first);
    expect(connections.open('main', { ...entry, name: 'b' })).not.toBe(first);
    expect(connections.open('main', { ...entry, digest: 'b', timeoutMs: 1 })).not.toBe(first);
    // What is answered over the old one may end as its own document lets it.
    vi.advanceTimersByTime(999);
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(closed).toEqual(['a']);
  });
});
