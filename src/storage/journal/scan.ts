import { BailiwickError } from '#kernel/errors.ts';
import {
  batchOf,
  frameFlag,
  frameHeaderBytes,
  frameMagic,
  isBound,
  type ParsedFrame,
  parseFrame,
  sizeFromHeader,
} from './frame.ts';
import type { JournalFs } from './fs.ts';
import { type SegmentHeader, segmentHeaderBytes } from './segment.ts';

/** Reads frames of one segment through a window; each window is a fresh buffer, so frames stay valid. */
export class FrameSource {
  readonly #io: JournalFs;
  readonly #fd: number;
  readonly #header: SegmentHeader;
  #window = nothing;
  #windowStart = 0;

  constructor(io: JournalFs, fd: number, header: SegmentHeader) {
    this.#io = io;
    this.#fd = fd;
    this.#header = header;
  }

  /** Forgets what was read: a writer may have gone on since, and nobody else should hold it. */
  forget(): void {
    this.#window = nothing;
  }

  /** The frame that starts at `offset`; undefined when none does, or when it is torn. */
  frameAt(offset: number): ParsedFrame | undefined {
    const place = { seed: this.#header.seed, offset };
    if (!this.#load(offset, frameHeaderBytes)) return undefined;
    if (!isBound(this.#window, offset - this.#windowStart, place)) return undefined;
    if (!this.#load(offset, sizeFromHeader(this.#window, offset - this.#windowStart)))
      return undefined;
    return parseFrame(this.#window, offset - this.#windowStart, offset);
  }

  /** A complete group (the frames of one append) that starts at `offset`; undefined when there is none. */
  groupAt(offset: number): ParsedFrame[] | undefined {
    const group: ParsedFrame[] = [];
    let at = offset;
    for (;;) {
      const frame = this.frameAt(at);
      if (frame === undefined || frame.batch !== (group[0] ?? frame).batch) return undefined;
      group.push(frame);
      at = frame.end;
      if ((frame.flags & frameFlag.lastOfGroup) !== 0) return group;
    }
  }

  /** Is there, anywhere from `offset` on, a frame that was written in a batch after `batch`? */
  hasLaterBatch(offset: number, batch: number): boolean {
    const needle = Buffer.alloc(4);
    needle.writeUInt32LE(frameMagic);
    for (let at = offset; at < this.#header.size; ) {
      const length = Math.min(scanBytes, this.#header.size - at);
      if (!this.#load(at, length)) return false;
      const base = this.#windowStart;
      let found = this.#window.indexOf(needle, at - base);
      while (found >= 0 && found + frameHeaderBytes <= this.#window.length) {
        const bound = isBound(this.#window, found, {
          seed: this.#header.seed,
          offset: base + found,
        });
        if (bound && batchOf(this.#window, found) > batch) return true;
        found = this.#window.indexOf(needle, found + 1);
      }
      if (at + length >= this.#header.size) return false;
      at += length - frameHeaderBytes;
    }
    return false;
  }

  #load(offset: number, length: number): boolean {
    if (offset + length > this.#header.size) return false;
    const windowEnd = this.#windowStart + this.#window.length;
    if (offset >= this.#windowStart && offset + length <= windowEnd) return true;
    // Whoever looks whether there is anything new mostly finds that there is not.
    const atLeast = this.#window.length === 0 ? peekBytes : windowBytes;
    const want = Math.min(Math.max(length, atLeast), this.#header.size - offset);
    const buffer = Buffer.allocUnsafe(want);
    const got = this.#io.read(this.#fd, buffer, { start: 0, length: want, position: offset });
    this.#window = buffer.subarray(0, got);
    this.#windowStart = offset;
    return got >= length;
  }
}

const nothing = Buffer.alloc(0);
const peekBytes = 4096;
const windowBytes = 512 * 1024;
const scanBytes = 1024 * 1024;

export interface ScanEnd {
  /** Offset after the last complete group. */
  readonly end: number;
  readonly frames: number;
}

/**
 * Walks the last segment to where it ends. A write that a crash cut may leave torn frames, but only
 * of the batch that was in flight; a whole frame of a later batch behind them means that something
 * acknowledged was damaged, and that must never be passed over in silence.
 */
export function findEnd(source: FrameSource, header: SegmentHeader): ScanEnd {
  let end = segmentHeaderBytes;
  let frames = 0;
  let tornBatch = 1;
  for (;;) {
    const group = source.groupAt(end);
    const last = group?.at(-1);
    if (group === undefined || last === undefined) break;
    end = last.end;
    frames += group.length;
    tornBatch = (last.flags & frameFlag.lastOfBatch) === 0 ? last.batch : last.batch + 1;
  }
  if (source.hasLaterBatch(end, tornBatch)) {
    throw new BailiwickError('audit/inconsistent', {
      message: `segment ${header.number} of the journal is damaged at byte ${end}, before records that were acknowledged`,
    });
  }
  return { end, frames };
}
