import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BailiwickError } from '#kernel/errors.ts';
import { type JournalFs, noRoom, openFlags, syncFolder, writeAll } from './fs.ts';

/**
 * A journal is a folder of numbered segments. Each starts with one page:
 *
 *     0 magic 8 · 8 version u32 · 12 failed tail u32 · 16 segment id 16 · 32 journal id 16
 *     48 number u64 · 56 end of the segment before u64 · 64 size u32 · 68 CRC u32
 *
 * INVARIANT: a segment is never appended to after a restart. The segment that follows it says where
 * it ended, so that whatever stands behind that end is known to be no record.
 *
 * The failed tail is 0 when the segment before simply ended. Else a write failed at that end, and
 * something of it may stand behind; so many of its bytes, less one, come first in this segment.
 */
export const segmentHeaderBytes = 4096;
const version = 1;
const magic = Buffer.from('BWJRNL\r\n', 'latin1');
const suffix = '.wal';
export const spareSuffix = '.spare';

export interface SegmentHeader {
  readonly number: number;
  readonly journalId: string;
  /** Where the scan of the segment before stopped; 0 in the first. */
  readonly previousEnd: number;
  readonly size: number;
  /** Bytes of the write that failed at the end of the segment before; undefined when none did. */
  readonly failedTail: number | undefined;
  /** Start of every header CRC in this segment. */
  readonly seed: number;
}

export function segmentName(number: number, ending: string = suffix): string {
  return `${String(number).padStart(12, '0')}${ending}`;
}

/** Numbers of all segments in the folder, ascending; a hole in them is a missing segment. */
export function listSegments(io: JournalFs, folder: string): number[] {
  const numbers = io
    .list(folder)
    .filter((name) => /^\d{12}\.wal$/u.test(name))
    .map((name) => Number(name.slice(0, -suffix.length)))
    .sort((a, b) => a - b);
  for (const [i, number] of numbers.entries()) {
    if (number !== (numbers[0] ?? 0) + i) {
      throw new BailiwickError('audit/inconsistent', {
        message: `segment ${number - 1} of the journal is missing`,
      });
    }
  }
  return numbers;
}

export function newJournalId(): string {
  return randomBytes(16).toString('hex');
}

export interface SegmentIdentity {
  readonly number: number;
  readonly journalId: string;
  readonly previousEnd: number;
  readonly failedTail: number | undefined;
  readonly size: number;
}

function encodeHeader(identity: SegmentIdentity): Buffer {
  const page = Buffer.alloc(segmentHeaderBytes);
  magic.copy(page, 0);
  page.writeUInt32LE(version, 8);
  page.writeUInt32LE(identity.failedTail === undefined ? 0 : identity.failedTail + 1, 12);
  randomBytes(16).copy(page, 16);
  Buffer.from(identity.journalId, 'hex').copy(page, 32);
  page.writeBigUInt64LE(BigInt(identity.number), 48);
  page.writeBigUInt64LE(BigInt(identity.previousEnd), 56);
  page.writeUInt32LE(identity.size, 64);
  page.writeUInt32LE(crc32(page.subarray(0, 68)), 68);
  return page;
}

export function parseHeader(page: Buffer, number: number): SegmentHeader {
  const damaged = (why: string): BailiwickError =>
    new BailiwickError('audit/inconsistent', {
      message: `segment ${number} of the journal ${why}`,
    });
  if (page.length < 72 || !page.subarray(0, 8).equals(magic)) throw damaged('has no header');
  const found = page.readUInt32LE(8);
  if (found > version) {
    throw new BailiwickError('store/newer-version', {
      message: `segment ${number} of the journal has version ${found}; this program reads ${version}`,
    });
  }
  if (page.readUInt32LE(68) !== crc32(page.subarray(0, 68))) throw damaged('has a damaged header');
  if (Number(page.readBigUInt64LE(48)) !== number) throw damaged('carries another number');
  const tail = page.readUInt32LE(12);
  return {
    number,
    failedTail: tail === 0 ? undefined : tail - 1,
    journalId: page.toString('hex', 32, 48),
    previousEnd: Number(page.readBigUInt64LE(56)),
    size: page.readUInt32LE(64),
    seed: crc32(page.subarray(0, 68)),
  };
}

export function readHeader(io: JournalFs, fd: number, number: number): SegmentHeader {
  const page = Buffer.alloc(segmentHeaderBytes);
  const got = io.read(fd, page, { start: 0, length: page.length, position: 0 });
  return parseHeader(page.subarray(0, got), number);
}

/** At the start nobody waits for the disk; later, small chunks keep the flushes between them short. */
export const chunkBytes = { start: 1024 * 1024, meanwhile: 128 * 1024 } as const;

/** A preallocated file without identity; its name is its own, so that nobody takes it for theirs. */
export interface Spare {
  readonly fd: number;
  readonly path: string;
}

/** So much of a disk, measured by what is asked for, is left to others, the store first. */
const leftToOthers = 1 / 8;

/**
 * Fills a spare file with zeros, one durable chunk at a time, so that later writes change no
 * metadata and cannot run out of space. It does not even begin when it would fill the disk.
 */
export async function prepareSpare(
  io: JournalFs,
  folder: string,
  size: number,
  chunk: number,
): Promise<Spare> {
  if (io.free(folder) < size * (1 + leftToOthers)) throw noRoom('the next segment');
  const path = join(folder, `${randomBytes(8).toString('hex')}${spareSuffix}`);
  const fd = io.open(path, openFlags.create);
  try {
    const zeros = Buffer.alloc(Math.min(chunk, size));
    for (let at = 0; at < size; at += zeros.length) {
      await writeAll(io, fd, zeros.subarray(0, Math.min(zeros.length, size - at)), at);
    }
    io.sync(fd);
    return { fd, path };
  } catch (error) {
    dropSpare(io, { fd, path });
    throw error;
  }
}

export function dropSpare(io: JournalFs, spare: Spare): void {
  io.close(spare.fd);
  io.remove(spare.path);
}

/** What a crashed process left. */
export function removeSpares(io: JournalFs, folder: string): void {
  for (const name of io.list(folder)) {
    if (name.endsWith(spareSuffix)) io.remove(join(folder, name));
  }
}

/** Gives the spare its identity, then its name; the name is durable once the folder is synced. */
export async function nameSpare(
  io: JournalFs,
  folder: string,
  spare: Spare,
  identity: SegmentIdentity,
): Promise<SegmentHeader> {
  try {
    const page = encodeHeader(identity);
    await writeAll(io, spare.fd, page, 0);
    const name = segmentName(identity.number);
    if (io.list(folder).includes(name)) {
      throw new BailiwickError('audit/journal-failed', {
        message: `segment ${identity.number} exists: another process writes this journal`,
      });
    }
    rename(io, folder, { from: spare.path, to: join(folder, name) });
    return parseHeader(page, identity.number);
  } catch (error) {
    dropSpare(io, spare);
    throw error;
  }
}

/**
 * INVARIANT: a rename that failed left no name. Some file systems have done what they say they could not, and the
 * segment before would then be written on behind the end that this one says it has.
 */
function rename(
  io: JournalFs,
  folder: string,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  try {
    io.rename(from, to);
  } catch (error) {
    io.remove(to);
    syncFolder(io, folder);
    throw error;
  }
}
