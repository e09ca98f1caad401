/**
 * Bytes that arrive in pieces. INVARIANT: holds about what arrived, also when a hostile sender
 * sends it byte by byte; a list of pieces would cost a hundred times as much. Nobody writes into a
 * piece that was given, nor into what is taken.
 */
export interface Growing {
  readonly length: number;
  add(piece: Buffer): void;
  addByte(byte: number): void;
  /** Everything so far; begins anew. */
  take(): Buffer;
}

const empty: Buffer = Buffer.alloc(0);
const firstSize = 4_096;

export function createGrowing(): Growing {
  let held: Buffer = empty;
  let length = 0;
  /** Held is a piece as it came, which is not ours to write into. */
  let isLent = false;
  const reserve = (bytes: number): void => {
    if (!isLent && length + bytes <= held.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(firstSize, held.length * 2, length + bytes));
    held.copy(larger, 0, 0, length);
    held = larger;
    isLent = false;
  };
  return {
    get length() {
      return length;
    },
    add(piece) {
      // Most of what arrives is one piece: it is kept as it is.
      if (length === 0 && isMostOfWhatItHolds(piece)) {
        held = piece;
        isLent = true;
      } else {
        reserve(piece.length);
        held.set(piece, length);
      }
      length += piece.length;
    },
    addByte(byte) {
      reserve(1);
      held[length] = byte;
      length += 1;
    },
    take() {
      const whole = held.subarray(0, length);
      held = empty;
      length = 0;
      isLent = false;
      return whole;
    },
  };
}

/** To keep a piece is to keep all of the memory that it is a part of. */
function isMostOfWhatItHolds({ length, buffer }: Buffer): boolean {
  return length > 0 && length * 2 >= buffer.byteLength;
}
