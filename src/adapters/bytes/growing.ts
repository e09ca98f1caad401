/**
 * Bytes that arrive in pieces. INVARIANT: holds about what arrived, also when a hostile sender
 * sends it byte by byte; a list of pieces would cost a hundred times as much.
 */
export interface Growing {
  readonly length: number;
  add(piece: Uint8Array): void;
  addByte(byte: number): void;
  /** Everything so far; begins anew. */
  take(): Buffer;
}

const empty: Buffer = Buffer.alloc(0);
const firstSize = 4_096;

export function createGrowing(): Growing {
  let held: Buffer = empty;
  let length = 0;
  const reserve = (bytes: number): void => {
    if (length + bytes <= held.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(firstSize, held.length * 2, length + bytes));
    held.copy(larger, 0, 0, length);
    held = larger;
  };
  return {
    get length() {
      return length;
    },
    add(piece) {
      reserve(piece.length);
      held.set(piece, length);
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
      return whole;
    },
  };
}
