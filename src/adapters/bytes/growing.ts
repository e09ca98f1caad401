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
  return new GrowingBytes();
}

/** A class: an object that is made with a getter in it costs V8 a runtime call, for each body of each answer. */
class GrowingBytes implements Growing {
  #held: Buffer = empty;
  #length = 0;
  /** Held is a piece as it came, which is not ours to write into. */
  #isLent = false;

  get length(): number {
    return this.#length;
  }

  add(piece: Buffer): void {
    // Most of what arrives is one piece: it is kept as it is.
    if (this.#length === 0 && isMostOfWhatItHolds(piece)) {
      this.#held = piece;
      this.#isLent = true;
    } else {
      this.#reserve(piece.length);
      this.#held.set(piece, this.#length);
    }
    this.#length += piece.length;
  }

  addByte(byte: number): void {
    this.#reserve(1);
    this.#held[this.#length] = byte;
    this.#length += 1;
  }

  take(): Buffer {
    const whole = this.#held.subarray(0, this.#length);
    this.#held = empty;
    this.#length = 0;
    this.#isLent = false;
    return whole;
  }

  #reserve(bytes: number): void {
    if (!this.#isLent && this.#length + bytes <= this.#held.length) return;
    const size = Math.max(firstSize, this.#held.length * 2, this.#length + bytes);
    const larger = Buffer.allocUnsafeSlow(size);
    this.#held.copy(larger, 0, 0, this.#length);
    this.#held = larger;
    this.#isLent = false;
  }
}

/** To keep a piece is to keep all of the memory that it is a part of. */
function isMostOfWhatItHolds({ length, buffer }: Buffer): boolean {
  return length > 0 && length * 2 >= buffer.byteLength;
}
