import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Actor } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { RefusalRecords } from './enrolment-records.ts';

export interface IssueTurn {
  readonly of: 'instance' | 'person' | 'exchange';
  readonly tenant: string;
  readonly name: string;
  readonly actor: Actor;
}

/**
 * How often tokens are issued. INVARIANT: each token is a record, so what one instance or one person
 * can make the log grow by is bounded, however often they ask; who asks too often is counted.
 */
export interface IssueRate {
  /**
   * Before anything is recorded or made: refuses with `identity/too-many-tokens` and the time to
   * wait when there was one too many.
   */
  take(turn: IssueTurn): Promise<void>;
}

interface Bucket {
  readonly left: number;
  readonly at: number;
}

const perMinute = {
  instance: limits.tokensPerInstancePerMinute,
  person: limits.tokensPerPersonPerMinute,
  exchange: limits.exchangesPerInstancePerMinute,
} as const;

/** In memory: after a restart every bucket is full again, and that is all. */
export function createIssueRate(refusals: RefusalRecords, clock: Clock): IssueRate {
  const buckets = createBoundedCache<Bucket>(limits.refusalSources);
  return {
    async take({ of, tenant, name, actor }) {
      const most = perMinute[of];
      const key = `${of}\n${tenant}\n${name}`;
      const at = clock.monotonic();
      const known = buckets.get(key) ?? { left: most, at };
      const grown = (Math.max(0, at - known.at) * most) / 60_000;
      const left = Math.min(most, known.left + grown);
      if (left >= 1) {
        buckets.set(key, { left: left - 1, at });
        return;
      }
      const retryAfter = Math.max(1, Math.ceil(((1 - left) * 60) / most));
      const fault = new BailiwickError('identity/too-many-tokens', { retryAfter });
      await refusals.refuse({ type: 'token.refused', tenant, actor, fault, source: key });
    },
  };
}
