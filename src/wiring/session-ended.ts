import type { Delegations } from '#contracts/delegations.ts';
import type { Reaction } from './reaction.ts';

/**
 * What stands on a sign-in ends with it. INVARIANT: done again it changes nothing, and it waits for no other
 * reaction: what it owes is done in the round after this one.
 */
export function endWithSession(delegations: {
  readonly endOwed: (ask: Parameters<Delegations['end']>[0]) => Promise<unknown>;
}): Reaction {
  return {
    kind: 'session-ended',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { session } = body;
        if (typeof session !== 'string') continue;
        const ground = { kind: 'session', id: session } as const;
        const reason = 'the user is not signed in any more';
        await delegations.endOwed({ tenant, ground, by: 'system/sign-in', reason });
      }
    },
  };
}
