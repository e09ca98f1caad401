/** Waiting, injected, so that tests own the time. */
export interface Timer {
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** Runs it once, later; the answer calls it off. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

export const systemTimer: Timer = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timeout = setTimeout(run, milliseconds);
    return () => clearTimeout(timeout);
  },
};
