import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';

/** What authenticators are asked to sign, by who was asked: a browser, or a person. */
export interface Challenges {
  make(holder: string): string;
  /** INVARIANT: each is taken once, by whoever it was made for, and never when its time is over. */
  take(holder: string): string | undefined;
}

/** In memory: whoever was asked before a restart is asked again. The oldest goes when there are too many. */
export function createChallenges(clock: Clock): Challenges {
  const open = new Map<string, { readonly challenge: string; readonly until: number }>();
  return {
    make(holder) {
      const challenge = newCapability() + newCapability();
      open.delete(holder);
      open.set(holder, { challenge, until: clock.now() + limits.passkeyChallengeMs });
      const [oldest] = open.keys();
      if (open.size > limits.passkeyChallenges && oldest !== undefined) open.delete(oldest);
      return challenge;
    },
    take(holder) {
      const found = open.get(holder);
      open.delete(holder);
      return found !== undefined && clock.now() < found.until ? found.challenge : undefined;
    },
  };
}
