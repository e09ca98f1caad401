import { limits } from '#kernel/limits.ts';

/** How long to leave a receiver alone that did not take what it was given. */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  /** `random` answers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  reset(): void {
    this.#tries = 0;
  }

  /**
   * Twice as long each time, and not when all others come back too. A receiver may say when, and no longer
   * than is waited anyhow: whoever asks for a year would else have turned its export off.
   */
  next(afterMs: number | undefined): number {
    const usual = Math.min(limits.exportRetryMostMs, limits.exportRetryMs * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 30);
    if (afterMs !== undefined && Number.isFinite(afterMs)) {
      const asked = Math.min(Math.max(afterMs, limits.exportRetryMs), limits.exportRetryMostMs);
      return Math.round(asked + this.#random() * limits.exportRetryMs);
    }
    return Math.round(usual / 2 + (this.#random() * usual) / 2);
  }
}
