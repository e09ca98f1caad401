import { limits } from '#kernel/limits.ts';

/** Between any two looks at it a lease of labels has passed: nothing is fresh, and nobody has to wait. */
export function hastyTimer() {
  let now = 0;
  return {
    now: () => (now += limits.labelLeaseMs),
    after(_milliseconds: number, run: () => void): () => void {
      run();
      return () => undefined;
    },
  };
}
