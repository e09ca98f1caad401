export interface Follower {
  /** Looks now, or once more after the look that runs. */
  look(): void;
  stop(): void;
}

/**
 * One look at a time, so that what was read later is heard later. A look that fails keeps what the
 * listener has; the next change or beat looks again.
 */
export function createFollower(read: (live: () => boolean) => Promise<void>): Follower {
  let running = false;
  let again = false;
  let stopped = false;
  const live = () => !stopped;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await read(live).catch(() => undefined);
      // `look` and `stop` are called while the line above waits.
    } while (wanted());
    running = false;
  };
  const wanted = () => again && !stopped;
  return {
    look() {
      if (stopped) return;
      again = true;
      if (!running) void run();
    },
    stop: () => void (stopped = true),
  };
}
