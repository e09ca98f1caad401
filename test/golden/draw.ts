/** Chance that is the same in every run: 32 bits of state, drawn from a seed. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e37_79b1) >>> 0;
  }

  /** From 0 to just below 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  /** True so often in a hundred. */
  in100(percent: number): boolean {
    return this.#next() * 100 < percent;
  }

  one<T>(of: readonly T[]): T {
    if (of.length === 0) throw new RangeError('nothing to draw from');
    return of[this.below(of.length)] as T;
  }

  /** Each as often as its weight says. */
  weighted<T>(of: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#next() * of.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of of) {
      left -= weight;
      if (left < 0) return value;
    }
    return this.one(of)[1];
  }
}
