import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';

export interface Nonces {
  current(now: number): string;
  accepts(nonce: string, now: number): boolean;
}

/** Wall clocks step back a little when they are set; more than this makes old proofs young again. */
export const clockStepBackMs = 1_000;

/**
 * Of this gateway alone: a proof that was made for another one carries a nonce nobody here knows.
 * INVARIANT: when the clock goes back, every nonce that was ever given out is void, because the
 * replay book may have forgotten proofs that would be fresh again.
 */
export function createNonces(): Nonces {
  let current = newCapability();
  let previous = newCapability();
  let turnedAt: number | undefined;
  let newest = Number.NEGATIVE_INFINITY;
  const turn = (now: number): void => {
    const wentBack = now < newest - clockStepBackMs;
    newest = wentBack ? now : Math.max(newest, now);
    turnedAt ??= now;
    const age = now - turnedAt;
    if (!wentBack && age < limits.nonceMs) return;
    previous = wentBack || age >= 2 * limits.nonceMs ? newCapability() : current;
    current = newCapability();
    turnedAt = now;
  };
  return {
    current(now) {
      turn(now);
      return current;
    },
    accepts(nonce, now) {
      turn(now);
      return nonce === current || nonce === previous;
    },
  };
}
