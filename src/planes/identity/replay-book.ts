/**
 * Proofs that were used, until they are too old to be used again. Bounded, and never forgetful: when
 * it is full the answer is no, because a forgotten proof is a replayable one.
 */
export interface ReplayBook {
  /** False when it was there before, or when there is no room to remember it. */
  remember(key: string, expiresAt: number, now: number): boolean;
}

export function createReplayBook(most: number): ReplayBook {
  // Two generations instead of a timer each: the older one goes when all of it has expired.
  let current = new Map<string, number>();
  let older = new Map<string, number>();
  let turnAt = 0;
  return {
    remember(key, expiresAt, now) {
      if (now >= turnAt) {
        older = keepFresh(current, now);
        current = new Map();
        turnAt = Math.max(expiresAt, now + 1);
      }
      if (current.has(key) || (older.get(key) ?? 0) > now) return false;
      if (current.size + older.size >= most) return false;
      current.set(key, expiresAt);
      return true;
    },
  };
}

function keepFresh(entries: Map<string, number>, now: number): Map<string, number> {
  const fresh = new Map<string, number>();
  for (const [key, expiresAt] of entries) if (expiresAt > now) fresh.set(key, expiresAt);
  return fresh;
}
