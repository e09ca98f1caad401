export interface Follower {
  /** Looks now, or once more after the look that runs; resolves when that look is over. */
  look(): Promise<void>;
  stop(): void;
}

/**
 * One look at a time, so that what was read later is heard later. A look that fails keeps what the
 * listener has; the next change or beat looks again.
 */
export function createFollower(read: (live: () => boolean) => Promise<void>): Follower {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let stopped = false;
  const live = () => !stopped;
  const once = (): Promise<void> =>
    read(live)
      .catch(() => undefined)
      .finally(() => (running = undefined));
  const look = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    if (running === undefined) return (running = once());
    // The look that runs may have read before what is asked for now was written.
    next ??= running.then(() => {
      next = undefined;
      return look();
    });
    return next;
  };
  return { look, stop: () => void (stopped = true) };
}
