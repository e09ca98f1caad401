import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal, JournalFrame, RecoveredFrame } from '#contracts/journal.ts';
import { openJournal } from './index.ts';
import { type JournalFs, nodeJournalFs } from './fs.ts';
import { openJournalReader } from './reader.ts';

let folder = '';
let journal: Journal;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'journal-reader-'));
  journal = await openJournal({ folder, segmentBytes: 64 * 1024 });
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const frame = (kind: JournalFrame['kind'], length: number): JournalFrame => {
  const of = { tenant: 'main', retention: 'standard' };
  return { kind, ...of, bytes: Buffer.alloc(length, 'x') };
};

async function fill(appends: number): Promise<void> {
  const all = Array.from({ length: appends }, () =>
    journal.append([frame('leaf', 1000), frame('payload', 1000)]),
  );
  await Promise.all(all);
}

const bytesOf = (frames: readonly RecoveredFrame[]) =>
  frames.reduce((sum, { bytes }) => sum + bytes.length, 0);

describe('a reader that asks for so many bytes', () => {
  it('gets the append that reaches them and none behind it, over the ends of segments', async () => {
    await fill(200);
    const reader = openJournalReader({ folder });
    const sizes: number[] = [];
    let seen = 0;
    for (let after = undefined as RecoveredFrame['position'] | undefined; ; ) {
      const frames = reader.read(after, 4096, 90_001);
      if (frames.length === 0) break;
      sizes.push(bytesOf(frames));
      seen += frames.length;
      after = frames.at(-1)?.position;
    }
    reader.close();
    expect(seen).toBe(400);
    expect(sizes).toEqual([92_000, 92_000, 92_000, 92_000, 32_000]);
  });

  it('gets one append that is larger than that, or it would never get on', async () => {
    await journal.append([frame('leaf', 1000), frame('payload', 30_000)]);
    const reader = openJournalReader({ folder });
    expect(bytesOf(reader.read(undefined, 4096, 10))).toBe(31_000);
    reader.close();
  });
});

describe('a reader that finds nothing new', () => {
  it('reads a page and no more, and waits for no disk', async () => {
    await fill(3);
    const calls: string[] = [];
    const fs: JournalFs = {
      ...nodeJournalFs,
      read: (fd, target, span) => {
        calls.push(`read ${span.length}`);
        return nodeJournalFs.read(fd, target, span);
      },
      syncData: (fd) => {
        calls.push('sync');
        nodeJournalFs.syncData(fd);
      },
    };
    const reader = openJournalReader({ folder, fs });
    const last = reader.read(undefined, 4096).at(-1)?.position;
    expect(calls).toContain('sync');
    calls.length = 0;
    expect(reader.read(last, 4096)).toEqual([]);
    expect(calls).toEqual(['read 4096']);
    reader.close();
  });
});
