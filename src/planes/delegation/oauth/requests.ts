import { BailiwickError } from '#kernel/errors.ts';
import { newCapability } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import type { AuthorizationRequest } from './door.ts';

interface Kept {
  readonly request: AuthorizationRequest;
  readonly source: string;
}

/**
 * Requests that wait for their user, under a short name. In memory: after a restart the client begins again.
 * INVARIANT: bounded, and no source takes another one's room.
 */
export function createRequests(clock: Pick<Clock, 'now'>) {
  const kept = new Map<string, Kept>();
  const forget = (): void => {
    const now = clock.now();
    // In the order of their time: the first that is not over ends the search.
    for (const [id, { request }] of kept) {
      if (request.expiresAt > now) return;
      kept.delete(id);
    }
  };
  return {
    put(asked: Omit<AuthorizationRequest, 'id' | 'expiresAt'>, source: string) {
      forget();
      const own = [...kept.values()].filter((one) => one.source === source).length;
      if (kept.size >= limits.authorizeRequests || own >= limits.authorizeRequestsPerSource) {
        throw new BailiwickError('oauth/too-many-requests', { retryAfter: 60 });
      }
      const id = newCapability();
      const request = { ...asked, id, expiresAt: clock.now() + limits.authorizeMs };
      kept.set(id, { request, source });
      return request;
    },
    get(id: string): AuthorizationRequest {
      forget();
      const found = kept.get(id);
      if (found === undefined) throw new BailiwickError('oauth/unknown-request');
      return found.request;
    },
    /** INVARIANT: of two who answer it at once, one does. */
    take(id: string): AuthorizationRequest {
      const request = this.get(id);
      kept.delete(id);
      return request;
    },
  };
}

export type Requests = ReturnType<typeof createRequests>;
