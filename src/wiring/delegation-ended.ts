import type { Delegations } from '#contracts/delegations.ts';
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

/** A person, or its time, ended the task of a delegation: nobody acts for anybody by it any more. */
export function endWithTask(delegations: {
  readonly endOwed: (ask: Parameters<Delegations['end']>[0]) => Promise<unknown>;
}): Reaction {
  return {
    kind: 'delegated-task-ended',
    async react(drafts) {
      for (const { tenant, body } of drafts) {
        const { task } = body;
        if (typeof task !== 'string') continue;
        const ground = { kind: 'task', id: task } as const;
        await delegations.endOwed({ tenant, ground, by: 'system/tasks', reason: 'its task ended' });
      }
    },
  };
}
