import { join } from 'node:path';
import type { Clock } from '#kernel/time.ts';
import { isLackOfRoom, type JournalFs, noRoom, openFlags, syncFolder } from './fs.ts';
import { takeWaiting } from './again.ts';
import type { Reserve } from './reserve.ts';
import { FrameSource, findEnd } from './scan.ts';
import {
  chunkBytes,
  dropSpare,
  listSegments,
  nameSpare,
  newJournalId,
  prepareSpare,
  readHeader,
  removeSpares,
  type SegmentHeader,
  segmentHeaderBytes,
  type SegmentIdentity,
  segmentName,
  type Spare,
} from './segment.ts';

export interface CurrentSegment {
  readonly fd: number;
  readonly header: SegmentHeader;
  readonly end: number;
  /** Made of the reserve: only what may use that is written here. */
  readonly isReserve: boolean;
}

export interface ChainOptions {
  readonly io: JournalFs;
  readonly folder: string;
  readonly segmentBytes: number;
  /** The first segment of a life is as short as this: a start waits for no more zeros. */
  readonly firstBytes: number;
  readonly reserve: Reserve;
  readonly clock: Clock;
}

/** What the next segment says of the one before it. */
type Predecessor = Omit<SegmentIdentity, 'size'>;

const retryAfter = 1000;
/** A disk that fails again and again is asked less and less often, up to so many times less. */
const mostPatience = 32;

interface Failure {
  readonly at: number;
  readonly cause: Error;
  readonly waitMs: number;
}

/**
 * The segment that is written, and the spare that is made ready before it is needed. There is none
 * to write to while the disk is full or after a write failed: the next `begin` makes one.
 */
export class SegmentChain {
  readonly #options: ChainOptions;
  #current: CurrentSegment | undefined;
  #next: Predecessor;
  /** Of the segment that comes next. */
  #size: number;
  #spare: Promise<Spare> | undefined;
  #isReady = false;
  /** Those from this one on are of this life and no write to them has failed. */
  #soundSince: number;
  #failure: Failure | undefined;
  #finished: Promise<void> | undefined;

  private constructor(options: ChainOptions, next: Predecessor) {
    this.#options = options;
    this.#next = next;
    this.#soundSince = next.number;
    this.#size = Math.min(options.firstBytes, options.segmentBytes);
  }

  /** A journal that was here before opens on a full disk too: its reserve can be written. */
  static async open(options: ChainOptions): Promise<SegmentChain> {
    const { io, folder, reserve } = options;
    io.makeFolder(folder);
    removeSpares(io, folder);
    const next = lastSegment(io, folder);
    const chain = new SegmentChain(options, next);
    try {
      await chain.begin();
    } catch (fault) {
      if (next.number === 1 || !isLackOfRoom(fault)) throw fault;
    }
    await reserve.keep();
    return chain;
  }

  get current(): CurrentSegment | undefined {
    return this.#current;
  }

  get room(): number {
    return this.#current === undefined ? 0 : this.#current.header.size - this.#current.end;
  }

  /** Bytes of frames that the reserve holds. */
  get reserveRoom(): number {
    return this.#options.reserve.bytes - segmentHeaderBytes;
  }

