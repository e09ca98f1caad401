import type { Journal, JournalFrame, JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { groupSize, PendingBatch } from './batch.ts';
import { bindFrame, checkFrame, encodeSeal, markLastOfBatch, frameHeaderBytes } from './frame.ts';
import { type JournalFs, nodeJournalFs, writeAll } from './fs.ts';
import { SegmentChain } from './chain.ts';
import { holdJournal, type JournalLock } from './lock.ts';
import { segmentHeaderBytes } from './segment.ts';

export interface OpenJournalOptions {
  readonly folder: string;
  /** Size of one preallocated segment. */
  readonly segmentBytes?: number;
  /** More than this waiting for the disk, and an append is refused with `audit/unavailable`. */
  readonly maxPendingBytes?: number;
  readonly fs?: JournalFs;
  readonly clock?: Clock;
  /** Taken before, and given back by who took it; without it the journal holds one of its own. */
  readonly lock?: JournalLock;
}

const mebibyte = 1024 * 1024;
const defaults = { segmentBytes: 64 * mebibyte, maxPendingBytes: 32 * mebibyte };
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
    const chain = await SegmentChain.open({ io, folder: options.folder, segmentBytes, clock });
    const limits = {
      maxPending: options.maxPendingBytes ?? defaults.maxPendingBytes,
      maxGroup: segmentBytes - segmentHeaderBytes - frameHeaderBytes,
    };
    return new FileJournal({ chain, io, limits, lock });
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

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly cause: unknown }
  | { readonly kind: 'closed' };

class FileJournal implements Journal {
  readonly #chain: SegmentChain;
  readonly #io: JournalFs;
  readonly #limits: Limits;
  readonly #lock: JournalLock | undefined;
  #state: State = { kind: 'open' };
  #filling = new PendingBatch();
  #writing = new PendingBatch();
  /** A write is under way or about to start. INVARIANT: at most one at a time. */
  #busy = false;
  #batch = 0;
  #whenIdle: (() => void)[] = [];

  constructor({ chain, io, limits, lock }: JournalParts) {
    this.#chain = chain;
    this.#io = io;
    this.#limits = limits;
    this.#lock = lock;
  }

  get healthy(): boolean {
    return this.#state.kind === 'open' && this.#chain.hasRoom;
  }

  async append(frames: readonly JournalFrame[]): Promise<JournalPosition> {
    const size = this.#admit(frames);
    const written = this.#filling.add(frames, size);
    this.#kick();
    return written;
  }

  #admit(frames: readonly JournalFrame[]): number {
    if (this.#state.kind !== 'open') throw this.#refusal();
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

  #refusal(): BailiwickError {
    return this.#state.kind === 'failed'
      ? new BailiwickError('audit/journal-failed', { cause: this.#state.cause })
      : new BailiwickError('audit/journal-failed', { message: 'the write-ahead file is closed' });
  }

  #kick(): void {
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => {
      this.#startBatch();
    });
  }

  #startBatch(): void {
    if (this.#state.kind === 'failed') return this.#idle();
    if (this.#writing.isEmpty) [this.#writing, this.#filling] = [this.#filling, this.#writing];
    if (this.#writing.isEmpty) return this.#idle();
    const { groups, length } = this.#writing.fitting(this.#chain.room);
    if (groups === 0) return this.#roll();
    this.#batch += 1;
    const { fd, header, end } = this.#chain.current;
    const place = { seed: header.seed, offset: end, batch: this.#batch };
    const start = this.#writing.bind(length, place);
    this.#io.write(fd, this.#writing.bytes, { start, length, position: end }, (error, written) => {
      if (error !== null) return this.#fail(error);
      if (written !== length) return this.#fail(new Error('the write was cut short'));
      this.#chain.advance(length);
      this.#writing.settle(groups, header.number, end);
      setImmediate(() => {
        this.#startBatch();
      });
    });
  }

  #roll(): void {
    this.#chain.roll().then(
      () => {
        this.#batch = 0;
        this.#startBatch();
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  /**
   * INVARIANT: a failed write is never tried again. The kernel may have dropped the pages and
   * report success the next time, so only a new process that reads the disk can know what is there.
   */
  #fail(cause: unknown): void {
    this.#state = { kind: 'failed', cause };
    const error = this.#refusal();
    this.#writing.rejectAll(error);
    this.#filling.rejectAll(error);
    void this.#chain.finish();
    this.#idle();
  }

  #idle(): void {
    this.#busy = false;
    for (const wake of this.#whenIdle.splice(0)) wake();
  }

  async close(): Promise<void> {
    await this.#close();
    this.#lock?.release();
  }

  async #close(): Promise<void> {
    if (this.#state.kind === 'failed') return this.#chain.finish();
    if (this.#state.kind === 'closed') return;
    this.#state = { kind: 'closed' };
    while (this.#busy) {
      await new Promise<void>((resolve) => {
        this.#whenIdle.push(resolve);
      });
    }
    if (this.#hasFailed()) return this.#chain.finish();
    // All that was acknowledged is on disk; without its seal the end merely looks like a crash.
    await this.#seal().catch(() => undefined);
    await this.#chain.finish();
  }

  #hasFailed(): boolean {
    return this.#state.kind === 'failed';
  }

  /** A clean end: with it, damage of the very last records is told apart from a torn write. */
  async #seal(): Promise<void> {
    const { fd, header, end } = this.#chain.current;
    if (this.#chain.room < frameHeaderBytes) return;
    const seal = Buffer.alloc(frameHeaderBytes);
    encodeSeal(seal);
    markLastOfBatch(seal, 0);
    bindFrame(seal, 0, { seed: header.seed, offset: end, batch: this.#batch + 1 });
    await writeAll(this.#io, fd, seal, end);
  }
}
