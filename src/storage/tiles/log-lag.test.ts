import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { recordFrames } from '#contracts/log-store.suite.ts';
import { createLogLag, type ReadableSize } from './log-lag.ts';
import { keptLogReaders } from './log-reader.ts';
import { openLogWriter } from './log-writer.ts';
import { defaultOriginPrefix, logOrigin } from './origin.ts';

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

describe('readers for who looks again and again', () => {
  it('are made once for each log, also for one that begins later, and tell what was signed since', () => {
    const root = mkdtempSync(join(tmpdir(), 'kept-readers-'));
    const signer = makeSigner();
    const begin = (tenant: string) => {
      const log = { tenant, retention: 'standard', writer: 'gateway-1' };
      const origin = logOrigin(defaultOriginPrefix, log);
      const folder = join(root, tenant, log.retention, log.writer);
      return openLogWriter({ folder, origin, signer });
    };
    const write = (log: ReturnType<typeof begin>, records: number) => {
      log.append('ab'.repeat(16), recordFrames(records));
      log.publish();
    };
    const main = begin('main');
    write(main, 2);
    const look = keptLogReaders(root, signer.publicKey);
    const [first] = look();
    expect(first?.reader.head()?.size).toBe(2);
    write(main, 5);
    write(begin('acme'), 1);
    const sizes = look().map(({ tenant, reader }) => [tenant, reader.head()?.size]);
    expect(sizes).toEqual([
      ['acme', 1],
      ['main', 5],
    ]);
    expect(look().find(({ tenant }) => tenant === 'main')?.reader).toBe(first?.reader);
    rmSync(root, { recursive: true, force: true });
  });
});
