import {
  fstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { JournalFrame, JournalPosition } from '#contracts/journal.ts';
import { FaultyDisk } from './faulty-disk.suite.ts';
import { type JournalFs, nodeJournalFs, openJournal, openJournalReader } from './index.ts';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-again-'));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const segmentBytes = 64 * 1024;
const all = 1_000_000;
const leaf = (text: string): JournalFrame => ({
  kind: 'leaf',
  tenant: 'main',
  retention: 'standard',
  bytes: Buffer.from(text, 'utf8'),
});
/** All of one length, so that what stands in a file that is written again stands in the same places. */
const record = (n: number): string => `${String(n).padStart(8, '0')}:${'x'.repeat(1500)}`;

/** Reads on and releases what it read, as the integrator does beside the writer. */
class Follower {
  readonly seen: string[] = [];
  #after: JournalPosition | undefined;
  readonly #reader;

  constructor(folder: string, fs: JournalFs = nodeJournalFs) {
    this.#reader = openJournalReader({ folder, fs, keepsReleased: true });
  }

  follow(limit = all): void {
    const frames = this.#reader.read(this.#after, limit);
    this.#after = frames.at(-1)?.position ?? this.#after;
    this.seen.push(...frames.map(({ bytes }) => Buffer.from(bytes).toString()));
    if (this.#after !== undefined) this.#reader.release(this.#after);
  }
}

/** What was given to the disk, told apart by whether anything but zeros was in it. */
function counting(given: { zeros: number; frames: number }): JournalFs {
  return {
    ...nodeJournalFs,
    write: (fd, bytes, span, done) => {
      const part = bytes.subarray(span.start, span.start + span.length);
      given[part.some((byte) => byte !== 0) ? 'frames' : 'zeros'] += span.length;
      nodeJournalFs.write(fd, bytes, span, done);
    },
  };
}

const spares = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.spare'));

describe('a segment that was released', () => {
  it('is written again, so that the disk is given hardly more than what is recorded', async () => {
    const folder = newFolder();
    const given = { zeros: 0, frames: 0 };
    const journal = await openJournal({ folder, segmentBytes, fs: counting(given) });
    const follower = new Follower(folder);
    const names = Array.from({ length: 2_000 }, (_, n) => record(n));
    for (const name of names) {
      await journal.append([leaf(name)]);
      follower.follow();
    }
    expect(follower.seen).toEqual(names);
    expect(given.frames).toBeGreaterThan(40 * segmentBytes);
    // The reserve (one segment here), the first ones of this life, and no more.
    expect(given.zeros).toBeLessThanOrEqual(5 * segmentBytes);
    expect(spares(folder).length).toBeLessThanOrEqual(2);
    await journal.close();
  });

  it('is not kept beside another, nor over a restart', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes });
    for (let n = 0; n < 400; n += 1) await journal.append([leaf(record(n))]);
    new Follower(folder).follow();
    await journal.close();
    expect(spares(folder)).toHaveLength(1);
    await (await openJournal({ folder, segmentBytes })).close();
    expect(spares(folder)).toEqual([]);
  });

  it('is no segment any more, on disk, before anything is written into it [AUD-03]', async () => {
    const folder = newFolder();
    /** Names by file, as a loss of power would leave them: those of the last flush of the folder. */
    let onDisk = new Map<number, string>();
    let again = 0;
    const io: JournalFs = {
      ...nodeJournalFs,
      sync: (fd) => {
        nodeJournalFs.sync(fd);
        if (!fstatSync(fd).isDirectory()) return;
        const named = readdirSync(folder).map(
          (name) => [statSync(join(folder, name)).ino, name] as const,
        );
        onDisk = new Map(named);
      },
      write: (fd, bytes, span, done) => {
        const name = onDisk.get(fstatSync(fd).ino);
        const isHeader = span.position === 0 && span.length === 4096;
        if (isHeader) expect(name?.endsWith('.wal') ?? false).toBe(false);
        if (isHeader && name !== undefined) again += 1;
        nodeJournalFs.write(fd, bytes, span, done);
      },
    };
    const journal = await openJournal({ folder, segmentBytes, fs: io });
    const follower = new Follower(folder, io);
    for (let n = 0; n < 800; n += 1) {
      await journal.append([leaf(record(n))]);
      follower.follow();
    }
    await journal.close();
    expect(again).toBeGreaterThan(10);
  });

  it('is never one that a write to has failed', async () => {
    const folder = newFolder();
    const aside = newFolder();
    const disk = new FaultyDisk();
    disk.keepsTails = true;
    const failed = new Set<number>();
    const io: JournalFs = {
      ...disk.io,
      write: (fd, bytes, span, done) => {
        const { ino } = fstatSync(fd);
        expect(failed.has(ino)).toBe(false);
        disk.io.write(fd, bytes, span, (error, written) => {
          if (error !== null) failed.add(ino);
          done(error, written);
        });
      },
      // It stays elsewhere: another file could have its number else.
      remove: (path) => {
        renameSync(path, join(aside, String(statSync(path).ino)));
      },
    };
    const journal = await openJournal({ folder, segmentBytes, fs: io });
    const follower = new Follower(folder, io);
    const names = Array.from({ length: 1_000 }, (_, n) => record(n));
    for (const [n, name] of names.entries()) {
      if (n % 97 === 0) disk.breaks(1, 'EIO', 'all');
      await journal.append([leaf(name)]);
      follower.follow();
    }
    await journal.close();
    expect(failed.size).toBeGreaterThan(5);
    expect(follower.seen).toEqual(names);
  });
});

