import type { AppendOptions, Journal, JournalFrame, JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { groupSize, PendingBatch } from './batch.ts';
import { bindFrame, checkFrame, encodeSeal, markLastOfBatch, frameHeaderBytes } from './frame.ts';
import { cutShort, isLackOfRoom, type JournalFs, nodeJournalFs, writeAll } from './fs.ts';
import { SegmentChain } from './chain.ts';
import { holdJournal, type JournalLock } from './lock.ts';
import { Reserve } from './reserve.ts';
import { segmentHeaderBytes } from './segment.ts';

export interface OpenJournalOptions {
  readonly folder: string;
  /** Size of one preallocated segment. */
  readonly segmentBytes?: number;
  /** Size of the first one that this life writes. */
  readonly firstBytes?: number;
  /** Size of what is set aside for a full disk. */
  readonly reserveBytes?: number;
  /** More than this waiting for the disk, and an append is refused with `audit/unavailable`. */
  readonly maxPendingBytes?: number;
  readonly fs?: JournalFs;
  readonly clock?: Clock;
  /** Taken before, and given back by who took it; without it the journal holds one of its own. */
  readonly lock?: JournalLock;
}

const defaults = {
  segmentBytes: limits.journalSegmentBytes,
  firstBytes: limits.journalFirstBytes,
  reserveBytes: limits.journalReserveBytes,
  maxPendingBytes: 32 * 1024 * 1024,
};
const smallestSegment = 16 * 1024;

/**
 * Opens the write-ahead file of one process: takes its lock, scans the last segment to its end,
 * refuses damage before that end, and starts a fresh segment.
 */
export async function openJournal(options: OpenJournalOptions): Promise<Journal> {
  const segmentBytes = options.segmentBytes ?? defaults.segmentBytes;
  if (segmentBytes < smallestSegment || segmentBytes > 2 ** 31 || segmentBytes % 4096 !== 0) {
    throw new RangeError('a segment is 16 KiB to 2 GiB, a multiple of 4 KiB');
  }
  const io = options.fs ?? nodeJournalFs;
  const clock = options.clock ?? systemClock;
  const lock = options.lock === undefined ? await holdJournal(options) : undefined;
  try {
    const { folder } = options;
    const reserveBytes = Math.min(options.reserveBytes ?? defaults.reserveBytes, segmentBytes);
    const reserve = new Reserve(io, folder, reserveBytes);
    const firstBytes = options.firstBytes ?? defaults.firstBytes;
    const sizes = { segmentBytes, firstBytes };
    const chain = await SegmentChain.open({ io, folder, ...sizes, reserve, clock });
    const bounds = {
      maxPending: options.maxPendingBytes ?? defaults.maxPendingBytes,
      maxGroup: segmentBytes - segmentHeaderBytes - frameHeaderBytes,
    };
    return new FileJournal({ chain, io, limits: bounds, lock });
  } catch (fault) {
    lock?.release();
    throw fault;
  }
}

interface Limits {
  readonly maxPending: number;
  readonly maxGroup: number;
}

interface JournalParts {
  readonly chain: SegmentChain;
  readonly io: JournalFs;
  readonly limits: Limits;
  readonly lock: JournalLock | undefined;
}

class FileJournal implements Journal {
  readonly #chain: SegmentChain;
  readonly #io: JournalFs;
  readonly #limits: Limits;
  readonly #lock: JournalLock | undefined;
  #closed = false;
  /** The last append that was answered was refused by the disk; what is reserved does not count. */
  #refused: boolean;
  #filling = new PendingBatch();
  #writing = new PendingBatch();
  /** A write is under way or about to start. INVARIANT: at most one at a time. */
  #busy = false;
  #batch = 0;
  /** Writes that failed one after the other. */
  #failures = 0;
  #whenIdle: (() => void)[] = [];

  constructor({ chain, io, limits, lock }: JournalParts) {
    this.#chain = chain;
    this.#io = io;
    this.#limits = limits;
    this.#lock = lock;
    this.#refused = chain.current === undefined;
  }

  get healthy(): boolean {
    if (this.#closed || !this.#chain.lookForRoom()) return false;
    // After a refusal, a whole segment that came on disk says as much as the next append would.
    return !this.#refused || this.#chain.isReady;
  }

  append(
    frames: readonly JournalFrame[],
    { reserved = false }: AppendOptions = {},
  ): Promise<JournalPosition> {
    // One promise for each record, and what is thrown here is what it says.
    return new Promise((resolve, reject) => {
      const size = this.#admit(frames);
      this.#filling.add(frames, size, { reserved, resolve, reject });
      this.#kick();
    });
  }

  #admit(frames: readonly JournalFrame[]): number {
    if (this.#closed) {
      throw new BailiwickError('audit/journal-failed', {
        message: 'the write-ahead file is closed',
      });
    }
    if (frames.length === 0) throw new RangeError('an append needs at least one frame');
    for (const frame of frames) checkFrame(frame);
    const size = groupSize(frames);
    if (size > this.#limits.maxGroup) throw new BailiwickError('audit/record-too-large');
    if (this.#filling.used + size > this.#limits.maxPending) {
      throw new BailiwickError('audit/unavailable', {
        message: 'too much waits for the disk already',
      });
    }
    return size;
  }

  #kick(): void {
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => {
      this.#startBatch();
    });
  }

  #startBatch(): void {
    if (this.#writing.isEmpty) [this.#writing, this.#filling] = [this.#filling, this.#writing];
    if (this.#writing.isEmpty) return this.#idle();
    const { current } = this.#chain;
    const { groups, length } = this.#writing.fitting(this.#chain.room);
    const isSetAside = current?.isReserve === true && this.#writing.ordinary > 0;
    if (current === undefined || groups === 0 || isSetAside) return void this.#makeRoom();
    this.#batch += 1;
    const { fd, header, end } = current;
    const place = { seed: header.seed, offset: end, batch: this.#batch };
    const start = this.#writing.bind(length, place);
    this.#io.write(fd, this.#writing.bytes, { start, length, position: end }, (error, written) => {
      if (error !== null) return void this.#failWrite(error, length);
      if (written !== length) return void this.#failWrite(cutShort(), length);
      this.#chain.advance(length);
      const waited = this.#writing.ordinary;
      this.#writing.settle(groups, header.number, end);
      if (this.#writing.ordinary < waited) this.#refused = false;
      this.#failures = 0;
      setImmediate(() => {
        this.#startBatch();
      });
    });
  }

  /** Begins the next segment. On a full disk only what may use the reserve goes on. */
  async #makeRoom(): Promise<void> {
    try {
      await this.#chain.begin();
      this.#batch = 0;
    } catch (cause) {
      this.#refuseOrdinary(cause);
      await this.#useReserve(cause);
    }
    this.#startBatch();
  }

  async #useReserve(cause: unknown): Promise<void> {
    const { room, reserveRoom } = this.#chain;
    if (this.#writing.isEmpty || this.#writing.fitting(room).groups > 0) return;
    const fits = this.#writing.fitting(reserveRoom).groups > 0;
    const begun = fits && (await this.#chain.beginReserve().catch(() => false));
    if (begun) this.#batch = 0;
    else this.#writing.rejectAll(refusal(cause));
  }

  /**
   * INVARIANT: a file is never written again after a write to it failed: the kernel may have dropped
   * its pages and report success the next time. What nobody was told of is written once more, first
   * in a new segment; when that fails too it is refused, and the next append begins another one.
   */
  async #failWrite(cause: Error, length: number): Promise<void> {
    this.#failures += 1;
    const again = this.#failures === 1;
    this.#chain.fail(cause, again ? length : 0);
    try {
      if (!again) throw cause;
      await this.#chain.begin();
      this.#batch = 0;
    } catch (fault) {
      this.#chain.fail(fault, 0);
      this.#refuseOrdinary(fault);
      this.#writing.rejectAll(refusal(fault));
    }
    this.#startBatch();
  }

  #refuseOrdinary(cause: unknown): void {
    if (this.#writing.ordinary === 0) return;
    this.#refused = true;
    this.#writing.rejectOrdinary(refusal(cause));
  }

  #idle(): void {
    this.#busy = false;
    for (const wake of this.#whenIdle.splice(0)) wake();
  }

  async close(): Promise<void> {
    try {
      await this.#close();
    } finally {
      this.#lock?.release();
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#busy) {
      await new Promise<void>((resolve) => {
        this.#whenIdle.push(resolve);
      });
    }
    // All that was acknowledged is on disk; without its seal the end merely looks like a crash.
    await this.#seal().catch(() => undefined);
    await this.#chain.finish();
  }

  /** A clean end: with it, damage of the very last records is told apart from a torn write. */
  async #seal(): Promise<void> {
    const { current } = this.#chain;
    if (current === undefined || this.#chain.room < frameHeaderBytes) return;
    const { fd, header, end } = current;
    const seal = Buffer.alloc(frameHeaderBytes);
    encodeSeal(seal);
    markLastOfBatch(seal, 0, true);
    bindFrame(seal, 0, { seed: header.seed, offset: end, batch: this.#batch + 1 });
    await writeAll(this.#io, fd, seal, end);
  }
}

/** It is not on record, so it does not happen; the next append finds out whether that has changed. */
function refusal(cause: unknown): BailiwickError {
  const full = isLackOfRoom(cause);
  return new BailiwickError('audit/unavailable', {
    message: full ? 'there is no room on disk for the record' : 'the disk does not take the record',
    suggestedAction: full
      ? 'make room on the disk of the data folder; nothing needs a restart'
      : 'look at the disk of the data folder; nothing needs a restart once it is well',
    cause,
  });
}
