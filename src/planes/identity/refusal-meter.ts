import { limits } from '#kernel/limits.ts';
import { createBoundedCache } from './bounded-cache.ts';

/**
 * Nobody fills the disk by being refused: of each minute and source so many refusals are written
 * one by one, and the rest are counted into the next one that is written.
 */
export interface RefusalMeter {
  /** How many refusals the record to be written stands for; undefined when none is to be written. */
  count(source: string, now: number): number | undefined;
}

interface Window {
  start: number;
  written: number;
  unwritten: number;
}

export function createRefusalMeter(): RefusalMeter {
  const windows = createBoundedCache<Window>(limits.refusalSources);
  return {
    count(source, now) {
      const window = windows.get(source) ?? { start: now, written: 0, unwritten: 0 };
      windows.set(source, window);
      if (Math.abs(now - window.start) >= limits.refusalWindowMs) {
        window.start = now;
        window.written = 0;
      }
      if (window.written >= limits.repeatedRefusals) {
        window.unwritten += 1;
        return undefined;
      }
      window.written += 1;
      const stands = window.unwritten + 1;
      window.unwritten = 0;
      return stands;
    },
  };
}
