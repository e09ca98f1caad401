/** Places that many share. INVARIANT: nobody can fill it alone, however much they ask. */
export interface FairPool {
  /** True: one place more is held for `holder`, until it is given back. */
  take(holder: string): boolean;
  give(holder: string): void;
  /** It was refused for lack of room alone: with a larger pool it would have its place. */
  lacksRoom(holder: string): boolean;
  /** All that is held. */
  readonly taken: number;
  readonly isEmpty: boolean;
}

/**
 * A holder gets a place while it holds less than an even share, counted as if one more were about to
 * come: whoever is alone gets half, and with each holder that comes the share of all shrinks. Who
 * holds more from before keeps it and gets nothing new until it is below.
 *
 * INVARIANT: what is shared out does not grow with what is borrowed. Of several pools each shares out
 * its own part, so that a holder at all of them has no more than its share of the whole.
 */
export function createFairPool(sizeNow: () => number, sharedOut = sizeNow()): FairPool {
  const held = new Map<string, number>();
  let total = 0;
  const isBelowShare = (own: number): boolean => {
    const holders = held.size + (own === 0 ? 1 : 0);
    return own < Math.max(1, Math.floor(sharedOut / (holders + 1)));
  };
  return {
    take(holder) {
      const own = held.get(holder) ?? 0;
      if (total >= sizeNow() || !isBelowShare(own)) return false;
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
    lacksRoom: (holder) => total >= sizeNow() && isBelowShare(held.get(holder) ?? 0),
    get taken() {
      return total;
    },
    get isEmpty() {
      return total === 0;
    },
  };
}
