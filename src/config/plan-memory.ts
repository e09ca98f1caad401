import type { StoredDocument } from '#contracts/document-store.ts';
import { BailiwickError } from '#kernel/errors.ts';

/** Of a tenant; an older one is forgotten, and then it is only said that something moved. */
const mostPlans = 64;

type State = ReadonlyMap<string, string>;

/** Which documents stood there when a plan was made, so that whoever comes too late hears what moved. */
export interface PlanMemory {
  keep(tenant: string, plan: string, stored: readonly StoredDocument[]): void;
  since(tenant: string, plan: string, stored: readonly StoredDocument[]): readonly string[];
}

export function createPlanMemory(): PlanMemory {
  const kept = new Map<string, Map<string, State>>();
  return {
    keep(tenant, plan, stored) {
      const plans = kept.get(tenant) ?? new Map<string, State>();
      kept.set(tenant, plans);
      plans.delete(plan);
      plans.set(plan, stateOf(stored));
      const [oldest] = plans.keys();
      if (plans.size > mostPlans && oldest !== undefined) plans.delete(oldest);
    },
    since(tenant, plan, stored) {
      const before = kept.get(tenant)?.get(plan);
      if (before === undefined) return [];
      const now = stateOf(stored);
      const names = new Set([...before.keys(), ...now.keys()]);
      return [...names].filter((name) => before.get(name) !== now.get(name)).sort();
    },
  };
}

function stateOf(stored: readonly StoredDocument[]): State {
  return new Map(stored.map(({ kind, name, digest }) => [`${kind}/${name}`, digest]));
}

/** Somebody else was there first, or something else is wanted than what was shown. */
export function moved(documents: readonly string[]): BailiwickError {
  if (documents.length === 0) return new BailiwickError('config/moved');
  return new BailiwickError('config/moved', {
    message: `since then somebody changed ${documents.join(', ')}`,
    details: { moved: documents },
  });
}
