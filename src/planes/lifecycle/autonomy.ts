import type { PartProblem } from '#contracts/plane-part.ts';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { anyOwner } from '#kernel/target.ts';
import { limits } from '#kernel/limits.ts';
import { isReviewedWithin } from './review-dates.ts';

/** What must stand in the documents before an agent may have so much autonomy. */
interface Control {
  readonly of: 'containment' | 'mediation' | 'kill switch';
  readonly isThere: (agent: AgentEntry, tenant: TenantSnapshot, now: number) => boolean;
  /** What to do about it. */
  readonly needs: string;
}

const isBound: Control = {
  of: 'containment',
  isThere: ({ unboundEffects }) => unboundEffects.every((effect) => effect === 'read'),
  needs: 'let unbound bearers read at most: `unbound: { effects: [read] }`',
};

const isCounted: Control = {
  of: 'containment',
  isThere: ({ callsPerDay }) => callsPerDay !== undefined,
  needs: 'say how much it may do: `callsPerDay: N`',
};

const isReviewed: Control = {
  of: 'kill switch',
  isThere: (agent, _, now) => isReviewedWithin(agent, limits.reviewMs, now),
  needs:
    'let it end by itself when nobody looks at it: `review: { every: 90d }`, overdue it only reads, then it is suspended',
};

const isEnforced: Control = {
  of: 'mediation',
  isThere: (agent, tenant) => softServers(agent, tenant).length === 0,
  needs:
    'enforce what is decided at each tool server that its manifest names: `bailiwick server phase NAME enforce`',
};

const isInTasks: Control = {
  of: 'containment',
  isThere: ({ standing }) => standing === 'none',
  needs: 'let it act in tasks alone that somebody began for it: `standing: none`',
};

const isOften: Control = {
  of: 'kill switch',
  isThere: (agent, _, now) => isReviewedWithin(agent, broadReviewMs, now),
  needs: 'look at it each month: `review: { every: 30d }`',
};

const broadReviewMs = 31 * 86_400_000;

/** INVARIANT: each level needs what the one below it needs, and more. */
const autonomyControls: Readonly<Record<NonNullable<AgentEntry['autonomy']>, readonly Control[]>> =
  {
    // What is no read waits for a person, which policy adds: nothing else is needed for that.
    assisted: [],
    'semi-autonomous': [isBound, isCounted, isReviewed, isEnforced],
    broad: [isBound, isCounted, isReviewed, isEnforced, isInTasks, isOften],
  };

/** What must stand there and does not. A stop of any kind acts on every agent, whatever it declares. */
export function missingControls(
  agent: AgentEntry,
  tenant: TenantSnapshot,
  now: number,
): readonly PartProblem[] {
  const { autonomy, name } = agent;
  if (autonomy === undefined) return [];
  return autonomyControls[autonomy]
    .filter(({ isThere }) => !isThere(agent, tenant, now))
    .map((control) => ({
      document: { kind: 'Agent', name },
      message: `\`autonomy: ${autonomy}\` needs ${control.of} that is not there: ${told(control, agent, tenant)}`,
    }));
}

function told(control: Control, agent: AgentEntry, tenant: TenantSnapshot): string {
  if (control !== isEnforced) return control.needs;
  return `${control.needs} (${softServers(agent, tenant).slice(0, 10).join(', ')})`;
}

/** Servers that its manifest names and that only tell what is decided of one of their tools. */
function softServers({ manifest }: AgentEntry, tenant: TenantSnapshot): readonly string[] {
  const listed = Object.hasOwn(tenant.manifests, manifest) ? tenant.manifests[manifest] : undefined;
  const owners = new Set(listed?.targets.map(({ target }) => target.owner));
  return Object.values(tenant.servers)
    .filter(({ name, tools, defaultClass }) => {
      if (!owners.has(name) && !owners.has(anyOwner)) return false;
      return [defaultClass, ...Object.values(tools)].some(({ phase }) => phase !== undefined);
    })
    .map(({ name }) => name)
    .sort();
}
