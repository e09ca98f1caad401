import type { Reaction } from './reaction.ts';

/**
 * What stands on a sign-in ends with it. INVARIANT: done again it changes nothing. Nothing stands on one yet:
 * the plane of delegations is handed in here.
 */
export function endWithSession(parts: {
  readonly ended: (tenant: string, session: string) => Promise<unknown>;
}): Reaction {
  return {
    kind: 'session-ended',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { session } = body;
        if (typeof session === 'string') await parts.ended(tenant, session);
      }
    },
  };
}
