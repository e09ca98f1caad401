import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { journalSuite } from '#contracts/journal.suite.ts';
import type { JournalFrame, RecoveredFrame } from '#contracts/journal.ts';
import { limits } from '#kernel/limits.ts';
import { type JournalFs, nodeJournalFs, openJournal, openJournalReader } from './index.ts';

const folders: string[] = [];
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const segmentBytes = 64 * 1024;
const headerBytes = 4096;
const all = 1_000_000;
const leaf = (text: string): JournalFrame => ({
  kind: 'leaf',
  tenant: 'main',
  retention: 'standard',
  bytes: Buffer.from(text, 'utf8'),
});
const read = (folder: string): readonly RecoveredFrame[] =>
  openJournalReader({ folder }).read(undefined, all);
const texts = (folder: string): string[] =>
  read(folder).map((frame) => Buffer.from(frame.bytes).toString('utf8'));
const segments = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.wal'))
    .sort();

function patch(folder: string, segment: number, offset: number, bytes: Uint8Array): void {
  const fd = openSync(join(folder, segments(folder)[segment] ?? ''), 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}

function flip(folder: string, segment: number, offset: number): void {
  const bytes = readFileSync(join(folder, segments(folder)[segment] ?? ''));
  patch(folder, segment, offset, new Uint8Array([(bytes[offset] ?? 0) ^ 1]));
}

/** As a crash leaves it: nothing more is written, not even the seal of a clean end. */
function abandon(): JournalFs {
  return {
    ...nodeJournalFs,
    write: (fd, bytes, span, done) => {
      const isSeal = span.length === 32;
      if (isSeal) done(new Error('crashed'), 0);
      else nodeJournalFs.write(fd, bytes, span, done);
    },
  };
}

async function crashAfter(folder: string, groups: readonly string[]): Promise<void> {
  const journal = await openJournal({ folder, segmentBytes, fs: abandon() });
  for (const group of groups) await journal.append([leaf(group)]);
  await journal.close();
}

journalSuite('segments in a folder', () => {
  const folder = newFolder();
  return {
    open: () => openJournal({ folder, segmentBytes }),
    reader: () => openJournalReader({ folder }),
  };
});

describe('recovery', () => {
  it('keeps what was acknowledged when the last write was cut anywhere', async () => {
    const folder = newFolder();
    await crashAfter(folder, ['first', 'second', 'third']);
    const last = read(folder).at(-1)?.position.offset ?? 0;
    const secondEnd = read(folder)[1]?.position.offset ?? 0;
    for (let cut = secondEnd; cut < last - 8; cut += 7) {
      const copy = newFolder();
      const bytes = readFileSync(join(folder, segments(folder)[0] ?? ''));
      bytes.fill(0, cut);
      writeFileSync(join(copy, segments(folder)[0] ?? ''), bytes);
      const again = await openJournal({ folder: copy, segmentBytes });
      await again.append([leaf('after')]);
      await again.close();
      expect(texts(copy)).toEqual(['first', 'second', 'after']);
    }
  });

  it('keeps an append whole or not at all when its write was cut', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes, fs: abandon() });
    await journal.append([leaf('kept')]);
    await journal.append([leaf('one'), leaf('two'), leaf('three')]);
    await journal.close();
    const frames = read(folder);
    patch(folder, 0, frames[2]?.position.offset ?? 0, Buffer.alloc(64));
    expect(texts(folder)).toEqual(['kept']);
    await (await openJournal({ folder, segmentBytes })).close();
    expect(texts(folder)).toEqual(['kept']);
  });

  it('takes a page of one torn write that arrived before another for what it is', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes, fs: abandon() });
    await journal.append([leaf('kept')]);
    await Promise.all([journal.append([leaf('lost')]), journal.append([leaf('arrived')])]);
    await journal.close();
    patch(folder, 0, read(folder)[0]?.position.offset ?? 0, Buffer.alloc(40));
    await (await openJournal({ folder, segmentBytes })).close();
    expect(texts(folder)).toEqual(['kept']);
  });

  it('refuses a byte flipped in a record that was acknowledged [AUD-03]', async () => {
    for (const clean of [true, false]) {
      const folder = newFolder();
      const journal = await openJournal({
        folder,
        segmentBytes,
        ...(clean ? {} : { fs: abandon() }),
      });
      for (const one of ['a', 'b', 'c']) await journal.append([leaf(one)]);
      await journal.close();
      const end = read(folder)[clean ? 2 : 1]?.position.offset ?? 0;
      for (let at = headerBytes; at < end; at += 5) {
        flip(folder, 0, at);
        const zeroPadding = texts(folder).length === 3;
        if (!zeroPadding) {
          await expect(openJournal({ folder, segmentBytes })).rejects.toMatchObject({
            code: 'audit/inconsistent',
          });
        }
        flip(folder, 0, at);
      }
      await (await openJournal({ folder, segmentBytes })).close();
    }
  });

  it('refuses damage in an earlier segment, and a segment that is missing', async () => {
    const folder = newFolder();
    await crashAfter(folder, ['a', 'b']);
    await crashAfter(folder, ['c']);
    await crashAfter(folder, ['d']);
    expect(texts(folder)).toEqual(['a', 'b', 'c', 'd']);
    const [first] = read(folder);
    flip(folder, 0, (first?.position.offset ?? 0) + 40);
    expect(() => read(folder)).toThrow(/damaged/u);
    flip(folder, 0, (first?.position.offset ?? 0) + 40);
    rmSync(join(folder, segments(folder)[1] ?? ''));
    expect(() => read(folder)).toThrow(/missing/u);
    await expect(openJournal({ folder, segmentBytes })).rejects.toThrow(/missing/u);
  });

  it('never reads the bytes of another segment, or of another place, as frames', async () => {
    const folder = newFolder();
    await crashAfter(folder, ['old one', 'old two']);
    await crashAfter(folder, ['new']);
    const old = readFileSync(join(folder, segments(folder)[0] ?? '')).subarray(
      headerBytes,
      headerBytes + 400,
    );
    const end = read(folder).at(-1)?.position.offset ?? 0;
    patch(folder, 1, end, old);
    const own = readFileSync(join(folder, segments(folder)[1] ?? '')).subarray(headerBytes, end);
    patch(folder, 1, end + 400, own);
    expect(texts(folder)).toEqual(['old one', 'old two', 'new']);
    await (await openJournal({ folder, segmentBytes })).close();
    expect(texts(folder)).toEqual(['old one', 'old two', 'new']);
  });

  it('notices when two processes wrote the same journal', async () => {
    const folder = newFolder();
    const first = await openJournal({ folder, segmentBytes });
    await first.append([leaf('a')]);
    // Somebody took the lock away: the format notices all the same.
    rmSync(join(folder, 'writer.lock'));
    const second = await openJournal({ folder, segmentBytes });
    await second.append([leaf('b')]);
    await first.append([leaf('behind the end that the second has recorded')]);
    expect(() => read(folder)).toThrow(/behind its recorded end/u);
    await first.close();
    await second.close();
  });

  it('refuses a segment of a newer version with a clear message', async () => {
    const folder = newFolder();
    await (await openJournal({ folder, segmentBytes })).close();
    patch(folder, 0, 8, new Uint8Array([2]));
    await expect(openJournal({ folder, segmentBytes })).rejects.toMatchObject({
      code: 'store/newer-version',
      message: 'segment 1 of the journal has version 2; this program reads 1',
    });
  });

  it('refuses a damaged segment header', async () => {
    const folder = newFolder();
    await (await openJournal({ folder, segmentBytes })).close();
    flip(folder, 0, 50);
    await expect(openJournal({ folder, segmentBytes })).rejects.toMatchObject({
      code: 'audit/inconsistent',
    });
  });
});