describe('what a file held before it was written again', () => {
  it('is never read as a record, wherever a write of it was cut [AUD-03]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 90, max: 260 }),
        fc.infiniteStream(fc.boolean()),
        async (at, coins) => {
          const folder = newFolder();
          const cut = cutDisk(at, () => coins.next().value);
          const journal = await openJournal({ folder, segmentBytes: 16 * 1024, fs: cut.io });
          const follower = new Follower(folder);
          let acknowledged = 0;
          for (let n = 0; !cut.isCut; n += 2) {
            const two = [n, n + 1].map((one) => journal.append([leaf(record(one))]));
            const ended = await Promise.allSettled(two);
            acknowledged += ended.filter(({ status }) => status === 'fulfilled').length;
            if (!cut.isCut && n % 8 === 0) follower.follow();
          }
          await journal.close();
          await (await openJournal({ folder, segmentBytes: 16 * 1024 })).close();
          follower.follow();
          const names = follower.seen.map((_, n) => record(n));
          expect(follower.seen).toEqual(names);
          expect(names.length).toBeGreaterThanOrEqual(acknowledged);
          expect(names.length).toBeLessThanOrEqual(acknowledged + 2);
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 120_000);
});

/** From its write `at` on the power is gone; of that one, single sectors of the disk arrive. */
function cutDisk(at: number, arrives: () => boolean): { readonly io: JournalFs; isCut: boolean } {
  const sector = 512;
  let writes = 0;
  const cut: { readonly io: JournalFs; isCut: boolean } = {
    isCut: false,
    io: {
      ...nodeJournalFs,
      truncate: () => undefined,
      rename: (from, to) => {
        if (cut.isCut) throw new Error('power cut');
        nodeJournalFs.rename(from, to);
      },
      write: (fd, bytes, span, done) => {
        writes += 1;
        if (writes < at) return nodeJournalFs.write(fd, bytes, span, done);
        const reached = writes === at ? span.length : 0;
        for (let next = 0; next < reached; next += sector) {
          const length = Math.min(sector, span.length - next);
          if (arrives()) writeSync(fd, bytes, span.start + next, length, span.position + next);
        }
        cut.isCut = true;
        setImmediate(() => {
          done(new Error('power cut'), 0);
        });
      },
    },
  };
  return cut;
}
