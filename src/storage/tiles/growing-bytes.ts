/** So much is kept for the next use; a few large entries must not hold memory for good. */
const keptBytes = 1024 * 1024;
const firstBytes = 4 * 1024;

/**
 * Bytes that are added to and written as a whole. What is added is copied: an entry that points into
 * a window of the journal would keep that whole window in memory.
 */
export class GrowingBytes {
  #bytes = Buffer.allocUnsafeSlow(firstBytes);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** Valid until the next change. */
  get view(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Room for so many bytes more, for the caller to fill at once. */
  grow(length: number): Buffer {
    const start = this.#used;
    this.#used += length;
    if (this.#used > this.#bytes.length) this.#enlarge(start);
    return this.#bytes.subarray(start, this.#used);
  }

  clear(): void {
    this.#used = 0;
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(firstBytes);
  }

  #enlarge(used: number): void {
    let capacity = this.#bytes.length;
    while (capacity < this.#used) capacity *= 2;
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}
