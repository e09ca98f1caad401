import type { PartProblem, PlanePart } from '#contracts/plane-part.ts';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { anyOwner } from '#kernel/target.ts';
import { beyondTemplate } from './within-template.ts';

/** What must stand in the documents before an agent may have so much autonomy. */
interface Control {
  readonly of: 'containment' | 'mediation' | 'kill switch';
  readonly isThere: (agent: AgentEntry, tenant: TenantSnapshot) => boolean;
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
  isThere: ({ reviewEveryMs, nextReview }) =>
    reviewEveryMs !== undefined || nextReview !== undefined,
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
  isThere: ({ reviewEveryMs, nextReview }) =>
    nextReview !== undefined || (reviewEveryMs ?? Number.POSITIVE_INFINITY) <= broadReviewMs,
  needs: 'look at it each month: `review: { every: 30d }`',
};

const broadReviewMs = 31 * 86_400_000;

/** INVARIANT: each level needs what the one below it needs, and more. */
export const autonomyControls: Readonly<
  Record<NonNullable<AgentEntry['autonomy']>, readonly Control[]>
> = {
  // What is no read waits for a person, which policy adds: nothing else is needed for that.
  assisted: [],
  'semi-autonomous': [isBound, isCounted, isReviewed, isEnforced],
  broad: [isBound, isCounted, isReviewed, isEnforced, isInTasks, isOften],
};

/** Nothing is read of it: it only has to be there. */
const checked = Object.freeze({});

/**
 * Refuses a configuration in which an agent has more autonomy than its controls carry, or more than its template
 * allows. A stop of any kind acts on every agent, whatever it declares.
 */
export const agentsPart: PlanePart<object> = {
  name: 'agents',
  compile({ tenants }) {
    const problems = Object.values(tenants).flatMap((tenant) =>
      Object.values(tenant.agents).flatMap((agent) => [
        ...missingControls(agent, tenant),
        ...beyondTemplate(agent, tenant),
      ]),
    );
    return problems.length === 0
      ? { kind: 'compiled', view: checked }
      : { kind: 'refused', problems };
  },
};

function missingControls(agent: AgentEntry, tenant: TenantSnapshot): readonly PartProblem[] {
  const { autonomy, name } = agent;
  if (autonomy === undefined) return [];
  return autonomyControls[autonomy]
    .filter(({ isThere }) => !isThere(agent, tenant))
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
