import type { Delegations } from '#contracts/delegations.ts';
import type { Reaction } from './reaction.ts';

/** What stands on a consent that became less ends, whatever became of who wished it. */
export function consentChanged(delegations: {
  readonly endOwed: (ask: Parameters<Delegations['end']>[0]) => Promise<unknown>;
}): Reaction {
  return {
    kind: 'consent-changed',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { consent, reason, by } = body;
        if (typeof consent !== 'string') continue;
        await delegations.endOwed({
          tenant,
          ground: { kind: 'consent', id: consent },
          by: typeof by === 'string' ? by : 'system/consents',
          reason: typeof reason === 'string' ? reason : 'its consent changed',
        });
      }
    },
  };
}
