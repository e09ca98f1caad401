import type { Clock } from '#kernel/time.ts';

export interface KeptTimes {
  /** So long it is believed unasked. */
  readonly freshMs: number;
  /** So long, from when it was asked for, it is believed when it cannot be asked for again. */
  readonly staleMs: number;
  /** No two questions come closer, whatever callers want. */
  readonly againMs: number;
}

/** What somebody elsewhere says, kept for a while. */
export interface Kept<T> {
  get(): Promise<T>;
  /** Asked anew, unless it was asked a moment ago: then as it is. */
  renew(): Promise<T>;
}

/**
 * INVARIANT: however many ask, and whatever they ask about, the other end is asked once in `againMs`; and what
 * is too old is never answered.
 */
export function createKept<T>(
  load: () => Promise<T>,
  times: KeptTimes,
  clock: Pick<Clock, 'monotonic'>,
): Kept<T> {
  let value: { readonly known: T; readonly at: number } | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  let fault: unknown;
  let running: Promise<T> | undefined;

  const ask = (): Promise<T> => {
    asked = clock.monotonic();
    running = load()
      .then((known) => {
        value = { known, at: asked };
        return known;
      })
      .catch((why: unknown) => {
        fault = why;
        return old(why);
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };
  /** While the other end is away. */
  const old = (why: unknown): T => {
    if (value !== undefined && clock.monotonic() - value.at < times.staleMs) return value.known;
    throw why;
  };
  const askedNow = (): boolean => clock.monotonic() - asked < times.againMs;
  return {
    async get() {
      if (value !== undefined && clock.monotonic() - value.at < times.freshMs) return value.known;
      if (running !== undefined) return running;
      return askedNow() ? old(fault) : ask();
    },
    async renew() {
      if (running !== undefined) return running;
      return askedNow() && value !== undefined ? value.known : ask();
    },
  };
}
