import type { Delegation, DelegationBook, DelegationFilter } from '#contracts/delegation-book.ts';
import type { Delegations } from '#contracts/delegations.ts';
import { checkReason, checkRight, type ReasonedAct } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** For whom agents act, for people who watch over it. */
export interface DelegationDesk {
  list(filter: DelegationFilter): Promise<readonly Delegation[]>;
  /** Over at every gateway when it resolves. */
  end(act: ReasonedAct & { readonly id: string }): Promise<Delegation>;
}

export interface DelegationDeskParts {
  readonly book: Pick<DelegationBook, 'get' | 'list'>;
  readonly delegations: Pick<Delegations, 'end'>;
}

export function createDelegationDesk({ book, delegations }: DelegationDeskParts): DelegationDesk {
  return {
    list: (filter) => book.list(filter),
    async end(act) {
      checkRight(act, 'analyst');
      checkReason(act);
      const { by, id, reason } = act;
      const { tenant } = by;
      const found = await book.get(tenant, id);
      if (found === undefined) {
        throw new BailiwickError('api/not-found', { message: `no delegation is called \`${id}\`` });
      }
      const ground = { kind: 'delegation', id } as const;
      // Whoever contains sheds nothing: that is for whoever may end its task.
      await delegations.end({ tenant, ground, by: by.name, reason, keepsLabels: true });
      return (await book.get(tenant, id)) ?? found;
    },
  };
}
