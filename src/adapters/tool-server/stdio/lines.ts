import { limits } from '#kernel/limits.ts';
import { createGrowing } from '../../bytes/growing.ts';
import { envelopeBytes } from '../wire/answer.ts';
import type { CutMessage } from '../wire/cut-answer.ts';

const newline = 10;
/** Of a line that is too long: so much of its end is looked at. */
const tailBytes = 256;
const headBytes = limits.resultBytes + envelopeBytes;

/** Cuts a stream into lines. `push` answers false when a line is longer than anybody waits for. */
export interface Lines {
  push(chunk: Buffer): boolean;
}

/** Of lines over the cap. */
export interface LongLines {
  /** By its beginning: whether somebody waits for it, asked as long as it goes on. */
  readonly isWaitedFor?: (head: Buffer) => () => boolean;
  readonly now?: () => number;
}

/**
 * With `onCut` a line over the cap is counted to its end, and told by its beginning and its end.
 * INVARIANT: it holds no more of such a line than that, however long it is; and what nobody waits for, or
 * takes too long, is not read to its end.
 */
export function createLines(
  maxBytes: number,
  onLine: (line: Buffer) => void,
  onCut?: (cut: CutMessage) => void,
  { isWaitedFor = () => () => true, now = () => performance.now() }: LongLines = {},
): Lines {
  const part = createGrowing();
  let drained: Drained | undefined;
  let isWanted = (): boolean => true;
  let drainedSince = 0;
  const begin = (piece: Buffer): Drained => {
    const begun = drain(part.take(), piece);
    isWanted = isWaitedFor(begun.head);
    drainedSince = now();
    return begun;
  };
  const isEndless = ({ bytes }: Drained): boolean => {
    const most = isWanted() ? limits.drainedBytes : limits.drainedChatterBytes;
    return bytes > most || now() - drainedSince > limits.drainedMs;
  };
  /** A piece of a line; `ends`: the last one. */
  const take = (piece: Buffer, ends: boolean): boolean => {
    if (drained === undefined && part.length + piece.length > maxBytes) {
      if (onCut === undefined) return false;
      drained = begin(piece);
    } else drained?.add(piece);
    if (drained !== undefined) {
      if (isEndless(drained)) return false;
      if (ends) onCut?.(drained.told());
      if (ends) drained = undefined;
      return true;
    }
    if (!ends) part.add(piece);
    else if (part.length === 0) onLine(piece);
    else {
      part.add(piece);
      onLine(part.take());
    }
    return true;
  };
  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(newline, start);
        if (end === -1) break;
        if (!take(chunk.subarray(start, end), true)) return false;
        start = end + 1;
      }
      return start === chunk.length || take(chunk.subarray(start), false);
    },
  };
}

interface Drained {
  readonly head: Buffer;
  readonly bytes: number;
  add(piece: Buffer): void;
  told(): CutMessage;
}

function drain(before: Buffer, piece: Buffer): Drained {
  // Copied, so that the rest of what it was a part of is let go.
  const head = Buffer.from(
    before.length >= headBytes ? before.subarray(0, headBytes) : Buffer.concat([before, piece]),
  ).subarray(0, headBytes);
  let tail: Buffer = Buffer.alloc(0);
  let bytes = before.length;
  const add = (more: Buffer): void => {
    bytes += more.length;
    const last = more.subarray(-tailBytes);
    tail = Buffer.concat([tail, last]).subarray(-tailBytes);
  };
  add(piece);
  return {
    head,
    get bytes() {
      return bytes;
    },
    add,
    told: () => ({ head, tail, bytes }),
  };
}
