/** Places that many share. INVARIANT: nobody can fill it alone, however much they ask. */
export interface FairPool {
  /** True: one place more is held for `holder`, until it is given back. */
  take(holder: string): boolean;
  give(holder: string): void;
  /** All that is held. */
  readonly taken: number;
  readonly isEmpty: boolean;
}

/**
 * A holder gets a place while it holds less than an even share, counted as if one more were about to
 * come: whoever is alone gets half, and with each holder that comes the share of all shrinks. Who
 * holds more from before keeps it and gets nothing new until it is below.
 */
export function createFairPool(sizeNow: () => number): FairPool {
  const held = new Map<string, number>();
  let total = 0;
  return {
    take(holder) {
      const own = held.get(holder) ?? 0;
      const holders = held.size + (own === 0 ? 1 : 0);
      const size = sizeNow();
      const share = Math.max(1, Math.floor(size / (holders + 1)));
      if (total >= size || own >= share) return false;
      held.set(holder, own + 1);
      total += 1;
      return true;
    },
    give(holder) {
      const own = held.get(holder);
      if (own === undefined) return;
      total -= 1;
      if (own === 1) held.delete(holder);
      else held.set(holder, own - 1);
    },
    get taken() {
      return total;
    },
    get isEmpty() {
      return total === 0;
    },
  };
}
