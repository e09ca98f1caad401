import type { JournalFrame, JournalPosition } from '#contracts/journal.ts';
import {
  bindFrame,
  encodeFrame,
  frameFlag,
  frameSize,
  markLastOfBatch,
  sizeFromHeader,
} from './frame.ts';

/** The frames of one append: on disk together or not at all. */
interface Group {
  readonly end: number;
  /** May use the space that is set aside. */
  readonly reserved: boolean;
  readonly resolve: (position: JournalPosition) => void;
  readonly reject: (error: Error) => void;
}

const firstCapacity = 256 * 1024;

/** What waits for the next write: frames encoded one behind the other, and who waits for them. */
export class PendingBatch {
  #bytes = Buffer.allocUnsafe(firstCapacity);
  #used = 0;
  readonly #groups: Group[] = [];
  /** Groups before this one, and bytes before this offset, are written. */
  #nextGroup = 0;
  #start = 0;
  #ordinary = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get used(): number {
    return this.#used;
  }

  get isEmpty(): boolean {
    return this.#nextGroup === this.#groups.length;
  }

  /** How many wait that may not use the space that is set aside. */
  get ordinary(): number {
    return this.#ordinary;
  }

  add(frames: readonly JournalFrame[], size: number, waiting: Omit<Group, 'end'>): void {
    this.#reserve(size);
    for (let at = 0; at < frames.length; at += 1) {
      const flags = at === frames.length - 1 ? frameFlag.lastOfGroup : 0;
      this.#used = encodeFrame(this.#bytes, this.#used, frames[at] as JournalFrame, flags);
    }
    const { reserved, resolve, reject } = waiting;
    if (!reserved) this.#ordinary += 1;
    this.#groups.push({ end: this.#used, reserved, resolve, reject });
  }

  /** How many of the waiting groups fit into `room` bytes, and how long they are. */
  fitting(room: number): { readonly groups: number; readonly length: number } {
    let groups = 0;
    let length = 0;
    for (let i = this.#nextGroup; i < this.#groups.length; i += 1) {
      const end = (this.#groups[i]?.end ?? 0) - this.#start;
      if (end > room) break;
      groups += 1;
      length = end;
    }
    return { groups, length };
  }

  /** Binds the next `length` bytes to their place; returns where they start in `bytes`. */
  bind(length: number, place: { seed: number; offset: number; batch: number }): number {
    const start = this.#start;
    const end = start + length;
    for (let at = start; at < end; ) {
      markLastOfBatch(this.#bytes, at, at + sizeFromHeader(this.#bytes, at) === end);
      at = bindFrame(this.#bytes, at, { ...place, offset: place.offset + at - start });
    }
    return start;
  }

  /** The next `groups` are on disk: tells those who wait, each where its last frame ends. */
  settle(groups: number, segment: number, offset: number): void {
    const start = this.#start;
    const until = this.#nextGroup + groups;
    this.#start = this.#groups[until - 1]?.end ?? start;
    for (; this.#nextGroup < until; this.#nextGroup += 1) {
      const group = this.#groups[this.#nextGroup];
      if (group?.reserved === false) this.#ordinary -= 1;
      group?.resolve({ segment, offset: offset + group.end - start });
    }
    if (this.isEmpty) this.#reset();
  }

  rejectAll(error: Error): void {
    for (const group of this.#groups.slice(this.#nextGroup)) group.reject(error);
    this.#reset();
  }

  /** Tells everybody no, but those who may use what is set aside: they wait on, close together. */
  rejectOrdinary(error: Error): void {
    const waiting = this.#groups.slice(this.#nextGroup);
    const kept: Group[] = [];
    let from = this.#start;
    let to = 0;
    for (const group of waiting) {
      if (group.reserved) {
        this.#bytes.copyWithin(to, from, group.end);
        to += group.end - from;
        kept.push({ ...group, end: to });
      } else group.reject(error);
      from = group.end;
    }
    this.#reset();
    this.#groups.push(...kept);
    this.#used = to;
  }

  #reset(): void {
    this.#ordinary = 0;
    this.#groups.length = 0;
    this.#nextGroup = 0;
    this.#start = 0;
    this.#used = 0;
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    let capacity = this.#bytes.length;
    while (capacity < this.#used + size) capacity *= 2;
    const grown = Buffer.allocUnsafe(capacity);
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}

export function groupSize(frames: readonly JournalFrame[]): number {
  let size = 0;
  for (const frame of frames) size += frameSize(frame);
  return size;
}
