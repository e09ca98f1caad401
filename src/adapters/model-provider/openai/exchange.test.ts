import type { Pool } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generation, providerEntry } from '#contracts/model-provider.suite.ts';
import { createConnection } from './connection.ts';
import { exchange } from './exchange.ts';

/** As undici does with what it takes for a mistake of its caller. */
const throwing = {
  dispatch() {
    throw new TypeError('invalid');
  },
} as unknown as Pool;

describe('an exchange that cannot even be handed over', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ends as lost with nothing sent, and leaves no timer and no listener', async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, 'removeEventListener');
    const patience = { timeoutMs: 1_000, idleMs: 1_000, signal };
    const running = exchange(throwing, { path: '/', headers: [], body: Buffer.alloc(0) }, patience);
    expect(await running.head).toEqual({ kind: 'lost', why: 'network' });
    expect(running.sent()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed).toHaveBeenCalledWith('abort', expect.any(Function));
  });

  it('is an answer of the connection, which never rejects', async () => {
    const entry = providerEntry('http://127.0.0.1/v1');
    const connection = createConnection({ entry, pool: throwing, path: '/' });
    expect(await connection.generate(generation('m', 'x', { key: 'k' }))).toMatchObject({
      kind: 'failed',
      refusal: { code: 'models/upstream-unreachable' },
      effect: 'none',
    });
  });
});