describe('a power cut in the middle of a write', () => {
  const sector = 512;

  /** The write with this number reaches the disk in part: some of its sectors, in no order. */
  function cutDisk(at: number, keep: (sectorNumber: number) => boolean): JournalFs {
    let writes = 0;
    return {
      ...nodeJournalFs,
      truncate: () => {
        throw new Error('power cut');
      },
      write: (fd, bytes, span, done) => {
        writes += 1;
        if (writes < at) return nodeJournalFs.write(fd, bytes, span, done);
        if (writes === at) {
          let from = span.position;
          while (from < span.position + span.length) {
            const until = Math.min(
              (Math.floor(from / sector) + 1) * sector,
              span.position + span.length,
            );
            const start = span.start + from - span.position;
            if (keep(Math.floor(from / sector))) writeSync(fd, bytes, start, until - from, from);
            from = until;
          }
        }
        setImmediate(() => {
          done(new Error('power cut'), 0);
        });
      },
    };
  }

  it('leaves everything acknowledged, then perhaps whole appends in order, and nothing else [AUD-03]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.infiniteStream(fc.boolean()),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1500 })), {
          minLength: 20,
          maxLength: 90,
        }),
        async (at, coins, appends) => {
          const folder = newFolder();
          const keep = (): boolean => coins.next().value === true;
          const acknowledged = new Set<number>();
          const opening = openJournal({ folder, segmentBytes: 16 * 1024, fs: cutDisk(at, keep) });
          const journal = await opening.catch(() => undefined);
          const made = appends.map(([count, size], i) =>
            Array.from({ length: count }, (_, part) =>
              leaf(`${i}.${part}/${count}:${'x'.repeat(size)}`),
            ),
          );
          for (let i = 0; i < made.length; i += 4) {
            const group = made.slice(i, i + 4).map(async (frames, k) => {
              if (journal === undefined) return;
              await journal.append(frames);
              acknowledged.add(i + k);
            });
            await Promise.allSettled(group);
          }
          await journal?.close();
          await (await openJournal({ folder, segmentBytes: 16 * 1024 })).close();
          const found = texts(folder);
          const whole = made.map((frames) =>
            frames.map((one) => Buffer.from(one.bytes).toString('utf8')),
          );
          const kept = whole.filter((_, i) => found.includes(whole[i]?.[0] ?? ''));
          expect(found).toEqual(kept.flat());
          expect(found).toEqual(whole.slice(0, kept.length).flat());
          expect(kept.length).toBeGreaterThanOrEqual(acknowledged.size);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('many segments', () => {
  it('goes from one segment to the next without losing or moving a frame', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes });
    const names = Array.from({ length: 400 }, (_, i) => `${i}:${'x'.repeat(i * 7)}`);
    const positions = await Promise.all(names.map((one) => journal.append([leaf(one)])));
    expect(segments(folder).length).toBeGreaterThan(5);
    expect(texts(folder)).toEqual(names);
    expect(read(folder).map((frame) => frame.position)).toEqual(positions);
    const reader = openJournalReader({ folder });
    const seen: string[] = [];
    let after: RecoveredFrame['position'] | undefined;
    for (;;) {
      const part = reader.read(after, 13);
      if (part.length === 0) break;
      seen.push(...part.map((frame) => Buffer.from(frame.bytes).toString('utf8')));
      after = part.at(-1)?.position;
      if (after !== undefined) reader.release(after);
    }
    expect(seen).toEqual(names);
    expect(segments(folder)).toHaveLength(1);
    expect(() => reader.read({ segment: 1, offset: headerBytes }, 1)).toThrow(/missing/u);
    reader.close();
    await journal.close();
  });

  it('begins each life with a short segment, so that a start waits for little, and goes on in whole ones', async () => {
    expect(limits.journalFirstBytes).toBeLessThan(limits.journalSegmentBytes);
    const folder = newFolder();
    const firstBytes = 32 * 1024;
    for (const life of ['one', 'two']) {
      const journal = await openJournal({ folder, segmentBytes, firstBytes });
      expect(statSync(join(folder, segments(folder).at(-1) ?? '')).size).toBe(firstBytes);
      // Larger than what is left of the short one, yet no larger than a whole one takes.
      await journal.append([leaf(`${life}:${'x'.repeat(40 * 1024)}`)]);
      expect(statSync(join(folder, segments(folder).at(-1) ?? '')).size).toBe(segmentBytes);
      await journal.close();
    }
    expect(texts(folder).map((text) => text.slice(0, 3))).toEqual(['one', 'two']);
  });

  it('refuses an append that no segment could hold, and one too many that wait', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes, maxPendingBytes: 4000 });
    await expect(journal.append([leaf('x'.repeat(65_000))])).rejects.toMatchObject({
      code: 'audit/record-too-large',
    });
    const many = await Promise.allSettled(
      Array.from({ length: 10 }, () => journal.append([leaf('x'.repeat(900))])),
    );
    const refused = many
      .filter((one) => one.status === 'rejected')
      .map((one) => one.reason as Error);
    expect(refused.length).toBe(6);
    expect(refused[0]).toMatchObject({ code: 'audit/unavailable' });
    await expect(journal.append([leaf('again')])).resolves.toBeDefined();
    expect(texts(folder)).toHaveLength(5);
    await journal.close();
  });
});
