import type { Reaction } from './reaction.ts';

export interface EndedDelegations {
  finish(tenant: string, id: string): Promise<void>;
}

/** Gateways believe the tokens of a delegation no more, and its task ends. */
export function delegationEnded(delegations: EndedDelegations): Reaction {
  return {
    kind: 'delegation-ended',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { delegation } = body;
        if (typeof delegation === 'string') await delegations.finish(tenant, delegation);
      }
    },
  };
}
