import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { type AskedThread, startAskedThread } from './ask-thread.ts';

let thread: AskedThread;
let told: unknown[];
beforeEach(() => {
  told = [];
  thread = startAskedThread({
    file: new URL('./stub-thread.ts', import.meta.url),
    name: 'stub',
    workerData: undefined,
    onTold: (one) => told.push(one),
    onFault: () => undefined,
  });
});
afterEach(() => thread.stop());

describe('the thread of the index', () => {
  it('answers what it is asked, and tells what it was not asked', async () => {
    expect(await thread.ask('echo', { a: 1 })).toEqual({ a: 1 });
    expect(told).toEqual(['begun']);
  });

  it('gives a refusal as it was, with its details, and a fault without ours', async () => {
    await expect(thread.ask('refuse', 1)).rejects.toMatchObject({
      code: 'audit/query-malformed',
      details: { at: 3 },
    });
    for (const method of ['break', 'unknown', 'toString']) {
      await expect(thread.ask(method, 1)).rejects.toMatchObject({
        code: 'audit/index-unavailable',
      });
    }
  });

  it('lets no more wait than auditQueriesWaiting, and goes on when somebody has gone', async () => {
    const gone = new AbortController();
    const waiting = Array.from({ length: limits.auditQueriesWaiting }, () =>
      thread.ask('wait', 0, gone.signal).catch((fault: unknown) => fault),
    );
    await expect(thread.ask('echo', 1)).rejects.toMatchObject({
      code: 'audit/query-busy',
      retryAfter: 1,
    });
    gone.abort();
    for (const one of await Promise.all(waiting)) {
      expect(one).toMatchObject({ code: 'audit/index-unavailable' });
    }
    expect(await thread.ask('echo', 2)).toBe(2);
  });

  it('is not asked by whoever has gone before', async () => {
    await expect(thread.ask('echo', 1, AbortSignal.abort())).rejects.toMatchObject({
      code: 'audit/index-unavailable',
    });
  });

  it('tells whoever waits when it ends, and begins again', async () => {
    const waiting = thread.ask('wait', 0);
    const ending = thread.ask('end', 0);
    for (const one of [waiting, ending]) {
      await expect(one).rejects.toMatchObject({ code: 'audit/index-unavailable' });
    }
    await expect(thread.ask('echo', 1)).rejects.toMatchObject({ code: 'audit/index-unavailable' });
    await expect.poll(() => thread.ask('echo', 3).catch(() => 0), { timeout: 10_000 }).toBe(3);
    expect(told).toEqual(['begun', 'begun']);
  });

  it('answers nobody once it is stopped', async () => {
    await thread.stop();
    await expect(thread.ask('echo', 1)).rejects.toMatchObject({ code: 'audit/index-unavailable' });
  });
});