  /** A whole segment is on disk already and waits for what comes. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * False when the next segment could not be made ready: what fits is still taken, then no more.
   * Looks again when it is time to, because nobody else does while nothing is written.
   */
  lookForRoom(): boolean {
    if (this.#failure !== undefined && !this.#isTooSoon()) this.#prepare();
    return this.#failure === undefined;
  }

  advance(length: number): void {
    if (this.#current === undefined) return;
    const end = this.#current.end + length;
    this.#current = { ...this.#current, end };
    this.#next = { ...this.#next, previousEnd: end };
    if (this.room < this.#roomWhenNext() && !this.#isTooSoon()) this.#prepare();
  }

  /** The one before may be written again: it was released long before this one is half full. */
  #roomWhenNext(): number {
    if (this.#current === undefined) return 0;
    const { number, size } = this.#current.header;
    return number > this.#soundSince + 1 ? size / 2 : size * 0.75;
  }

  /**
   * Begins the next segment; INVARIANT: its name is durable before anything is written to it. When
   * that fails, the one before may still be written as far as it goes, unless it was already left.
   */
  async begin(): Promise<void> {
    if (this.#isTooSoon()) throw this.#failure?.cause ?? noRoom('the next segment');
    if (this.#spare === undefined) this.#prepare(chunkOf(this.#current));
    const spare = await this.#spare;
    this.#spare = undefined;
    this.#isReady = false;
    if (spare === undefined) throw noRoom('the next segment');
    await this.#enter(spare, this.#size, false);
    this.#size = this.#options.segmentBytes;
    this.#failure = undefined;
    void this.#options.reserve.keep();
  }

  /** Goes on in what was set aside; false when that is used up. */
  async beginReserve(): Promise<boolean> {
    const spare = await this.#options.reserve.take();
    if (spare === undefined) return false;
    await this.#enter(spare, this.#options.reserve.bytes, true);
    return true;
  }

  async #enter(spare: Spare, size: number, isReserve: boolean): Promise<void> {
    const { io, folder } = this.#options;
    const identity = { ...this.#next, size };
    try {
      const header = await nameSpare(io, folder, spare, identity);
      // From here on the segment before has an end on disk, and nothing is appended to it.
      this.#leave();
      this.#next = { ...identity, number: header.number + 1, previousEnd: segmentHeaderBytes };
      this.#current = { fd: spare.fd, header, end: segmentHeaderBytes, isReserve };
      syncFolder(io, folder);
      if (identity.failedTail !== undefined) this.#cut(identity);
      this.#next = { ...this.#next, failedTail: undefined };
    } catch (fault) {
      // A name that may not last is not written under; the one after it will say that it is empty.
      if (this.#current?.fd === spare.fd) this.#leave();
      this.#note(fault);
      throw fault;
    }
  }

  /**
   * A write of so many bytes failed: nothing more is written to its file, whose pages the kernel may
   * have dropped. `carried` of them will come first in the next segment.
   */
  fail(cause: unknown, carried: number): void {
    this.#next = { ...this.#next, failedTail: carried };
    if (this.#current === undefined) return;
    this.#soundSince = this.#current.header.number + 1;
    this.#leave();
    if (carried === 0) this.#note(cause);
  }

  /**
   * Gives back what is behind the end of a segment whose last write failed. Only now that its
   * successor says so: a restart in between must find what a reader may have found there.
   */
  #cut({ number, previousEnd }: Predecessor): void {
    const { io, folder } = this.#options;
    try {
      const fd = io.open(join(folder, segmentName(number - 1)), openFlags.append);
      try {
        io.truncate(fd, previousEnd);
      } finally {
        io.close(fd);
      }
    } catch {
      // It takes its room until it is released, and that is all.
    }
  }

  #leave(): void {
    if (this.#current === undefined) return;
    const { fd } = this.#current;
    this.#current = undefined;
    try {
      this.#options.io.close(fd);
    } catch {
      // All that was acknowledged is on disk since its own write returned.
    }
  }

  #isTooSoon(): boolean {
    const failure = this.#failure;
    if (failure === undefined) return false;
    return this.#options.clock.monotonic() - failure.at < failure.waitMs;
  }

  #note(fault: unknown): void {
    const cause = fault instanceof Error ? fault : new Error(String(fault));
    const waited = this.#failure?.waitMs ?? retryAfter / 2;
    const waitMs = isLackOfRoom(cause)
      ? retryAfter
      : Math.min(2 * waited, mostPatience * retryAfter);
    this.#failure = { at: this.#options.clock.monotonic(), cause, waitMs };
  }

  /** Frames are never written twice to one place; making room is another matter. */
  #prepare(chunk: number = chunkBytes.meanwhile): void {
    if (this.#spare !== undefined) return;
    const spare = this.#spareOf(chunk);
    this.#spare = spare;
    spare.then(
      () => {
        this.#failure = undefined;
        this.#isReady = true;
      },
      (cause: unknown) => {
        this.#note(cause);
        if (this.#spare === spare) this.#spare = undefined;
      },
    );
  }

  async #spareOf(chunk: number): Promise<Spare> {
    const { io, folder } = this.#options;
    const waiting = takeWaiting(io, folder, { size: this.#size, since: this.#soundSince });
    return waiting ?? (await prepareSpare(io, folder, this.#size, chunk));
  }

  /** Closes the files; the spare goes, the next start makes its own. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<void> {
    this.#leave();
    const spare = await this.#spare?.catch(() => undefined);
    try {
      if (spare !== undefined) dropSpare(this.#options.io, spare);
    } catch {
      // What is left of it goes with the next start.
    }
    await this.#options.reserve.idle();
  }
}

function chunkOf(current: CurrentSegment | undefined): number {
  return current === undefined ? chunkBytes.start : chunkBytes.meanwhile;
}

function lastSegment(io: JournalFs, folder: string): Predecessor {
  const last = listSegments(io, folder).at(-1);
  const first = { number: 1, journalId: newJournalId(), previousEnd: 0, failedTail: undefined };
  if (last === undefined) return first;
  const fd = io.open(join(folder, segmentName(last)), openFlags.read);
  try {
    const header = readHeader(io, fd, last);
    const { end } = findEnd(new FrameSource(io, fd, header), header);
    // What the crash left in the page cache counts only once it is on disk.
    io.sync(fd);
    return { ...first, number: last + 1, journalId: header.journalId, previousEnd: end };
  } finally {
    io.close(fd);
  }
}
