import type { OwnerKeeper } from '#planes/lifecycle/index.ts';
import type { Reaction } from './reaction.ts';

/** Who is there has changed: whose agents have no owner is found anew, from what the books say now. */
export function lookAtOwners(owners: Pick<OwnerKeeper, 'look'>): Reaction {
  return { kind: 'owners', react: () => owners.look() };
}
