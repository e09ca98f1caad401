export interface Turns {
  /** Runs `step` after every earlier one of the same key has ended. */
  take<Answer>(key: string, step: () => Promise<Answer>): Promise<Answer>;
}

/** One act at a time per key: two people who press at once do not both go on record. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(key, step) {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(step, step);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
