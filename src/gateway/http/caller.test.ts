import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { callerOf, createOutliving } from './caller.ts';

const connection = (writableFinished = false) =>
  Object.assign(new EventEmitter(), { writableFinished }) as unknown as ServerResponse;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('whoever asked', () => {
  it('is gone when its connection is, unless it has its answer', () => {
    const [left, answered] = [connection(), connection(true)];
    const callers = [left, answered].map(callerOf);
    left.emit('close');
    answered.emit('close');
    expect(callers.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('may stay away for `limits.callerAwayMs` where it can come back, and is gone then [TOL-01]', () => {
    const response = connection();
    const caller = callerOf(response);
    caller.outlive();
    response.emit('close');
    vi.advanceTimersByTime(limits.callerAwayMs - 1);
    expect(caller.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(caller.signal.aborted).toBe(true);
  });

  it('is there again once it has come back, whenever its old connection ends, until it leaves anew', () => {
    const response = connection();
    const caller = callerOf(response);
    caller.outlive();
    caller.back();
    response.emit('close');
    vi.advanceTimersByTime(limits.callerAwayMs * 2);
    expect(caller.signal.aborted).toBe(false);
    caller.left();
    vi.advanceTimersByTime(limits.callerAwayMs - 1);
    caller.back();
    vi.advanceTimersByTime(limits.callerAwayMs);
    expect(caller.signal.aborted).toBe(false);
    caller.left();
    vi.advanceTimersByTime(limits.callerAwayMs);
    expect(caller.signal.aborted).toBe(true);
  });

  it('can cancel at any time', () => {
    const caller = callerOf(connection());
    caller.outlive();
    caller.cancel();
    expect(caller.signal.aborted).toBe(true);
  });
});

describe('calls that outlive their connection', () => {
  it('are ended, and have ended, before the gateway goes on to close', async () => {
    const outliving = createOutliving();
    const cancelled: string[] = [];
    const cancel = (name: string) => () => void cancelled.push(name);
    outliving.hold(cancel('before'))();
    const ended = [outliving.hold(cancel('a')), outliving.hold(cancel('b'))];
    let isClosed = false;
    const closed = outliving.close().then(() => (isClosed = true));
    expect(cancelled).toEqual(['a', 'b']);
    ended[0]?.();
    await Promise.resolve();
    expect(isClosed).toBe(false);
    ended[1]?.();
    await closed;
    expect(isClosed).toBe(true);
  });
});
