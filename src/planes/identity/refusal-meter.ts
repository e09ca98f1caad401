import { limits } from '#kernel/limits.ts';

/**
 * Whoever proves nothing may not fill the disk: of each minute so many refusals of strangers are
 * written one by one, and the rest are counted into the next one that is written.
 */
export interface RefusalMeter {
  /** How many refusals the record to be written stands for; undefined when none is to be written. */
  count(now: number): number | undefined;
}

export function createRefusalMeter(): RefusalMeter {
  let windowStart = Number.NEGATIVE_INFINITY;
  let written = 0;
  let unwritten = 0;
  return {
    count(now) {
      if (Math.abs(now - windowStart) >= limits.refusalWindowMs) {
        windowStart = now;
        written = 0;
      }
      if (written >= limits.repeatedRefusals) {
        unwritten += 1;
        return undefined;
      }
      written += 1;
      const stands = unwritten + 1;
      unwritten = 0;
      return stands;
    },
  };
}
