import type { ManualClock } from '#kernel/time.ts';

/** Whoever waits lets the time pass. */
export function passingTimer(clock: Pick<ManualClock, 'advance'>) {
  return {
    after(milliseconds: number, run: () => void): () => void {
      clock.advance(milliseconds);
      run();
      return () => undefined;
    },
  };
}
