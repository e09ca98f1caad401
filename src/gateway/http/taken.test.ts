import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { cutUnlessTaken, taken } from './taken.ts';

/** A reader that takes nothing before it is told to. */
class Reader extends Socket {
  accept: (() => void) | undefined;

  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    this.accept = done;
  }

  override _writev(_chunks: unknown, done: () => void): void {
    this.accept = done;
  }
}

function answerTo(reader: Reader): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(reader));
  response.assignSocket(reader);
  // A server's connection says so to the answer that has its turn.
  reader.on('drain', () => response.emit('drain'));
  return response;
}

const window = Buffer.alloc(65_536);

describe('what is written to a reader', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('may wait for as long as may be, and not a millisecond longer', async () => {
    const reader = new Reader();
    const response = answerTo(reader);
    expect(response.write(window)).toBe(false);
    let state = 'open';
    const waiting = taken(response, limits.answerTakenMs).then(
      () => (state = 'taken'),
      (fault: unknown) => (state = String(fault)),
    );
    await vi.advanceTimersByTimeAsync(limits.answerTakenMs - 1);
    expect(state).toBe('open');
    expect(reader.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(state).toContain('the answer was not taken in time');
    expect(reader.destroyed).toBe(true);
  });

  it('is gone once it was taken, however late', async () => {
    const reader = new Reader();
    const response = answerTo(reader);
    response.write(window);
    const waiting = taken(response, limits.answerTakenMs);
    await vi.advanceTimersByTimeAsync(limits.answerTakenMs - 1);
    reader.accept?.();
    await expect(waiting).resolves.toBeUndefined();
    await vi.advanceTimersByTimeAsync(limits.answerTakenMs);
    expect(reader.destroyed).toBe(false);
  });

  it('does not lie here for ever after its end', async () => {
    const reader = new Reader();
    const response = answerTo(reader);
    response.end(window);
    cutUnlessTaken(response, limits.answerTakenMs);
    await vi.advanceTimersByTimeAsync(limits.answerTakenMs - 1);
    expect(reader.destroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(reader.destroyed).toBe(true);
  });

  it('is not late while it waits behind another answer', async () => {
    const reader = new Reader();
    const response = new ServerResponse(new IncomingMessage(reader));
    response.end(window);
    cutUnlessTaken(response, limits.answerTakenMs);
    await vi.advanceTimersByTimeAsync(3 * limits.answerTakenMs);
    expect(reader.destroyed).toBe(false);
    response.assignSocket(reader);
    await vi.advanceTimersByTimeAsync(limits.answerTakenMs);
    expect(reader.destroyed).toBe(true);
  });
});
