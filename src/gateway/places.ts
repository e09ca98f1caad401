import type { Fellow, Fellows, Greeting, LoanOfPlaces, PlaceKind } from '#contracts/fellows.ts';

/**
 * So many places under each name, over all gateways of a listener. Each may fill its share and asks
 * nobody; who needs more borrows what is free elsewhere. INVARIANT: what is lent is taken off here
 * before it is added there, so that the places of all together never grow.
 */
export interface Places {
  /** How many there are here when none is lent or borrowed. */
  readonly share: number;
  /** How many there are here now, with what was borrowed and without what was lent. */
  size(key: string): number;
  /** Looks for more; undefined when there is nobody to ask, or nobody had any a moment ago. */
  more(key: string): Promise<boolean> | undefined;
  /** Nothing is taken under this name any more: what was borrowed goes back. */
  idle(key: string): void;
  /** For another gateway: gives away what is free; `taken` are those in use. */
  lend(ask: LoanOfPlaces, taken: number): number;
  takeBack(back: LoanOfPlaces): void;
  /** What is borrowed of this one. */
  holdsOf(fellow: number): Greeting['holds'];
  /** All that this one has borrowed here: whatever was thought before. */
  greeted(fellow: number, holds: Greeting['holds']): void;
}

/** How long nobody is asked again after nobody had anything. */
const dryMs = 20;

export interface PlacesOptions {
  readonly kind: PlaceKind;
  /** Over all of them. */
  readonly bound: number;
  readonly fellows: Fellows;
  readonly monotonic: () => number;
}

export function createPlaces({ kind, bound, fellows, monotonic }: PlacesOptions): Places {
  const { index, count, others } = fellows;
  const share = Math.floor(bound / count) + (index < bound % count ? 1 : 0);
  const atOnce = Math.max(1, bound >> 5);
  // INVARIANT: two books. What is asked and what is answered for cross each other on two lines, so
  // what one direction says must never change what the other one knows.
  const borrowed = new Loans();
  const lent = new Loans();
  const size = (key: string): number => Math.max(0, share + borrowed.sum(key) - lent.sum(key));
  const asking = new Map<string, Promise<boolean>>();
  const dryUntil = new Map<string, number>();

  const borrow = async (key: string): Promise<boolean> => {
    for (const other of others.filter(({ connected }) => connected)) {
      const got = await borrowOf(other, { of: index, kind, key, places: atOnce });
      borrowed.add(key, other.index, got);
      if (got > 0) return true;
    }
    dryUntil.set(key, monotonic() + dryMs);
    return false;
  };
  return {
    share,
    size,
    more(key) {
      if (count === 1) return undefined;
      const already = asking.get(key);
      if (already !== undefined) return already;
      if ((dryUntil.get(key) ?? 0) > monotonic()) return undefined;
      dryUntil.delete(key);
      const ask = borrow(key).finally(() => asking.delete(key));
      asking.set(key, ask);
      return ask;
    },
    idle(key) {
      dryUntil.delete(key);
      for (const other of others) {
        const places = borrowed.of(key, other.index);
        if (places === 0 || !other.connected) continue;
        borrowed.add(key, other.index, -places);
        // Lost on its way it is with the other one again when they next meet: the line ends with it.
        other.ask.giveBack({ of: index, kind, key, places }).catch(() => undefined);
      }
    },
    lend({ of, key, places }, taken) {
      // INVARIANT: never what it borrowed itself: that is given back while this loan still stands.
      const own = share - lent.sum(key);
      const given = Math.max(0, Math.min(places, size(key) - taken, own));
      lent.add(key, of, given);
      return given;
    },
    takeBack({ of, key, places }) {
      // What is said twice is taken once: it never has more than was lent.
      lent.add(key, of, -Math.min(places, lent.of(key, of)));
    },
    holdsOf: (fellow) => borrowed.with(fellow).map(([key, places]) => ({ kind, key, places })),
    greeted(fellow, holds) {
      const theirs = holds.filter((one) => one.kind === kind);
      lent.replace(fellow, theirs);
    },
  };
}

/** Nothing when it does not answer in time: what it lent it has again when they next meet, at once. */
async function borrowOf(other: Fellow, ask: LoanOfPlaces): Promise<number> {
  try {
    return await other.ask.lend(ask);
  } catch {
    return 0;
  }
}

/** By name and fellow: so many places, never less than none. */
class Loans {
  readonly #of = new Map<string, Map<number, number>>();

  of(key: string, fellow: number): number {
    return this.#of.get(key)?.get(fellow) ?? 0;
  }

  sum(key: string): number {
    const known = this.#of.get(key);
    if (known === undefined) return 0;
    let sum = 0;
    for (const places of known.values()) sum += places;
    return sum;
  }

  add(key: string, fellow: number, places: number): void {
    this.#set(key, fellow, this.of(key, fellow) + places);
  }

  with(fellow: number): (readonly [string, number])[] {
    return [...this.#of.keys()].flatMap((key) => {
      const places = this.of(key, fellow);
      return places > 0 ? [[key, places] as const] : [];
    });
  }

  /** All that there is with this one, whatever was known before. */
  replace(fellow: number, all: Greeting['holds']): void {
    for (const [key] of this.with(fellow)) this.#set(key, fellow, 0);
    for (const { key, places } of all) this.#set(key, fellow, places);
  }

  /** INVARIANT: a name without any loan is not kept. */
  #set(key: string, fellow: number, places: number): void {
    const known = this.#of.get(key) ?? new Map<number, number>();
    if (places <= 0) known.delete(fellow);
    else known.set(fellow, places);
    if (known.size === 0) this.#of.delete(key);
    else this.#of.set(key, known);
  }
}
