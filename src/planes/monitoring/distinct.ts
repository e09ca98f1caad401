import { crc32 } from 'node:zlib';

const bits = 16_384;

/**
 * How many different things were seen, never too many: a few that fall together count as one, so
 * the answer is "at least". INVARIANT: its size does not depend on how many there are.
 */
export class Distinct {
  #first: string | undefined;
  #seen: Uint8Array | undefined;
  #atLeast = 0;

  get atLeast(): number {
    return this.#atLeast;
  }

  add(what: string): void {
    if (this.#first === what) return;
    if (this.#first === undefined) {
      this.#first = what;
      this.#atLeast = 1;
      return;
    }
    if (this.#seen === undefined) {
      this.#seen = new Uint8Array(bits / 8);
      this.#mark(this.#seen, this.#first);
    }
    if (this.#mark(this.#seen, what)) this.#atLeast += 1;
  }

  #mark(seen: Uint8Array, what: string): boolean {
    const place = crc32(what) % bits;
    const at = place >> 3;
    const bit = 1 << (place & 7);
    const before = seen[at] ?? 0;
    seen[at] = before | bit;
    return (before & bit) === 0;
  }
}
