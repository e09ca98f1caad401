import { describe, expect, it } from 'vitest';
import { createLogLag, type ReadableSize } from './log-lag.ts';

describe('how far the log is behind', () => {
  it('is what its writer has written and no checkpoint names yet, whatever others write', () => {
    let size = 10;
    const log = (writer: string, of: () => number): ReadableSize => ({
      writer,
      reader: { head: () => ({ origin: writer, size: of(), root: new Uint8Array(32) }) },
    });
    const logs = [log('a', () => size), log('b', () => 500)];
    const lag = createLogLag('a', () => logs);
    expect(lag.now()).toBe(0);
    lag.wrote(3);
    expect(lag.now()).toBe(3);
    size = 12;
    expect(lag.now()).toBe(1);
    size = 13;
    expect(lag.now()).toBe(0);
  });
});
