import { join } from 'node:path';
import type { JournalPosition, JournalReader, RecoveredFrame } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { keepForLater } from './again.ts';
import { type JournalFs, nodeJournalFs, openFlags } from './fs.ts';
import { FrameSource } from './scan.ts';
import {
  listSegments,
  readHeader,
  type SegmentHeader,
  segmentHeaderBytes,
  segmentName,
} from './segment.ts';

export interface OpenReaderOptions {
  readonly folder: string;
  readonly fs?: JournalFs;
  /** Leaves one segment that is released for the writer to write again; only beside a writer. */
  readonly keepsReleased?: boolean;
}

/** The position before the first frame of a segment. */
export function startOfSegment(segment: number): JournalPosition {
  return { segment, offset: segmentHeaderBytes };
}

/** What the journal's reader gives beyond the contract. */
export interface FileJournalReader extends JournalReader {
  /**
   * With `maxBytes`, ends also behind the append that reaches so many bytes: whoever reads a long
   * journal holds no more than that at once.
   */
  read(
    after: JournalPosition | undefined,
    limit: number,
    maxBytes?: number,
  ): readonly RecoveredFrame[];
  /** Identity of the journal; undefined while it has no segment. */
  journalId(): string | undefined;
  /** Number of the oldest segment that is left. */
  firstSegment(): number | undefined;
  close(): void;
}

interface OpenSegment {
  readonly fd: number;
  readonly header: SegmentHeader;
  readonly source: FrameSource;
}

interface Walk {
  readonly frames: RecoveredFrame[];
  readonly limit: number;
  /** How many bytes may still come. */
  bytesLeft: number;
  position: JournalPosition;
  /** Bytes at the start of the next segment that were read where their first write failed. */
  skip: number;
}

/** May run in another thread or process than the writer; it changes nothing but that old segments go. */
export function openJournalReader(options: OpenReaderOptions): FileJournalReader {
  return new FolderReader(options);
}

class FolderReader implements FileJournalReader {
  readonly #folder: string;
  readonly #io: JournalFs;
  readonly #keepsReleased: boolean;
  readonly #open = new Map<number, OpenSegment>();

  constructor({ folder, fs = nodeJournalFs, keepsReleased = false }: OpenReaderOptions) {
    this.#folder = folder;
    this.#io = fs;
    this.#keepsReleased = keepsReleased;
  }

  journalId(): string | undefined {
    const last = listSegments(this.#io, this.#folder).at(-1);
    return last === undefined ? undefined : this.#segment(last).header.journalId;
  }

  firstSegment(): number | undefined {
    return listSegments(this.#io, this.#folder)[0];
  }

  read(
    after: JournalPosition | undefined,
    limit: number,
    maxBytes = Number.POSITIVE_INFINITY,
  ): readonly RecoveredFrame[] {
    const numbers = listSegments(this.#io, this.#folder);
    const first = numbers[0];
    const last = numbers.at(-1);
    if (first === undefined || last === undefined) {
      if (after !== undefined) throw missing(after.segment);
      return [];
    }
    const position = after ?? startOfSegment(first);
    if (position.segment < first || position.segment > last) throw missing(position.segment);
    const walk: Walk = { frames: [], limit, bytesLeft: maxBytes, position, skip: 0 };
    while (this.#readSegment(walk, last) && !isFull(walk)) {
      const segment = walk.position.segment + 1;
      walk.position = { segment, offset: segmentHeaderBytes + walk.skip };
    }
    return walk.frames;
  }

  /** Reads on in one segment; true when it is read to its end and another one follows. */
  #readSegment(walk: Walk, last: number): boolean {
    const { segment, offset } = walk.position;
    const { fd, header, source } = this.#segment(segment);
    const next = segment < last ? this.#successor(header) : undefined;
    const end = next?.previousEnd ?? header.size;
    const isBehind = offset > end && (walk.skip > 0 || next?.failedTail !== undefined);
    walk.skip = isBehind ? Math.min(offset - end, next?.failedTail ?? 0) : 0;
    if (isBehind) return true;
    const before = walk.frames.length;
    const at = takeFrames(walk, source, end);
    const isRead = next !== undefined && !isFull(walk);
    if (next !== undefined && isRead) this.#checkEnd(source, next, at);
    source.forget();
    // INVARIANT: nothing is handed on before it is on disk, whatever the writer's own flush says
    if (walk.frames.length > before) this.#io.syncData(fd);
    return isRead;
  }

  #successor({ number, journalId }: SegmentHeader): SegmentHeader {
    const { header } = this.#segment(number + 1);
    if (header.journalId === journalId) return header;
    throw damaged(number + 1, 0, 'belongs to another journal');
  }

  #checkEnd(source: FrameSource, next: SegmentHeader, at: number): void {
    const { number, previousEnd, failedTail } = next;
    if (at !== previousEnd) throw damaged(number - 1, at, 'is damaged');
    // What a failed write left there is no record: nobody was told of it.
    if (failedTail === undefined && source.groupAt(previousEnd) !== undefined) {
      throw damaged(number - 1, previousEnd, 'goes on behind its recorded end');
    }
  }

  release(before: JournalPosition): void {
    for (const number of listSegments(this.#io, this.#folder).slice(0, -1)) {
      if (number >= before.segment) return;
      this.#forget(number);
      if (this.#keepsReleased) keepForLater(this.#io, this.#folder, number);
      else this.#io.remove(join(this.#folder, segmentName(number)));
    }
  }

  close(): void {
    for (const number of this.#open.keys()) this.#forget(number);
  }

  #forget(number: number): void {
    const open = this.#open.get(number);
    if (open === undefined) return;
    // INVARIANT: no number of a file is closed twice: by then it may be another's.
    this.#open.delete(number);
    try {
      this.#io.close(open.fd);
    } catch {
      // Nothing was written by it, and what was read was checked.
    }
  }

  #segment(number: number): OpenSegment {
    const known = this.#open.get(number);
    if (known !== undefined) return known;
    const fd = this.#io.open(join(this.#folder, segmentName(number)), openFlags.read);
    try {
      const header = readHeader(this.#io, fd, number);
      const opened = { fd, header, source: new FrameSource(this.#io, fd, header) };
      this.#open.set(number, opened);
      return opened;
    } catch (error) {
      this.#io.close(fd);
      throw error;
    }
  }
}

function isFull({ frames, limit, bytesLeft }: Walk): boolean {
  return frames.length >= limit || bytesLeft <= 0;
}

/** Adds the frames of the segment at hand; returns where they end. */
function takeFrames(walk: Walk, source: FrameSource, end: number): number {
  const { segment, offset } = walk.position;
  source.forget();
  let at = offset;
  while (!isFull(walk) && at < end) {
    const group = source.groupAt(at);
    if (group === undefined) break;
    for (const frame of group) {
      if (walk.frames.length >= walk.limit) break;
      at = frame.end;
      if (frame.kind === 'seal') continue;
      const { kind, tenant, retention, bytes } = frame;
      walk.frames.push({ kind, tenant, retention, bytes, position: { segment, offset: at } });
      walk.bytesLeft -= frame.bytes.length;
    }
  }
  return at;
}

function damaged(segment: number, offset: number, why: string): BailiwickError {
  return new BailiwickError('audit/inconsistent', {
    message: `segment ${segment} of the journal ${why} (byte ${offset})`,
  });
}

function missing(segment: number): BailiwickError {
  return new BailiwickError('audit/inconsistent', {
    message: `segment ${segment} of the journal is missing`,
  });
}
