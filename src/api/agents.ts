import { z } from 'zod';
import type { EnrolledInstance, UnboundToken } from '#contracts/instance-book.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { AgentEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import { reviewState } from '#planes/lifecycle/index.ts';
import { isShown } from './own-agents.ts';
import { personRoute, type Route } from './route.ts';
import { name, reason, time, withReason } from './shapes.ts';

const instance = z.strictObject({
  instance: z.string(),
  key: z.string(),
  enrolledAt: time,
  revokedAt: time.nullable(),
});
const unbound = z.strictObject({
  instance: z.string(),
  issuedBy: z.string(),
  expiresAt: time,
  revokedAt: time.nullable(),
});
const agent = z.strictObject({
  name: z.string(),
  owner: z.string(),
  purpose: z.string(),
  manifest: z.string(),
  environment: z.string(),
  state: z.enum(['stopped', 'suspended', 'active']),
  review: z.strictObject({ due: time, state: z.enum(['due', 'reads', 'suspended']) }).nullable(),
  instances: z.array(instance),
  unbound: z.array(unbound),
});
const change = z.strictObject({
  agent: z.string(),
  state: z.enum(['suspended', 'active']),
  overlay: z.number(),
});

export const agentRoutes: readonly Route[] = [
  personRoute({
    method: 'GET',
    path: '/v1/agents',
    summary: 'Agents with their state, reviews and instances',
    action: 'api.read',
    recordedBy: 'route',
    role: ['auditor', 'owner'],
    answer: z.strictObject({ agents: z.array(agent) }),
    async handle({ parts, tenant, person }) {
      const { store, snapshot, desks, clock } = parts;
      const agents = Object.values(snapshot()?.tenants[tenant]?.agents ?? {}).filter((one) =>
        isShown(parts, person, one.name),
      );
      // Grouped once: ten thousand agents, each with its instances, are no ten thousand looks through all.
      const instances = Map.groupBy(await store.instances.list(tenant), (one) => one.agent);
      const bearers = Map.groupBy(await store.instances.unbound(tenant), (one) => one.agent);
      const { entries } = await desks.standing.list(tenant);
      return {
        agents: agents.map((one) => ({
          name: one.name,
          owner: one.owner,
          purpose: one.purpose,
          manifest: one.manifest,
          environment: one.environment,
          state: stateOf(one, entries),
          review: reviewView(snapshot()?.tenants[tenant], one, clock.now()),
          instances: (instances.get(one.name) ?? []).map(instanceView),
          unbound: (bearers.get(one.name) ?? []).map(unboundView),
        })),
      };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/suspend',
    summary: 'Suspend an agent',
    action: 'lifecycle.agent-suspended',
    recordedBy: 'plane',
    act: 'suspend',
    // The desk asks for more of an owner: that it is their agent.
    role: ['analyst', 'owner'],
    params: z.strictObject({ agent: name }),
    body: withReason,
    answer: change,
    handle: ({ parts, params, body, person: by }) =>
      parts.desks.standing.suspend({ by, ...params, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/resume',
    summary: 'Resume a suspended agent',
    action: 'lifecycle.agent-resumed',
    recordedBy: 'plane',
    act: 'resume',
    role: 'operator',
    params: z.strictObject({ agent: name }),
    body: withReason,
    answer: change,
    handle: ({ parts, params, body, person: by }) =>
      parts.desks.standing.resume({ by, ...params, ...body }),
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/review',
    summary: 'Review an agent, and say when next',
    action: 'lifecycle.agent-reviewed',
    recordedBy: 'plane',
    act: 'agents',
    // The desk asks for more: an operator, or the owner of this agent.
    role: ['operator', 'owner'],
    params: z.strictObject({ agent: name }),
    body: z.strictObject({ reason, next: z.iso.date().optional() }),
    answer: z.strictObject({ agent: z.string(), due: time }),
    async handle({ parts, params, body: { next, ...body }, person: by }) {
      const when = next === undefined ? {} : { next: Date.parse(next) };
      const done = await parts.desks.reviews.review({ by, ...params, ...body, ...when });
      return { ...done, due: isoTime(done.due) };
    },
  }),
];

function reviewView(
  tenant: TenantSnapshot | undefined,
  { reviewDue: due }: AgentEntry,
  now: number,
): z.input<typeof agent>['review'] {
  if (tenant === undefined || due === undefined) return null;
  return { due: isoTime(due), state: reviewState(tenant, due, now) };
}

function instanceView(one: EnrolledInstance): z.input<typeof instance> {
  return {
    instance: one.instance,
    key: one.thumbprint,
    enrolledAt: isoTime(one.enrolledAt),
    revokedAt: one.revokedAt === undefined ? null : isoTime(one.revokedAt),
  };
}

function unboundView(one: UnboundToken): z.input<typeof unbound> {
  return {
    instance: one.instance,
    issuedBy: one.issuedBy,
    expiresAt: isoTime(one.expiresAt),
    revokedAt: one.revokedAt === undefined ? null : isoTime(one.revokedAt),
  };
}

/** A stop says more than a suspension, wherever the suspension stands. */
function stateOf(
  { name: agentName, suspended }: { readonly name: string; readonly suspended: boolean },
  entries: readonly OverlayEntry[],
): 'stopped' | 'suspended' | 'active' {
  const why = entries
    .filter(({ target }) => target.kind === 'agent' && target.agent === agentName)
    .map((entry) => entry.why);
  if (why.some((one) => one !== 'suspend')) return 'stopped';
  return suspended || why.length > 0 ? 'suspended' : 'active';
}
