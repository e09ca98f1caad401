import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Outgoing } from './outgoing.ts';

/** A reader that takes nothing until it is told to. */
function stalledReader() {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 10,
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      waiting.push(() => {
        taken.push(chunk);
        done();
      });
    },
  });
  const take = async (): Promise<void> => {
    while (waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { taken, take, stream, socket: stream as unknown as Socket };
}

describe('what leaves on one connection', () => {
  it('keeps only the newest of each feed for a reader that stands still', async () => {
    const { taken, take, stream, socket } = stalledReader();
    const outbox = new Outgoing(socket);
    outbox.send('an answer that is longer than the mark');
    expect(outbox.full).toBe(true);
    for (let i = 0; i < 1_000; i += 1) {
      outbox.sendNewest('snapshot', `snapshot ${i} ${'x'.repeat(100)}`);
      outbox.sendNewest('overlay', `overlay ${i}`);
    }
    expect(stream.writableLength).toBeLessThan(200);
    await take();
    expect(taken.map((text) => text.slice(0, 12))).toEqual([
      'an answer th',
      'snapshot 999',
      'overlay 999',
    ]);
  });

  it('sends at once to a reader that keeps up', async () => {
    const { taken, take, socket } = stalledReader();
    const outbox = new Outgoing(socket);
    outbox.sendNewest('overlay', '1');
    outbox.sendNewest('overlay', '2');
    await take();
    expect(taken).toEqual(['1', '2']);
  });
});
