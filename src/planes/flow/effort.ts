/** What one step takes beside one character that is read. */
export const stepsOf = { find: 16, look: 6, keep: 34, word: 3, keepWord: 24, decode: 12 } as const;

/**
 * What may be spent on one result. INVARIANT: whoever runs out of it has not looked at all of it, and its source is
 * cut.
 */
export class Effort {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  get isSpent(): boolean {
    return this.#left < 0;
  }

  /** False: there was no more of it. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
