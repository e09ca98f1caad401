import { limits } from '#kernel/limits.ts';

/**
 * Which decisions are asked of the reference implementation too: the first of each kind, then ever
 * fewer of it, and of all together one every `policySampleMs`. INVARIANT: asking takes no more of a processor than `policySampleMsPerSecond`, however many
 * calls there are and whatever they ask.
 */
export interface Samples {
  /** Of each kind of question: what it is about, and which rules answered. */
  isDue(about: string, rules: string): boolean;
  /** What it took; only then more can be asked. */
  spent(ms: number): void;
}

/** Until it is known what a question takes. */
const guessMs = 1;

export function createSamples(now: () => number = () => performance.now()): Samples {
  const seen = new Map<string, Map<string, number>>();
  let kinds = 0;
  let left: number = limits.policySampleBurstMs;
  let at = now();
  let last = at;
  const refill = (time: number): void => {
    left += ((time - at) * limits.policySampleMsPerSecond) / 1_000;
    left = Math.min(left, limits.policySampleBurstMs);
    at = time;
  };
  const ofKind = (about: string): Map<string, number> => {
    const known = seen.get(about);
    if (known !== undefined) return known;
    const made = new Map<string, number>();
    seen.set(about, made);
    return made;
  };
  return {
    isDue(about, rules) {
      const counts = ofKind(about);
      const count = counts.get(rules) ?? 0;
      if (count === 0 && ++kinds > limits.policySampleKinds) {
        seen.clear();
        kinds = 0;
      }
      const time = now();
      // The 1st, 2nd, 4th, 8th …: it stays due until it can be asked.
      const isDue = (count & (count + 1)) === 0 || time - last >= limits.policySampleMs;
      if (isDue) {
        refill(time);
        if (left < guessMs) return false;
        left -= guessMs;
        last = time;
      }
      counts.set(rules, count + 1);
      return isDue;
    },
    spent(ms) {
      left -= ms - guessMs;
    },
  };
}
