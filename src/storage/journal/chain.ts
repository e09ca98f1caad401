import { join } from 'node:path';
import type { Clock } from '#kernel/time.ts';
import { type JournalFs, openFlags } from './fs.ts';
import { FrameSource, findEnd } from './scan.ts';
import {
  activateSpare,
  chunkBytes,
  dropSpare,
  listSegments,
  newJournalId,
  prepareSpare,
  readHeader,
  removeSpares,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentName,
  type Spare,
} from './segment.ts';

export interface CurrentSegment {
  readonly fd: number;
  readonly header: SegmentHeader;
  readonly end: number;
}

export interface ChainOptions {
  readonly io: JournalFs;
  readonly folder: string;
  readonly segmentBytes: number;
  readonly clock: Clock;
}

const retryAfter = 1000;

/** The segment that is written, and the spare that is made ready before it is needed. */
export class SegmentChain {
  readonly #options: ChainOptions;
  #current: CurrentSegment;
  #spare: Promise<Spare> | undefined;
  #spareFailedAt: number | undefined;
  #finished: Promise<void> | undefined;

  private constructor(options: ChainOptions, current: CurrentSegment) {
    this.#options = options;
    this.#current = current;
  }

  static async open(options: ChainOptions): Promise<SegmentChain> {
    const { io, folder, segmentBytes } = options;
    io.makeFolder(folder);
    removeSpares(io, folder);
    const before = lastSegment(io, folder);
    const spare = await prepareSpare(io, folder, segmentBytes, chunkBytes.start);
    const header = await activateSpare(io, folder, spare, { ...before, size: segmentBytes });
    return new SegmentChain(options, { fd: spare.fd, header, end: segmentHeaderBytes });
  }

  get current(): CurrentSegment {
    return this.#current;
  }

  get room(): number {
    return this.#current.header.size - this.#current.end;
  }

  /** False when the next segment could not be made ready: what fits is still taken, then no more. */
  get hasRoom(): boolean {
    return this.#spareFailedAt === undefined;
  }

  advance(length: number): void {
    this.#current = { ...this.#current, end: this.#current.end + length };
    if (this.room < this.#current.header.size * 0.75) this.#prepare();
  }

  /** INVARIANT: the name of the new segment is durable before anything is written to it. */
  async roll(): Promise<void> {
    this.#prepare(true);
    const { io, folder, segmentBytes } = this.#options;
    const { fd, header, end } = this.#current;
    const spare = await this.#spare;
    if (spare === undefined) throw new Error('no space for the next segment');
    this.#spare = undefined;
    const { journalId } = header;
    const identity = { number: header.number + 1, journalId, previousEnd: end, size: segmentBytes };
    const next = await activateSpare(io, folder, spare, identity);
    io.close(fd);
    this.#current = { fd: spare.fd, header: next, end: segmentHeaderBytes };
  }

  /** Frames are never written twice; making room is another matter and may be tried again. */
  #prepare(now = false): void {
    if (this.#spare !== undefined) return;
    const { io, folder, segmentBytes, clock } = this.#options;
    const failedAt = this.#spareFailedAt;
    if (!now && failedAt !== undefined && clock.monotonic() - failedAt < retryAfter) return;
    const spare = prepareSpare(io, folder, segmentBytes, chunkBytes.meanwhile);
    this.#spare = spare;
    spare.then(
      () => {
        this.#spareFailedAt = undefined;
      },
      () => {
        this.#spareFailedAt = clock.monotonic();
        if (this.#spare === spare) this.#spare = undefined;
      },
    );
  }

  /** Closes the files; the spare goes, the next start makes its own. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<void> {
    this.#options.io.close(this.#current.fd);
    const spare = await this.#spare?.catch(() => undefined);
    if (spare !== undefined) dropSpare(this.#options.io, spare);
  }
}

interface Predecessor {
  readonly number: number;
  readonly journalId: string;
  readonly previousEnd: number;
}

/** What the next segment must say about the one before it. */
function lastSegment(io: JournalFs, folder: string): Predecessor {
  const last = listSegments(io, folder).at(-1);
  if (last === undefined) return { number: 1, journalId: newJournalId(), previousEnd: 0 };
  const fd = io.open(join(folder, segmentName(last)), openFlags.read);
  try {
    const header = readHeader(io, fd, last);
    const { end } = findEnd(new FrameSource(io, fd, header), header);
    // What the crash left in the page cache counts only once it is on disk.
    io.sync(fd);
    return { number: last + 1, journalId: header.journalId, previousEnd: end };
  } finally {
    io.close(fd);
  }
}
